#include "kube/command.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <random>

#include "base/error.hpp"
#include "hostile_words.hpp"
#include "kube/names.hpp"

using namespace salve;
using namespace salve::kube;

namespace {

using Args = std::vector<std::string>;

const Target target{"ctx", {}, {}, 30};

base::ErrorKind refused(const std::function<void()>& act) {
    try {
        act();
    } catch (const base::Error& error) {
        return error.kind();
    }
    FAIL("accepted");
    return base::ErrorKind::internal;
}

// Every place of every command where a word from outside can stand, but for context and files.
const std::vector<std::function<Command(const std::string&)>> name_slots{
    [](const std::string& w) { return Command::get_one(target, Resource::pods, w, "x"); },
    [](const std::string& w) { return Command::get_one(target, Resource::pods, "x", w); },
    [](const std::string& w) { return Command::get_one(target, Resource::nodes, {}, w); },
    [](const std::string& w) { return Command::describe(target, Resource::pods, w, "x"); },
    [](const std::string& w) { return Command::describe(target, Resource::pods, "x", w); },
    [](const std::string& w) { return Command::logs(target, w, "x", "x"); },
    [](const std::string& w) { return Command::logs(target, "x", w, "x"); },
    [](const std::string& w) { return Command::logs(target, "x", "x", w); },
    [](const std::string& w) { return Command::top_pods(target, w); },
    [](const std::string& w) { return Command::events(target, w); },
    [](const std::string& w) { return Command::get_raw(target, RawPath::list_in(Resource::pods, w)); },
    [](const std::string& w) { return Command::get_raw(target, RawPath::object_in(Resource::pods, "x", w)); },
    [](const std::string& w) { return Command::get_raw(target, RawPath::object(Resource::nodes, w)); },
    [](const std::string& w) {
        return Command::can_i(target, {Access::list, Resource::pods}, w);
    },
    [](const std::string& w) {
        return Command::can_i(target, {Access::patch, Resource::deployments}, "x", w);
    },
};

// Commands with the word as context, kubeconfig or cache folder, which may hold any printable text.
const std::vector<std::pair<std::string, std::function<Command(const std::string&)>>> text_slots{
    {"--context=",
     [](const std::string& w) {
         return Command::get_raw({w, {}, {}, 30}, RawPath::list(Resource::pods));
     }},
    {"--context=",
     [](const std::string& w) {
         return Command::config_view({w, {}, {}, 30});
     }},
    {"--kubeconfig=",
     [](const std::string& w) {
         return Command::logs({"c", w, {}, 30}, "x", "x", "x");
     }},
    {"--cache-dir=",
     [](const std::string& w) {
         return Command::api_resources({"c", {}, w, 30});
     }},
};

}  // namespace

TEST_CASE("raw lists") {
    CHECK(Command::get_raw(target, RawPath::list_in(Resource::pods, "demo").limit(500)).args() ==
          Args{"get", "--context=ctx", "--request-timeout=30s", "--disable-compression=true",
               "--raw=/api/v1/namespaces/demo/pods?limit=500"});
    CHECK(Command::get_raw({"ctx", "/k", "/cache", 5}, RawPath::list(Resource::nodes)).args() ==
          Args{"get", "--kubeconfig=/k", "--context=ctx", "--request-timeout=5s", "--disable-compression=true",
               "--raw=/api/v1/nodes"});
}

TEST_CASE("without a context nothing hides the in-cluster configuration") {
    CHECK(Command::get_raw({}, RawPath::list(Resource::nodes)).args() == Args{"get", "--raw=/api/v1/nodes"});
    CHECK(Command::logs({}, "demo", "web-0", "app").args()[1] == "--namespace=demo");
    CHECK(Command::version({}).args() == Args{"version", "--output=json"});
    CHECK(Command::auth_whoami({}).args() == Args{"auth", "whoami", "--output=json"});
}

