#include "io/child_environment.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/error.hpp"

using namespace salve;
using namespace salve::io;

namespace {

using Entries = std::vector<std::string>;

bool has(const Entries& entries, const std::string& entry) {
    return std::find(entries.begin(), entries.end(), entry) != entries.end();
}

}  // namespace

TEST_CASE("an empty environment gives the fixed part only") {
    CHECK(child_environment({}) == Entries{"GOGC=400", "KUBECTL_ENABLE_CMD_SHADOW=false", "KUBECTL_KUBERC=false",
                                           "KUBERC=off", "LANG=C.UTF-8",
                                           "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"});
}

TEST_CASE("names on the list pass, the fixed values win, the rest stays behind") {
    const Entries entries = child_environment({{"HOME", "/home/u"},
                                               {"KUBECONFIG", "a:b"},
                                               {"LANG", "de_DE"},
                                               {"KUBERC", "/evil"},
                                               {"KUBECTL_KUBERC", "true"},
                                               {"PATH", ".:/opt/bin::/usr/bin"},
                                               {"AWS_PROFILE", "prod"},
                                               {"https_proxy", "http://p:1"},
                                               {"HTTPS_PROXY", "http://p:2"},
                                               {"KUBERNETES_SERVICE_HOST", "10.0.0.1"},
                                               {"SECRET_OF_OURS", "x"},
                                               {"LD_PRELOAD", "/evil.so"},
                                               {"KUBECTL_EXTERNAL_DIFF", "/evil"},
                                               {"EDITOR", "vi"},
                                               {"GODEBUG", "x"},
                                               {"GOGC", "off"},
                                               {"OPA_EVAL_DATA", "x"}});
    CHECK(entries == Entries{"AWS_PROFILE=prod", "GOGC=400", "HOME=/home/u", "HTTPS_PROXY=http://p:2", "KUBECONFIG=a:b",
                             "KUBECTL_ENABLE_CMD_SHADOW=false", "KUBECTL_KUBERC=false", "KUBERC=off",
                             "KUBERNETES_SERVICE_HOST=10.0.0.1", "LANG=C.UTF-8", "PATH=/opt/bin:/usr/bin",
                             "https_proxy=http://p:1"});
}

TEST_CASE("further names pass when the configuration asks for them") {
    CHECK(has(child_environment({{"MY_PLUGIN_TOKEN", "t"}}, {"MY_PLUGIN_TOKEN", "NOT_SET"}), "MY_PLUGIN_TOKEN=t"));
    CHECK_FALSE(has(child_environment({{"MY_PLUGIN_TOKEN", "t"}}), "MY_PLUGIN_TOKEN=t"));
    CHECK(has(child_environment({{"GOOGLE_CLOUD_QUOTA_PROJECT", "q"}}, {"GOOGLE_CLOUD_QUOTA_PROJECT"}),
              "GOOGLE_CLOUD_QUOTA_PROJECT=q"));
}

TEST_CASE("names that choose programs are refused even then") {
    for (const std::string name : {"LD_PRELOAD",     "LD_LIBRARY_PATH", "KUBECTL_EXTERNAL_DIFF",
                                   "KUBECTL_KUBERC", "KUBE_EDITOR",     "EDITOR",
                                   "VISUAL",         "GODEBUG",         "OPA_EVAL_DATA",
                                   "PATH",           "KUBERC",          "LANG",
                                   "LC_ALL",         "BASH_ENV",        "ENV",
                                   "PYTHONPATH",     "PYTHONSTARTUP",   "PERL5OPT",
                                   "NODE_OPTIONS",   "GCONV_PATH",      "GLIBC_TUNABLES",
                                   "OPENSSL_CONF",   "CLOUDSDK_PYTHON", "PAGER"}) {
        CAPTURE(name);
        CHECK(may_not_pass(name));
        CHECK_THROWS_AS(child_environment({{name, "x"}}, {name}), base::Error);
    }
    for (const std::string name : {"", "A=B", "1A", "A B", "A-B", "Ä"})
        CHECK_THROWS_AS(child_environment({}, {name}), base::Error);
    CHECK_THROWS_AS(child_environment({}, {std::string("A\0B", 3)}), base::Error);
}
