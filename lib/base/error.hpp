// The one exception of the program, and the exit code that each kind of it ends with.
#pragma once
#include <stdexcept>
#include <string>

namespace salve::base {

// Why the program cannot go on. The exit codes are a contract (CLI.md section 2); exit_code() is their one table.
enum class ErrorKind {
    usage,                // what the user typed or a file that they named is wrong
    invalid_record,       // a plan or record is not what it claims to be
    kubectl_unavailable,  // kubectl is missing, not executable, or refused for its permissions
    internal,             // salve is at fault
    audit_unwritable,     // no durable record can be written: nothing was sent
    audit_degraded,       // something was sent, and its record could not be kept where it belongs
    stale,                // what it was made for is not there any more: object, cluster, policy, clock
    not_approved,         // the approval is missing, over, used up, or for something else
    locked,               // somebody else works on the same target or runs folder, or a dead run was not settled
    cluster_unreadable,   // unreachable, unauthorised, or so little could be read that nothing can be said
};

constexpr int exit_code(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::usage:
            return 2;
        case ErrorKind::invalid_record:
            return 65;
        case ErrorKind::kubectl_unavailable:
            return 69;
        case ErrorKind::internal:
            return 70;
        case ErrorKind::audit_unwritable:
            return 73;
        case ErrorKind::audit_degraded:
            return 74;
        case ErrorKind::locked:
            return 75;
        case ErrorKind::stale:
            return 76;
        case ErrorKind::not_approved:
            return 78;
        case ErrorKind::cluster_unreadable:
            return 83;
    }
    return 70;
}

// "Cannot go on." message: lower case, the user's word quoted; hint: the way out, or empty.
// Neither is escaped: the printer does that.
class Error : public std::runtime_error {
public:
    Error(ErrorKind kind, const std::string& message, std::string hint = "")
        : std::runtime_error(message), kind_(kind), hint_(std::move(hint)) {}
    ErrorKind kind() const { return kind_; }
    const std::string& hint() const { return hint_; }

private:
    ErrorKind kind_;
    std::string hint_;
};

}  // namespace salve::base
