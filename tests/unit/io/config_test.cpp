#include "io/config.hpp"

#include <doctest/doctest.h>

#include "base/digest.hpp"
#include "io_fakes.hpp"
#include "variable.hpp"

using namespace salve;
using namespace salve::test;

namespace {

io::Config config_of(std::string_view text) {
    const TempFolder folder;
    return io::read_config(folder.file("salve.yaml", text));
}

// What the error says after the file's name, with its line: "2: unknown key ...".
std::string refusal_of(std::string_view text, std::string* hint = nullptr) {
    const TempFolder folder;
    const auto file = folder.file("salve.yaml", text);
    const auto error = error_of([&] { io::read_config(file); });
    CHECK(error.kind() == base::ErrorKind::usage);
    const std::string message = error.what();
    CHECK(contains(message, file));
    if (hint) *hint = error.hint();
    return message.substr(std::min(message.size(), message.find(file) + file.size() + 1));
}

}  // namespace

TEST_CASE("every key is read") {
    const TempFolder folder;
    const auto file =
        folder.file("salve.yaml",
                    "# ours\nruns_dir: /var/lib/salve\nmin_severity: low\nkubectl:\n  path: /opt/kubectl\n"
                    "  timeout: 2m\naudit:\n  sign_key: /etc/salve/key.pem\n  immutable: on\n");
    const auto config = io::read_config(file);
    CHECK(config.file == file);
    CHECK(config.runs_dir == "/var/lib/salve");
    CHECK(config.min_severity == diagnose::Severity::low);
    CHECK(config.kubectl_path == "/opt/kubectl");
    CHECK(config.kubectl_timeout == base::minutes(2));
    CHECK(config.sign_key == "/etc/salve/key.pem");
    CHECK(config.immutable);
    CHECK(config.sha256 == base::sha256_hex(io::read_file(file, 1 << 20)));
    CHECK(io::Config().sha256.empty());
}

TEST_CASE("what is not set keeps its default; JSON is YAML") {
    for (const auto* text : {"", "# nothing\n", "---\n", "{}", "null", "kubectl:\n", "audit:\n", "audit: {}\n"}) {
        CAPTURE(text);
        const auto config = config_of(text);
        CHECK_FALSE(config.runs_dir.has_value());
        CHECK_FALSE(config.sign_key.has_value());
        CHECK_FALSE(config.immutable);
        CHECK(config.min_severity == diagnose::Severity::medium);
        CHECK(config.kubectl_path == "kubectl");
        CHECK(config.kubectl_timeout == base::seconds(60));
        CHECK(config.kubectl_transport == io::ReadThrough::automatic);
        CHECK(config.kubectl_compression == io::Compression::automatic);
        CHECK(config.kubectl_lists == io::Lists::needed);
    }
    CHECK(config_of(R"({"min_severity": "critical", "kubectl": {"timeout": "5s"}})").kubectl_timeout ==
          base::seconds(5));
}

TEST_CASE("how lists are read is chosen by a word") {
    for (const auto& [value, word] : io::read_through_names)
        CHECK(config_of("kubectl: {transport: " + std::string(word) + "}").kubectl_transport == value);
    CHECK(config_of("kubectl: {lists: all}").kubectl_lists == io::Lists::all);
    CHECK(refusal_of("kubectl: {lists: some}") == "1: \"kubectl.lists\" must be needed or all");
    for (const auto& [value, word] : io::compression_names)
        CHECK(config_of("kubectl: {compression: " + std::string(word) + "}").kubectl_compression == value);
    CHECK(refusal_of("kubectl: {transport: exec}") == "1: \"kubectl.transport\" must be auto, proxy or spawn");
    CHECK(refusal_of("kubectl: {transport: [proxy]}") == "1: \"kubectl.transport\" must be a word");
    CHECK(refusal_of("kubectl: {compression: yes}") == "1: \"kubectl.compression\" must be auto, on or off");
}

