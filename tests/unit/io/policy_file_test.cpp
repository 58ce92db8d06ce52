// Every way in which a policy file can be broken (SAFETY 7.4, F11), and that each of them denies.
#include "io/policy_file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.hpp"
#include "io_fakes.hpp"
#include "policy/starter.hpp"
#include "policy_builders.hpp"

using namespace salve;
using namespace salve::test;
using policy::Effect;
using namespace std::string_literals;

namespace {

const std::string good = "schema: policy/v1\nrules:\n  - {id: all, effect: allow, when: {}}\n";

// The verdict is deny, the reason names the file, and loading it for people is an error.
void denies(const std::string& bytes) {
    const TempFolder folder;
    const auto file = folder.file("policy.yaml", bytes);
    const auto shown = bytes.substr(0, 80);
    CAPTURE(shown);
    const auto policy = io::read_policy(file);
    const auto decision = policy::decide(policy, good_input());
    CHECK(decision.effect == Effect::deny);
    CHECK(decision.rule_id == "policy.unusable");
    CHECK(contains(decision.message, file));
    CHECK(policy.rules.empty());
    CHECK(error_of([&] { io::load_policy(file); }).kind() == base::ErrorKind::usage);
}

}  // namespace

TEST_CASE("a good file is read, with its digest, anew each time (S0.46)") {
    const TempFolder folder;
    const auto file = folder.file("policy.yaml", good);
    auto policy = io::read_policy(file);
    CHECK_FALSE(policy.unusable.has_value());
    CHECK(policy.file == file);
    CHECK(policy.sha256 == base::sha256_hex(good));
    CHECK(policy::decide(policy, good_input()).effect == Effect::allow);
    folder.file("policy.yaml", "schema: policy/v1\nrules: [{id: all, effect: require_approval, when: {}}]");
    CHECK(policy::decide(io::read_policy(file), good_input()).effect == Effect::require_approval);
    const auto as_json =
        folder.file("p.json", R"({"schema": "policy/v1", "rules": [{"id": "a", "effect": "allow", "when": {}}]})");
    CHECK(policy::decide(io::read_policy(as_json), good_input()).effect == Effect::allow);
    CHECK_FALSE(io::read_policy(folder.file("s.yaml", policy::starter_policy())).unusable.has_value());
}

TEST_CASE("S0.25: no file denies everything, and says what to do") {
    const auto decision = policy::decide(io::read_policy(std::nullopt), good_input());
    CHECK(decision.effect == Effect::deny);
    CHECK(decision.rule_id == "policy.unusable");
    CHECK(contains(decision.message, "there is no policy file"));
    CHECK(contains(decision.message, "salve policy init"));
}

TEST_CASE("a file that is empty, in another encoding, or of hidden bytes denies") {
    for (const auto& bytes : {""s, " \n\t\n"s, "# nothing\n"s, "---\n"s, "null\n"s, "\xef\xbb\xbf" + good, "\xff\xfe"s,
                              "\xfe\xff\0{\0}"s, good + "\0"s, "\0"s + good, good + "# \x04\n"s, good + "\x1a"s,
                              good + "\xc0\xaf"s, good + "\xed\xa0\x80"s, good + "\xff"s, good + "# \xe2\x80\xae\n"s})
        denies(bytes);
    std::string wide;
    for (const char c : good) wide += {c, '\0'};
    denies("\xff\xfe" + wide);
    std::string windows;
    for (const char c : good) windows += c == '\n' ? "\r\n"s : std::string(1, c);
    const TempFolder folder;
    CHECK(policy::decide(io::read_policy(folder.file("p", windows)), good_input()).effect == Effect::allow);
}

TEST_CASE("a file with keys twice, unknown, missing, null, or of another type denies") {
    for (const auto& bytes : {good + "schema: policy/v1\n",
                              good + "rules: []\n",
                              good + "extra: 1\n",
                              "schema: policy/v1\n"s,
                              "rules: []\n"s,
                              "schema: policy/v1\nrules:\n"s,
                              "schema: policy/v1\nrules: {}\n"s,
                              "schema: policy/v1\nrules: x\n"s,
                              "schema: policy/v1\nrules: 1e999\n"s,
                              "schema: policy/v1\nrules: -0\n"s,
                              "schema: 1\nrules: []\n"s,
                              "schema: 1.0\nrules: []\n"s,
                              "schema:\nrules: []\n"s,
                              "schema: policy/v0\nrules: []\n"s,
                              "schema: policy/v2\nrules: []\n"s,
                              "schema: \"v1 \"\nrules: []\n"s,
                              "[]\n"s,
                              "- schema: policy/v1\n"s,
                              "true\n"s,
                              "9007199254740993\n"s})
        denies(bytes);
    const auto rule = [](const std::string& text) { return "schema: policy/v1\nrules: [{" + text + "}]\n"; };
    for (const auto& bytes : {rule("id: a, effect: allow"),
                              rule("id: a, when: {}"),
                              rule("effect: allow, when: {}"),
                              rule("id: a, effect: allow, when:"),
                              rule("id: a, effect: , when: {}"),
                              rule("id: , effect: allow, when: {}"),
                              rule("id: \"\", effect: allow, when: {}"),
                              rule("id: a, effect: Allow, when: {}"),
                              rule("id: a, effect: true, when: {}"),
                              rule("id: a, effect: allow, when: {}, then: x"),
                              rule("id: a, id: b, effect: allow, when: {}"),
                              rule("id: a, effect: allow, when: [], message: x"),
                              rule("id: a, effect: allow, when: {namespce: {eq: a}}"),
                              rule("id: a, effect: allow, when: {namespace: {is: a}}"),
                              rule("id: a, effect: allow, when: {action: {eq: rollout.redo}}"),
                              rule("id: a, effect: allow, when: {risk: {eq: none}}"),
                              rule("id: a, effect: allow, when: {replicas: {eq: 1.0}}"),
                              rule("id: a, effect: allow, when: {replicas: {eq: 1e3}}"),
                              rule("id: a, effect: allow, when: {replicas: {eq: -1}}"),
                              rule("id: a, effect: allow, when: {replicas: {eq: 9007199254740992}}"),
                              rule("id: a, effect: allow, when: {replicas: {eq: 99999999999999999999}}"),
                              rule("id: a, effect: allow, when: {kind: {eq: yes: 1}}"),
                              rule("id: a, effect: allow, when: {}, requires: {approvers: 1}"),
                              rule("id: a, effect: require_approval, when: {}, requires: {approvers: 0}"),
                              rule("id: a, effect: require_approval, when: {}, requires: {approvers: 2147483648}"),
                              rule("id: a, effect: require_approval, when: {}, requires: {ttl_s: 1e999}"),
                              rule("id: a, effect: allow, when: {}}, {id: a, effect: deny, when: {}")})
        denies(bytes);
}