TEST_CASE("S3.38: one object, logs, and the other reads") {
    CHECK(Command::get_one({"ctx", {}, "/cache", 30}, Resource::deployments, "demo", "web").args() ==
          Args{"get", "--context=ctx", "--request-timeout=30s", "--cache-dir=/cache", "--namespace=demo",
               "--output=json", "--", "deployments.v1.apps", "web"});
    CHECK(Command::get_one(target, Resource::nodes, {}, "n1").args() ==
          Args{"get", "--context=ctx", "--request-timeout=30s", "--output=json", "--", "nodes.v1.", "n1"});
    CHECK(Command::describe(target, Resource::pods, "demo", "web-0").args() ==
          Args{"describe", "--context=ctx", "--request-timeout=30s", "--namespace=demo", "--", "pods.v1.", "web-0"});
    CHECK(Command::logs(target, "demo", "web-0", "app", {true, 50, 1000}).args() ==
          Args{"logs", "--context=ctx", "--request-timeout=30s", "--namespace=demo", "--container=app", "--tail=50",
               "--limit-bytes=1000", "--timestamps=true", "--previous=true", "--", "web-0"});
    CHECK(Command::top_pods(target, {}).args() == Args{"top", "pods", "--context=ctx", "--request-timeout=30s",
                                                       "--all-namespaces=true", "--containers=true",
                                                       "--no-headers=true"});
    CHECK(Command::top_nodes(target).args() ==
          Args{"top", "nodes", "--context=ctx", "--request-timeout=30s", "--no-headers=true"});
    CHECK(Command::events(target, "demo").args() ==
          Args{"events", "--context=ctx", "--request-timeout=30s", "--namespace=demo", "--output=json"});
    CHECK(Command::version_client().args() == Args{"version", "--client=true", "--output=json"});
    CHECK(Command::api_resources(target).args() ==
          Args{"api-resources", "--context=ctx", "--request-timeout=30s", "--cached=false", "--output=wide"});
    CHECK(Command::config_view(target).args() ==
          Args{"config", "view", "--context=ctx", "--minify=true", "--output=json"});
}

TEST_CASE("S3.42 S4.51: a right is asked for by verb and qualified kind, and only for ourselves") {
    CHECK(Command::can_i({"ctx", {}, "/cache", 30}, {Access::patch, Resource::deployments}, "demo").args() ==
          Args{"auth", "can-i", "--context=ctx", "--request-timeout=30s", "--cache-dir=/cache", "--namespace=demo",
               "--", "patch", "deployments.apps"});
    CHECK(Command::can_i(target, {Access::patch, Resource::deployments}, "demo", "web").args().back() ==
          "deployments.apps/web");
    CHECK(Command::can_i(target, {Access::create, Resource::pods, Subresource::eviction}, "demo").args() ==
          Args{"auth", "can-i", "--context=ctx", "--request-timeout=30s", "--namespace=demo", "--subresource=eviction",
               "--", "create", "pods"});
    CHECK(Command::can_i(target, {Access::list, Resource::nodes}, {}).args() ==
          Args{"auth", "can-i", "--context=ctx", "--request-timeout=30s", "--", "list", "nodes"});
    auto rights = reading_in_namespace();
    for (const auto& right : changing_rights(true)) rights.push_back(right);
    for (const auto& right : rights) {
        const auto args = Command::can_i(target, right, "demo").args();
        for (const auto& word : args) {
            CAPTURE(word);
            CHECK(word.find("--as") == std::string::npos);
            CHECK(word.find("--quiet") == std::string::npos);
        }
    }
}

TEST_CASE("S2.6 S3.42 S3.43: every verb has a word and a factory") {
    const std::vector<Command> all{Command::get_raw(target, RawPath::list(Resource::pods)),
                                   Command::logs(target, "x", "x", "x"),
                                   Command::describe(target, Resource::nodes, {}, "x"),
                                   Command::top_nodes(target),
                                   Command::events(target, {}),
                                   Command::version_client(),
                                   Command::api_resources(target),
                                   Command::config_view(target),
                                   Command::auth_whoami(target),
                                   Command::can_i(target, {Access::list, Resource::nodes}, {})};
    REQUIRE(all.size() == verb_names.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        CHECK(all[i].verb() == verb_names[i].first);
        std::string words = all[i].args()[0];
        if (words.size() < verb_names[i].second.size()) words += " " + all[i].args()[1];
        CHECK(words == verb_names[i].second);
    }
}