TEST_CASE("an unknown key names its line and the nearest known one") {
    std::string hint;
    CHECK(refusal_of("runs_dir: x\nmin_severty: low\n", &hint) == "2: unknown key \"min_severty\"");
    CHECK(hint == "did you mean \"min_severity\"?");
    CHECK(refusal_of("kubectl:\n  timeot: 5s\n", &hint) == "2: unknown key \"kubectl.timeot\"");
    CHECK(hint == "did you mean \"timeout\"?");
    CHECK(contains(refusal_of("llm: on\n", &hint), "unknown key \"llm\""));
    CHECK(contains(
        hint, "known keys: advisor, approval, audit, kubectl, min_severity, policy, remediation, runs_dir, trust"));
}

TEST_CASE("a key twice is refused") {
    CHECK(refusal_of("runs_dir: a\nruns_dir: b\n") == "2: \"runs_dir\" stands there twice");
    CHECK(contains(refusal_of("kubectl:\n  path: a\n  path: b\n"), "\"kubectl.path\" stands there twice"));
}

TEST_CASE("wrong types and words are refused") {
    CHECK(refusal_of("min_severity: urgent\n") == "1: \"min_severity\" must be info, low, medium, high or critical");
    CHECK(contains(refusal_of("min_severity: Low\n"), "must be info"));
    CHECK(contains(refusal_of("min_severity: [low]\n"), "\"min_severity\" must be a word"));
    CHECK(contains(refusal_of("runs_dir:\n  a: b\n"), "\"runs_dir\" must be a word"));
    CHECK(contains(refusal_of("runs_dir:\n"), "\"runs_dir\" must be a word"));
    CHECK(contains(refusal_of("kubectl: kubectl\n"), "\"kubectl\" must be a map"));
    CHECK(contains(refusal_of("- a\n"), "the file must be a map"));
    CHECK(contains(refusal_of("plain words"), "the file must be a map"));
    CHECK(contains(refusal_of("? [a, b]\n: c\n"), "must be a word"));
}

TEST_CASE("the keys of the audit are read, and nothing that is nearly one of them") {
    CHECK(config_of("audit: {immutable: on}").immutable);
    CHECK(config_of("audit: {immutable: \"on\"}").immutable);
    CHECK_FALSE(config_of("audit: {immutable: off}").immutable);
    CHECK(config_of("audit: {sign_key: key.pem}").sign_key == "key.pem");
    for (const auto* word : {"yes", "true", "On", "ON", "1", "auto", "require", "\"\"", "'on '", "\"on\\0\""}) {
        CAPTURE(word);
        CHECK(contains(refusal_of("audit:\n  immutable: " + std::string(word) + "\n"),
                       "2: \"audit.immutable\" must be on or off"));
    }
    for (const auto* value : {"[on]", "{a: b}", "", "null"})
        CHECK(contains(refusal_of("audit:\n  immutable: " + std::string(value) + "\n"),
                       "\"audit.immutable\" must be a word"));
    CHECK(contains(refusal_of("audit: {sign_key: \"\"}"), "\"audit.sign_key\" must not be empty"));
    CHECK(contains(refusal_of("audit: {sign_key: [a]}"), "\"audit.sign_key\" must be a word"));
    CHECK(contains(refusal_of("audit: {sign_key: a, sign_key: b}"), "\"audit.sign_key\" stands there twice"));
    CHECK(contains(refusal_of("audit: on"), "\"audit\" must be a map"));
    std::string hint;
    CHECK(refusal_of("audit:\n  sign_keys: a\n", &hint) == "2: unknown key \"audit.sign_keys\"");
    CHECK(hint == "did you mean \"sign_key\"?");
    CHECK(contains(refusal_of("sign_key: a\n"), "unknown key \"sign_key\""));
}

