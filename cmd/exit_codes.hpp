// The exit codes that this version can end with, as --help prints them (CLI.md section 2).
#pragma once
#include <string_view>

namespace salve::cmd {

inline constexpr int exit_ok = 0;
inline constexpr int exit_findings = 1;
inline constexpr int exit_stale = 76;
inline constexpr int exit_denied = 77;
inline constexpr int exit_not_approved = 78;
inline constexpr int exit_step_failed = 79;
inline constexpr int exit_effect_unknown = 80;
inline constexpr int exit_not_verified = 81;

constexpr std::string_view exit_code_help() {
    return "Exit codes:\n"
           "  0   nothing wrong, or done and verified\n"
           "  1   findings at or above --min-severity\n"
           "  2   wrong usage, or a bad input file\n"
           "  65  a plan or record is not valid\n"
           "  69  kubectl is missing or was refused\n"
           "  70  internal error\n"
           "  73  no record can be written, and nothing was sent\n"
           "  74  something was sent, and its record could not be kept where it belongs\n"
           "  75  somebody else works here, or a dead run was not settled: 'salve runs recover'\n"
           "  76  the plan is stale: the object, the cluster, the policy or the clock is not what it was made for\n"
           "  77  the policy denies it\n"
           "  78  the approval is missing, over, used up, or for something else\n"
           "  79  a step failed; those after it were not begun\n"
           "  80  what became of a change is not known: 'salve runs recover'\n"
           "  81  it was changed, and the checks do not show that it helped\n"
           "  83  the cluster could not be read, or so little of it that nothing can be said\n"
           "  130, 143, 129  ended by a signal";
}

}  // namespace salve::cmd