TEST_CASE("S2.33: misuse is refused") {
    CHECK(refused([] { Command::get_one(target, Resource::pods, {}, "x"); }) == base::ErrorKind::internal);
    CHECK(refused([] { Command::get_one(target, Resource::nodes, "x", "x"); }) == base::ErrorKind::internal);
    CHECK(refused([] { Command::get_one(target, Resource::logs, "x", "x"); }) == base::ErrorKind::internal);
    CHECK(refused([] { Command::can_i(target, {Access::list, Resource::pods}, {}); }) == base::ErrorKind::internal);
    CHECK(refused([] { Command::can_i(target, {Access::list, Resource::nodes}, "x"); }) == base::ErrorKind::internal);
    CHECK(refused([] { Command::can_i(target, {Access::get, Resource::logs}, "x"); }) == base::ErrorKind::internal);
    CHECK(refused([] { Command::logs(target, "x", "x", "x", {false, 0, 1}); }) == base::ErrorKind::internal);
    CHECK(refused([] { Command::logs(target, "x", "x", "x", {false, 1, 0}); }) == base::ErrorKind::internal);
    for (const std::uint32_t seconds : {0U, 3601U, 4294967295U})
        CHECK(refused([&] { Command::version({"c", {}, {}, seconds}); }) == base::ErrorKind::usage);
}

TEST_CASE("no hostile word reaches an argument, in any slot") {
    for (const std::string& word : hostile_words()) {
        CAPTURE(word.substr(0, 80));
        for (const auto& slot : name_slots) CHECK(refused([&] { slot(word); }) == base::ErrorKind::usage);
    }
}

// A context is free text for good reasons; it stays inside one --context= argument whatever it says.
TEST_CASE("free text stays in its own argument") {
    std::size_t accepted = 0;
    for (const auto& [prefix, slot] : text_slots) {
        const Args plain = slot("plain").args();
        for (const std::string& word : hostile_words()) {
            CAPTURE(word.substr(0, 80));
            if (!is_context_name(word) && !is_file_path(word)) {
                CHECK(refused([&, make = slot] { make(word); }) == base::ErrorKind::usage);
                continue;
            }
            Args expected = plain;
            std::replace(expected.begin(), expected.end(), prefix + "plain", prefix + word);
            if (word.size() <= 1024) CHECK(slot(word).args() == expected);
            CHECK(word.front() != '-');
            ++accepted;
        }
    }
    CHECK(accepted > 100);
}

TEST_CASE("100,000 random words: refused, or a name after the dashes and nowhere else") {
    std::mt19937 random(4242);
    constexpr std::string_view likely = "abcdefgh012345-.-/=,: \n";
    std::size_t accepted = 0;
    for (int i = 0; i < 100'000; ++i) {
        std::string word;
        for (auto left = random() % 7; left > 0; --left)
            word += random() % 20 == 0 ? static_cast<char>(random() % 256) : likely[random() % likely.size()];
        const std::size_t at = static_cast<std::size_t>(i) % name_slots.size();
        const Args plain = name_slots[at]("plain").args();
        try {
            const Args args = name_slots[at](word).args();
            ++accepted;
            REQUIRE(args.size() == plain.size());
            std::size_t different = 0;
            for (std::size_t n = 0; n < args.size(); ++n) {
                if (args[n] == plain[n]) continue;
                ++different;
                std::string expected = plain[n];
                expected.replace(expected.find("plain"), 5, word);
                REQUIRE(args[n] == expected);
                REQUIRE(is_object_name(word));
            }
            REQUIRE(different == 1);
        } catch (const base::Error& error) {
            REQUIRE(error.kind() == base::ErrorKind::usage);
        }
    }
    CHECK(accepted > 10'000);
}