TEST_CASE("times are from 1s to 60m, in s, m or h, whatever the number does") {
    for (const auto* time : {"1s", "60m", "3600s", "90s", "1h"})
        CHECK(config_of("kubectl: {timeout: " + std::string(time) + "}").kubectl_timeout >= base::seconds(1));
    for (const auto* time : {"0s",
                             "-1s",
                             "61m",
                             "3601s",
                             "60",
                             "s",
                             "m",
                             "2h",
                             "1d",
                             "1 s",
                             "1ss",
                             "1.5s",
                             "1e1s",
                             "0x10s",
                             "+5s",
                             "' 5s'",
                             "99999999999999999999s",
                             "9223372036854775807m",
                             "9223372036854775807s",
                             "307445734561825861m",
                             "18446744073710s",
                             "-9223372036854775808m",
                             "forever",
                             "\"\"",
                             "\"5s\\0\""}) {
        CAPTURE(time);
        CHECK(contains(refusal_of("kubectl: {timeout: " + std::string(time) + "}"), "must be a time from 1s to 60m"));
    }
}

TEST_CASE("S4.57, S4.52, S0.25: without a word about it nothing may be changed, and no policy is there") {
    for (const auto* text : {"", "remediation: {}", "approval:\n", "policy: {file: null}", "trust: {}"}) {
        const auto config = config_of(text);
        CHECK_FALSE(config.remediation_enabled);
        CHECK(config.allowed_namespaces.empty());
        CHECK_FALSE(config.allow_high_risk);
        CHECK(config.enabled_actions.empty());
        CHECK(config.approval_ttl == base::minutes(15));
        CHECK_FALSE(config.policy_file.has_value());
        CHECK(config.confidence_threshold == 800);
        CHECK(config.trust_level == policy::Trust::approve);
    }
}

TEST_CASE("the keys of changing are read") {
    const auto config = config_of(
        "remediation:\n  enabled: true\n  allowed_namespaces: [demo, shop-2]\n  allow_high_risk: true\n"
        "  actions: [env.set-literal, sts.replace-stuck-pod]\napproval: {ttl: 5m}\n"
        "policy: {file: ./policy.yaml, confidence_threshold: 0.85}\ntrust: {level: observe}\n");
    CHECK(config.remediation_enabled);
    CHECK(config.allowed_namespaces == std::vector<std::string>{"demo", "shop-2"});
    CHECK(config.allow_high_risk);
    CHECK(config.enabled_actions == std::vector<std::string>{"env.set-literal", "sts.replace-stuck-pod"});
    CHECK(config.approval_ttl == base::minutes(5));
    CHECK(config.policy_file == "./policy.yaml");
    CHECK(config.confidence_threshold == 850);
    CHECK(config.trust_level == policy::Trust::observe);
    CHECK(config_of("trust: {level: selective}").trust_level == policy::Trust::selective);
    CHECK(config_of("trust: {level: automate}").trust_level == policy::Trust::automate);
    CHECK_FALSE(config_of("remediation: {enabled: false, allow_high_risk: false}").remediation_enabled);
}

