// salve policy init, lint, test: what can be said of a policy file without a plan.
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "cmd/context.hpp"
#include "cmd/exit_codes.hpp"
#include "cmd/policy.hpp"
#include "io/file.hpp"
#include "io/policy_file.hpp"
#include "io/yaml.hpp"
#include "policy/cases.hpp"
#include "policy/lint.hpp"
#include "policy/starter.hpp"
#include "report/policy.hpp"

namespace salve::cmd {
namespace {

using base::Error;
using base::ErrorKind;

constexpr io::YamlLimits case_limits{.bytes = std::size_t{8} << 20, .depth = 16};
constexpr int exit_wrong = 1;  // lint found something, or a case got another verdict

struct Options {
    std::string file, output = "human";
    bool cases = false, coverage = false;
    bool json() const { return output == "json"; }
};

int lint(Context& context, const Options& options) {
    // Unknown actions are told by lint itself, all of them and not only the first.
    const auto policy = io::load_policy(options.file, {});
    const auto issues = policy::lint(policy);
    context.out(options.json() ? report::policy_lint_json(options.file, policy.rules.size(), issues)
                               : report::policy_lint_human(options.file, policy.rules.size(), issues, context.style()));
    return issues.empty() ? exit_ok : exit_wrong;
}

policy::Policy policy_of(Context& context) {
    if (const auto file = context.policy_file()) return io::load_policy(*file);
    throw Error(ErrorKind::usage, "there is no policy file",
                "name one with --policy, or in salve.yaml (policy.file); 'salve policy init' prints one");
}

int test(Context& context, const Options& options) {
    const auto policy = policy_of(context);
    const auto bytes = io::read_file(options.file, case_limits.bytes);
    const auto cases = policy::parse_cases(io::parse_yaml(bytes, options.file, case_limits), options.file);
    auto result = policy::run_cases(policy, cases);
    result.cases_file = options.file;
    context.out(options.json() ? report::policy_test_json(result, options.coverage)
                               : report::policy_test_human(result, options.coverage, context.style()));
    const bool good = result.failed() == 0 && (!options.coverage || result.covered());
    return good ? exit_ok : exit_wrong;
}

void add_output(CLI::App& app, Options& options) {
    app.add_option("-o,--output", options.output, "output format")
        ->check(CLI::IsMember({"human", "json"}))
        ->capture_default_str();
}

}  // namespace

Run add_policy_init(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    app.add_flag("--cases", options->cases, "print cases for it instead, for 'salve policy test'");
    app.footer(
        "Start:  salve policy init > policy.yaml; salve policy init --cases > cases.yaml\n"
        "        salve policy test cases.yaml --policy policy.yaml --coverage");
    return [options](Context& context) {
        context.out(options->cases ? policy::starter_cases() : policy::starter_policy());
        return exit_ok;
    };
}

Run add_policy_lint(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    app.add_option("file", options->file, "the policy file")->required();
    add_output(app, *options);
    app.footer("Exit codes: 0 nothing wrong, 1 issues, 2 the file cannot be used at all.");
    return [options](Context& context) { return lint(context, *options); };
}

Run add_policy_test(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    app.add_option("file", options->file, "the file with the cases")->required();
    app.add_flag("--coverage", options->coverage,
                 "fail, too, where a rule applied to no case, or to every case although it has a condition");
    add_output(app, *options);
    app.footer("Exit codes: 0 every case got its verdict, 1 not, 2 a file cannot be used at all.");
    return [options](Context& context) { return test(context, *options); };
}

}  // namespace salve::cmd
