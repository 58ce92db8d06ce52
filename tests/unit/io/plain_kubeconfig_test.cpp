#include "io/plain_kubeconfig.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "io/yaml.hpp"
#include "io_fakes.hpp"
#include "variable.hpp"

using namespace salve;
using namespace salve::test;
using nlohmann::json;

namespace {

// As `kubeadm init` writes it, shortened, with a second context.
const std::string usual = io::read_file(SALVE_SOURCE_DIR "/tests/data/kubeconfig/kubeadm.yaml", 1 << 20);

json usual_json() { return io::parse_yaml(usual, "config"); }

json& context_of(json& config) { return config["contexts"][0]["context"]; }
json& cluster_of(json& config) { return config["clusters"][0]["cluster"]; }

bool is_plain(const json& config) { return io::plain_context(config, std::nullopt).has_value(); }

// A folder with a kubeconfig and a program of this name, which is no script.
struct Machine {
    TempFolder folder;
    io::Program program;
    kube::Target target;

    explicit Machine(const std::string& config, const std::string& name = "kubectl",
                     const std::string& bytes =
                         "\x7f"
                         "ELF...") {
        program = {folder.file(name, bytes), folder / name};
        target.kubeconfig = folder.file("config", config);
    }
    std::optional<io::Chosen> choose() const { return io::choose_plain_context(program, target); }
};

}  // namespace

TEST_CASE("the context of a plain kubeconfig is read without kubectl: the current one or the named one") {
    Machine machine(usual);
    auto chosen = machine.choose();
    REQUIRE(chosen);
    CHECK(chosen->context == "kubernetes-admin@kubernetes");
    CHECK(chosen->ns == "default");
    CHECK(chosen->server == "https://10.0.0.1:6443");
    CHECK(chosen->target.context == chosen->context);  // a later change of the current context does not move the run
    CHECK(chosen->target.kubeconfig == machine.target.kubeconfig);

    machine.target.context = "other";
    chosen = machine.choose();
    REQUIRE(chosen);
    CHECK(chosen->context == "other");
    CHECK(chosen->ns == "shop");
    CHECK(chosen->server == "https://other:6443");
}

TEST_CASE("kubectl is asked for a context that is not there, and where nothing is chosen") {
    CHECK_FALSE(io::plain_context(usual_json(), "nope"));
    auto config = usual_json();
    config["current-context"] = "";
    CHECK_FALSE(is_plain(config));
    CHECK(io::plain_context(config, "other"));
    config.erase("current-context");
    CHECK_FALSE(is_plain(config));
    for (const auto* missing : {"apiVersion", "kind", "contexts", "clusters", "users"}) {
        CAPTURE(missing);
        config = usual_json();
        config.erase(missing);
        CHECK_FALSE(is_plain(config));
    }
}

TEST_CASE("kubectl is asked where a name stands twice or leads nowhere") {
    for (const auto* list : {"contexts", "clusters", "users"}) {
        CAPTURE(list);
        auto config = usual_json();
        config[list].push_back(config[list][0]);
        CHECK_FALSE(is_plain(config));
    }
    for (const auto* key : {"cluster", "user"}) {
        CAPTURE(key);
        auto config = usual_json();
        context_of(config)[key] = "nope";
        CHECK_FALSE(is_plain(config));
        context_of(config).erase(key);
        CHECK_FALSE(is_plain(config));
    }
    auto config = usual_json();
    cluster_of(config).erase("server");
    CHECK_FALSE(is_plain(config));
}

TEST_CASE("kubectl is asked where a key is unknown or a value of another type") {
    auto config = usual_json();
    config["<<"] = json::object();
    CHECK_FALSE(is_plain(config));
    config = usual_json();
    config["kind"] = "Secret";
    CHECK_FALSE(is_plain(config));
    config = usual_json();
    context_of(config)["<<"] = {{"namespace", "shop"}};
    CHECK_FALSE(is_plain(config));
    config = usual_json();
    cluster_of(config)["Server"] = "https://else";
    CHECK_FALSE(is_plain(config));
    config = usual_json();
    config["contexts"][0]["extra"] = 1;
    CHECK_FALSE(is_plain(config));
    config = usual_json();
    config["users"][0]["user"] = nullptr;
    CHECK_FALSE(is_plain(config));
    config = usual_json();
    config["clusters"] = json::object();
    CHECK_FALSE(is_plain(config));
    for (const auto& value : {json(), json(7), json::array(), json("text")}) {
        CAPTURE(value);
        CHECK_FALSE(is_plain(value));
    }
}

TEST_CASE("kubectl is asked about a word that versions of YAML read differently") {
    const std::vector<json> doubtful = {"on",    "No",         "y",    "NULL", "true", "1e3",  "0x1f",
                                        "12:30", "2001-01-01", ".inf", "~",    "",     "a b",  "a\tb",
                                        "a#b",   "a:",         "!a",   "é",    7,      nullptr};
    for (const auto& word : doubtful) {
        CAPTURE(word);
        auto config = usual_json();
        context_of(config)["namespace"] = word;
        CHECK_FALSE(is_plain(config));
        config = usual_json();
        config["contexts"][0]["name"] = config["current-context"] = word;
        CHECK_FALSE(is_plain(config));
        config = usual_json();
        config["users"][0]["name"] = context_of(config)["user"] = word;
        CHECK_FALSE(is_plain(config));
    }
    auto config = usual_json();
    config["contexts"][0]["name"] = config["current-context"] = "arn:aws:eks:eu-west-1:123:cluster/shop_1";
    CHECK(is_plain(config));
}

TEST_CASE("only kubectl itself is known to look for its kubeconfig in the usual way") {
    CHECK(Machine(usual, "kubectl-1.32").choose());
    CHECK_FALSE(Machine(usual, "k3s").choose());
    CHECK_FALSE(Machine(usual, "kubectl", "#!/bin/sh\n").choose());
    CHECK_FALSE(Machine(usual, "kubectl", "").choose());
    Machine gone(usual);
    std::filesystem::remove(gone.program.resolved);
    CHECK_FALSE(gone.choose());
}

TEST_CASE("kubectl is asked about a file that is none, or no plain YAML, and about several") {
    Machine machine(usual);
    for (const std::string& text :
         {std::string(), std::string("a: ["), usual + "current-context: other\n", "x: &a 1\n" + usual,
          "---\n" + usual + "---\n" + usual, usual + "# " + std::string(1 << 20, 'x') + "\n"}) {
        machine.folder.file("config", text);
        CHECK_FALSE(machine.choose());
    }
    machine.folder.file("config", usual);
    REQUIRE(machine.choose());
    std::filesystem::remove(machine.folder / "config");
    CHECK_FALSE(machine.choose());
    REQUIRE(::mkfifo((machine.folder / "config").c_str(), 0600) == 0);  // nothing is taken out of it
    CHECK_FALSE(machine.choose());

    const auto one = machine.folder.file("one", usual), two = machine.folder.file("two", usual);
    machine.target.kubeconfig.reset();
    {
        const Variable files("KUBECONFIG", one);
        CHECK(machine.choose());
    }
    const Variable files("KUBECONFIG", one + ":" + two);
    CHECK_FALSE(machine.choose());
}

TEST_CASE("hostile words in a plain kubeconfig do not reach an argument") {
    auto config = usual_json();
    context_of(config)["namespace"] = "Not/A/Namespace";
    const Machine machine(config.dump());
    CHECK(error_of([&] { machine.choose(); }).kind() == base::ErrorKind::usage);
}