TEST_CASE("what is nearly a key of changing is refused with its line") {
    for (const auto* word : {"yes", "on", "True", "TRUE", "1", "\"true \"", "\"\""}) {
        CHECK(contains(refusal_of("remediation:\n  enabled: " + std::string(word)),
                       "2: \"remediation.enabled\" must be true or false"));
        CHECK(
            contains(refusal_of("remediation: {allow_high_risk: " + std::string(word) + "}"), "must be true or false"));
    }
    CHECK(contains(refusal_of("remediation: {enabled: }"), "must be a word"));
    CHECK(refusal_of("remediation:\n  allowed_namespaces:\n    - a\n    - B*\n") ==
          "4: \"remediation.allowed_namespaces\" holds \"B*\", which is no namespace");
    for (const auto* list : {"demo", "{a: b}", "null"})
        CHECK(contains(refusal_of("remediation: {allowed_namespaces: " + std::string(list) + "}"), "must be a list"));
    CHECK(contains(refusal_of("remediation: {allowed_namespaces: [[a]]}"), "must be a word"));
    CHECK(contains(refusal_of("remediation: {allowed_namespaces: [\"\"]}"), "which is no namespace"));
    CHECK(contains(refusal_of("remediation: {actions: [rollout]}"), "holds \"rollout\", which is no action id"));
    CHECK(contains(refusal_of("approval: {ttl: 59s}"), "\"approval.ttl\" must be a time from 1m to 60m"));
    CHECK(config_of("approval: {ttl: 60s}").approval_ttl == base::minutes(1));
    CHECK(config_of("approval: {ttl: 60m}").approval_ttl == base::minutes(60));
    CHECK(contains(refusal_of("approval: {ttl: 61m}"), "from 1m to 60m"));
    CHECK(contains(refusal_of("policy: {file: \"\"}"), "\"policy.file\" must not be empty"));
    CHECK(contains(refusal_of("policy: {file: [a]}"), "must be a word"));
    for (const auto* level : {"Observe", "auto", "4", "\"\""})
        CHECK(contains(refusal_of("trust: {level: " + std::string(level) + "}"),
                       "must be observe, selective, approve or automate"));
    std::string hint;
    CHECK(refusal_of("remediation:\n  enable: true\n", &hint) == "2: unknown key \"remediation.enable\"");
    CHECK(hint == "did you mean \"enabled\"?");
    CHECK(contains(refusal_of("trust: {levels: observe}"), "unknown key \"trust.levels\""));
    CHECK(contains(refusal_of("remediation: {enabled: true, enabled: false}"), "stands there twice"));
}

TEST_CASE("S2.15: without a word about it no model is asked; the keys of the advisor are read") {
    const auto none = config_of("advisor:\n").advisor;
    CHECK(none.kind == io::AdvisorKind::none);
    CHECK(none.endpoint == "http://127.0.0.1:11434");
    CHECK(none.model == "qwen2.5:7b");
    CHECK(none.shadow_model.empty());
    CHECK(none.num_ctx == 8192);
    CHECK_FALSE(none.allow_remote);
    const auto all = config_of(
                         "advisor: {kind: ollama, endpoint: \"http://localhost:1\", model: \"llama3.1:8b\", "
                         "num_ctx: 4096, allow_remote: true, shadow_model: \"guard:1b\"}\n")
                         .advisor;
    CHECK(all.kind == io::AdvisorKind::ollama);
    CHECK(all.endpoint == "http://localhost:1");
    CHECK(all.model == "llama3.1:8b");
    CHECK(all.num_ctx == 4096);
    CHECK(all.allow_remote);
    CHECK(all.shadow_model == "guard:1b");
    CHECK(config_of("advisor: {shadow_model: null}\n").advisor.shadow_model.empty());
}

