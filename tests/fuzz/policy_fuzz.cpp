#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "io/yaml.hpp"
#include "policy/lint.hpp"
#include "policy_builders.hpp"
#include "targets.hpp"

namespace salve::fuzz {
namespace {

constexpr std::size_t seed_bytes = 8;

// The first bytes choose the inputs, the rest is the file.
std::uint64_t seed_of(std::string_view bytes) {
    std::uint64_t seed = 0;
    for (const char c : bytes.substr(0, seed_bytes)) seed = seed * 257 + static_cast<unsigned char>(c);
    return seed;
}

policy::Policy policy_of(std::string_view text) try {
    return policy::parse_policy(io::parse_yaml(text, "fuzz", {.depth = 64}), "fuzz", policy::known_actions);
} catch (const base::Error& error) {
    require(error.kind() == base::ErrorKind::usage, "what is no policy is a mistake of the user");
    return policy::Policy::denying(error.what());
}

void holds_for(const policy::Policy& file, const policy::Policy& everything, const policy::Input& input,
               test::Random& random) {
    const auto verdict = policy::decide(file, input);
    require(at_least_as_strict(verdict, policy::decide(everything, input)), "no file makes the floor looser");
    require(at_least_as_strict(verdict, policy::evaluate(file, input)), "the floor only tightens");
    require(!file.unusable || verdict.effect == policy::Effect::deny, "a file that cannot be used denies");
    auto less = input;
    const auto& field = random.pick(policy::fields());
    policy::remove(field, less);
    require(field.of_model() || at_least_as_strict(policy::decide(file, less), verdict), "missing input only tightens");
    auto unspoken = input, judged = input;
    unspoken.llm = {};
    judged.llm = random.judgement();
    require(at_least_as_strict(policy::decide(file, judged), policy::decide(file, unspoken)), "a model only tightens");
}

}  // namespace

// Any text as a policy, any input: it is read or refused, and the verdict is never looser than it may be.
void policy_file(std::string_view bytes) {
    const auto file = policy_of(bytes.substr(std::min(seed_bytes, bytes.size())));
    static const auto everything = test::allow_all();
    test::Random random(seed_of(bytes));
    for (int i = 0; i < 4; ++i) holds_for(file, everything, random.input(), random);
    for (const auto& issue : policy::lint(file))
        require(
            issue.rule_id.empty() || std::any_of(file.rules.begin(), file.rules.end(),
                                                 [&](const policy::Rule& rule) { return rule.id == issue.rule_id; }),
            "lint tells of rules that are there");
}

}  // namespace salve::fuzz

SALVE_FUZZ_TARGET(policy_file)
