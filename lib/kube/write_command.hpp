// The only way to an argument vector that changes a cluster. As with Command, a vector is built by one of the named
// factories from validated words, never from text, and cannot be changed afterwards: what is shown is what is judged,
// run and recorded. There is no factory for anything else: no exec, no --force, no selector, no delete of anything but
// one pod with its uid (SAFETY 5.3, TAXONOMY 2.6).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/names.hpp"
#include "kube/command.hpp"

namespace salve::kube {

enum class WriteVerb : std::uint8_t { patch, evict, delete_pod, create_job };
inline constexpr base::Names<WriteVerb, 4> write_verb_names{{{WriteVerb::patch, "patch"},
                                                             {WriteVerb::evict, "evict"},
                                                             {WriteVerb::delete_pod, "delete"},
                                                             {WriteVerb::create_job, "create"}}};

// A pod goes.
constexpr bool removes(WriteVerb verb) { return verb == WriteVerb::evict || verb == WriteVerb::delete_pod; }

// What `--field-manager` says of us in the object's managedFields.
inline constexpr std::string_view field_manager = "salve";

// A body longer than this is refused: an argument may have 128 KiB, and nobody reads a longer patch before saying yes.
inline constexpr std::size_t max_body = 96U << 10;

// The kinds that may be patched. Error(usage) for any other one: no Secret, no RBAC, no Node, nothing cluster-wide.
bool may_patch(Resource resource);

// The right that such a change takes. resource: of a patch.
Right right_of(WriteVerb verb, Resource resource);

// Every factory throws base::Error(usage) that names the offending word.
class WriteCommand {
public:
    // patch RESOURCE NAME --type=json. The body is a JSON patch (RFC 6902) whose `test` operations the server checks in
    // the same request (TAXONOMY 2.1); it stands in the arguments, so that what is shown can be pasted. Anything but
    // test, add, replace and remove is refused.
    static WriteCommand patch(const Target& target, Resource resource, std::string_view ns, std::string_view name,
                              std::string body);
    // create --raw .../pods/NAME/eviction -f -: honours disruption budgets. The pod goes only if it still has the uid.
    static WriteCommand evict(const Target& target, std::string_view ns, std::string_view pod, std::string_view uid);
    // delete --raw .../pods/NAME -f -: with the pod's own grace, and only if it still has the uid.
    static WriteCommand delete_pod(const Target& target, std::string_view ns, std::string_view pod,
                                   std::string_view uid);
    // create job NAME --from=cronjob/CRON_JOB: fails with AlreadyExists rather than to run twice.
    static WriteCommand create_job(const Target& target, std::string_view ns, std::string_view job,
                                   std::string_view cron_job);

    WriteVerb verb() const { return verb_; }
    const std::vector<std::string>& args() const { return args_; }  // after the name of the program
    const std::string& input() const { return input_; }             // its standard input; empty: none

    // The same command as a rehearsal: the server answers what would come of it and keeps nothing. `--raw` ignores
    // --dry-run and acts for real (TAXONOMY 2.2), so there it stands in the path and in the body.
    const std::vector<std::string>& rehearsal_args() const { return rehearsal_args_; }
    const std::string& rehearsal_input() const { return rehearsal_input_; }

private:
    WriteCommand(WriteVerb verb, std::vector<std::string> args, std::string input,
                 std::vector<std::string> rehearsal_args, std::string rehearsal_input)
        : verb_(verb),
          args_(std::move(args)),
          input_(std::move(input)),
          rehearsal_args_(std::move(rehearsal_args)),
          rehearsal_input_(std::move(rehearsal_input)) {}
    static WriteCommand raw(WriteVerb verb, const Target& target, const std::string& path, std::string body,
                            std::string rehearsal_body);
    WriteVerb verb_;
    std::vector<std::string> args_;
    std::string input_;
    std::vector<std::string> rehearsal_args_;
    std::string rehearsal_input_;
};

}  // namespace salve::kube