TEST_CASE("what is nearly a key of the advisor is refused with its line") {
    CHECK(refusal_of("advisor:\n  kind: openai\n") == "2: \"advisor.kind\" must be none or ollama");
    CHECK(refusal_of("advisor:\n  modell: x\n") == "2: unknown key \"advisor.modell\"");
    CHECK(refusal_of("advisor:\n  model: ''\n") == "2: \"advisor.model\" must not be empty");
    CHECK(refusal_of("advisor:\n  allow_remote: yes\n") == "2: \"advisor.allow_remote\" must be true or false");
    for (const char* number : {"2047", "131073", "-1", "8k", "1e4", "''", "99999999999999999999"}) {
        CAPTURE(number);
        CHECK(refusal_of("advisor:\n  num_ctx: " + std::string(number) + "\n") ==
              "2: \"advisor.num_ctx\" must be a whole number from 2048 to 131072");
    }
    CHECK(config_of("advisor: {num_ctx: 2048}").advisor.num_ctx == 2048);
    CHECK(config_of("advisor: {num_ctx: 131072}").advisor.num_ctx == 131'072);
}

TEST_CASE("a confidence is read to the thousandth, without a fraction in between") {
    const std::vector<std::pair<const char*, std::int64_t>> good = {
        {"0", 0},   {"1", 1000},   {"0.8", 800},    {"0.85", 850},  {"0.875", 875}, {"0.001", 1},
        {"0.0", 0}, {"1.0", 1000}, {"1.000", 1000}, {"0.999", 999}, {"0.100", 100}};
    for (const auto& [text, thousandths] : good)
        CHECK(config_of("policy: {confidence_threshold: " + std::string(text) + "}").confidence_threshold ==
              thousandths);
    for (const auto* text : {"1.001", "1.1", "2", "-0", "-0.1", "0.", ".8", "0.8000", "8e-1", "800", "0.8x", "0.-1",
                             "+0.8", "00.8", "nan", ".inf", "\"\"", "10", "01"}) {
        CAPTURE(text);
        CHECK(contains(refusal_of("policy: {confidence_threshold: " + std::string(text) + "}"),
                       "must be a number from 0 to 1"));
    }
}

TEST_CASE("an empty path is no path") {
    CHECK(contains(refusal_of("runs_dir: \"\"\n"), "\"runs_dir\" must not be empty"));
    CHECK(contains(refusal_of("kubectl: {path: \"\"}\n"), "\"kubectl.path\" must not be empty"));
}

TEST_CASE("what could blow up is refused before it is built") {
    CHECK(contains(refusal_of("a: &x [1]\nb: *x\n"), "aliases are not allowed"));
    CHECK(contains(refusal_of("kubectl: &k\n  path: a\n<<: *k\n"), "aliases are not allowed"));
    CHECK(contains(refusal_of(std::string(17, '[') + std::string(17, ']')), "nested deeper than 16 levels"));
    CHECK(contains(refusal_of(std::string(16, '[') + std::string(16, ']')), "must be a map"));
    CHECK(contains(refusal_of(std::string(100000, '[')), "nested deeper than 16 levels"));
    CHECK(contains(refusal_of(std::string(100000, '{')), "nested deeper than 16 levels"));
    CHECK(contains(refusal_of("runs_dir: a\n---\nruns_dir: b\n"), "more than one document"));
    const TempFolder folder;
    const auto big = folder.file("salve.yaml", "#" + std::string(1 << 20, 'x'));
    CHECK(contains(error_of([&] { io::read_config(big); }).what(), "larger than"));
}

TEST_CASE("text that is not YAML is refused with its line") {
    for (const std::string text :
         {"a: b: c\n", "\"open", "a: [1, 2\n", "\t- a", "%YAML 9\n---\n:", "a: \"\\q\"", "@x", "`x`"}) {
        CAPTURE(text);
        refusal_of(text);
    }
    CHECK(refusal_of("runs_dir: a\nmin_severity: \"open\n").substr(0, 1) != "0");
    const TempFolder folder;
    CHECK(contains(error_of([&] { io::read_config(folder.path()); }).what(), "not a regular file"));
    CHECK(contains(error_of([&] { io::read_config(folder / "none.yaml"); }).what(), "No such file"));
}

TEST_CASE("the default file is salve.yaml here, else the one of the user") {
    const TempFolder folder;
    const auto before = std::filesystem::current_path();
    std::filesystem::create_directories(folder / "xdg/salve");
    std::filesystem::create_directories(folder / "here");
    std::filesystem::current_path(folder / "here");
    const Variable at_home("XDG_CONFIG_HOME", folder / "xdg");
    CHECK_FALSE(io::default_config_file().has_value());
    folder.file("xdg/salve/salve.yaml", "");
    CHECK(io::default_config_file() == folder / "xdg/salve/salve.yaml");
    folder.file("here/salve.yaml", "");
    CHECK(io::default_config_file() == "salve.yaml");
    std::filesystem::current_path(before);
}