TEST_CASE("a file that could blow up, or is two, or is cut denies") {
    const auto nested = [](std::size_t depth) {
        return good + "x: " + std::string(depth, '[') + std::string(depth, ']') + "\n";
    };
    for (const std::size_t depth : {33, 1000, 100'000}) denies(nested(depth));
    denies(good + "x: " + std::string(100'000, '{'));
    denies(good + "---\n" + good);
    denies(good + "]\n");
    denies(good + "trailing garbage\n");
    denies("a: &a [x]\nb: *a\n");
    denies(good + "#" + std::string(1 << 20, 'x'));
    std::string many = "schema: policy/v1\nrules:\n";
    for (int i = 0; i < 20'000; ++i) many += "  - {id: r" + std::to_string(i) + ", effect: allow, when: {}}\n";
    denies(many);
    std::string deep = "{kind: {eq: Pod}}";
    for (int i = 0; i < 9; ++i) deep = "{not: " + deep + "}";
    denies("schema: policy/v1\nrules: [{id: a, effect: allow, when: " + deep + "}]\n");
}

TEST_CASE("F11: the starter cut at each byte denies or is as strict as what is left of it; never more than it asks") {
    const TempFolder folder;
    const auto whole = std::string(policy::starter_policy());
    std::size_t broken = 0, read = 0;
    for (std::size_t at = 0; at < whole.size(); at += 7) {
        const auto policy = io::read_policy(folder.file("p", whole.substr(0, at)));
        (policy.unusable ? broken : read) += 1;
        CHECK(policy::decide(policy, good_input()).effect >= Effect::require_approval);
    }
    CHECK(broken > 100);
    CHECK(read > 100);
}

TEST_CASE("what is no file of our own denies: missing, folder, FIFO, device, unreadable") {
    const TempFolder folder;
    const auto unusable = [](const std::string& path) {
        CAPTURE(path);
        const auto policy = io::read_policy(path);
        CHECK(policy.unusable.has_value());
        CHECK(policy.file == path);
        CHECK(policy::decide(policy, good_input()).effect == Effect::deny);
    };
    unusable(folder / "none.yaml");
    unusable(folder.path());
    const auto fifo = folder / "fifo";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    unusable(fifo);
    unusable("/dev/null");
    unusable("/dev/zero");
    unusable("");
    unusable(folder.path() + "/../../../none\n.yaml");
    REQUIRE(::symlink((folder / "gone").c_str(), (folder / "link").c_str()) == 0);
    unusable(folder / "link");
    const auto locked = folder.file("locked", good);
    REQUIRE(::chmod(locked.c_str(), 0) == 0);
    if (::geteuid() != 0) unusable(locked);  // root reads it all the same
}

TEST_CASE("loading names the file, the path and the nearest known word") {
    const TempFolder folder;
    const auto file = folder.file("p.yaml", "schema: policy/v1\nrules:\n  - {id: a, efect: deny, when: {}}\n");
    const auto error = error_of([&] { io::load_policy(file); });
    CHECK(error.what() == file + ": .rules[0]: unknown key \"efect\"");
    CHECK(error.hint() == "did you mean \"effect\"?");
    const auto twice = folder.file("t.yaml", good + "rules: []\n");
    CHECK(error_of([&] { io::load_policy(twice); }).what() == twice + ":4: \"rules\" stands there twice");
    const auto action = folder.file(
        "a.yaml", "schema: policy/v1\nrules: [{id: a, effect: deny, when: {action: {eq: rollout.redo}}}]\n");
    CHECK(error_of([&] { io::load_policy(action); }).hint() == "did you mean \"rollout.undo\"?");
    CHECK_NOTHROW(io::load_policy(action, {}));
}
