#include "kube/write_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/json.hpp"
#include "kube/command_words.hpp"
#include "kube/names.hpp"

namespace salve::kube {
namespace {

using nlohmann::json;

constexpr auto patchable =
    std::to_array<Resource>({Resource::deployments, Resource::statefulsets, Resource::daemonsets, Resource::jobs,
                             Resource::cronjobs, Resource::horizontalpodautoscalers});

constexpr std::string_view rehearse_flag = "--dry-run=server";

[[noreturn]] void refuse(const std::string& what, const std::string& hint = "") {
    throw base::Error(base::ErrorKind::usage, what, hint);
}

// A uid goes into a body, where it is quoted; what is no uid is a mistake all the same.
std::string checked_uid(std::string_view uid) {
    const bool plain = std::all_of(uid.begin(), uid.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
    });
    if (uid.empty() || uid.size() > 128 || !plain) refuse("a pod without a uid cannot be removed safely");
    return std::string(uid);
}

// The last of the places that keep changes out of the cluster's own namespaces (S3.43).
std::string namespace_to_change(std::string_view ns) {
    auto checked = checked_namespace(ns);
    if (is_system_namespace(checked)) refuse(fmt::format("nothing is ever changed in {}", checked));
    return checked;
}

// The four operations that a change is made of; what is not JSON could not be sent as it is shown (a NUL ends an
// argument).
void check_body(const std::string& body) {
    if (body.size() > max_body)
        refuse(fmt::format("the change has {} bytes, more than {} that one can review", body.size(), max_body));
    const auto patch = base::parse_json(body, "the change");
    const bool operations = std::all_of(patch.begin(), patch.end(), [](const json& one) {
        if (!one.is_object() || !one.contains("op") || !one.contains("path") || !one["path"].is_string()) return false;
        const auto& op = one["op"];
        return op == "test" || op == "add" || op == "replace" || op == "remove";
    });
    if (!patch.is_array() || patch.empty() || !operations) refuse("the change is no JSON patch");
}

std::vector<std::string> with(std::vector<std::string> args, std::string_view flag) {
    const auto names = std::find(args.begin(), args.end(), "--");
    args.insert(names, std::string(flag));
    return args;
}

std::string pod_path(std::string_view ns, std::string_view pod) {
    return RawPath::object_in(Resource::pods, namespace_to_change(ns), checked_object_name(pod)).str();
}

}  // namespace

bool may_patch(Resource resource) { return std::find(patchable.begin(), patchable.end(), resource) != patchable.end(); }

Right right_of(WriteVerb verb, Resource resource) {
    switch (verb) {
        case WriteVerb::evict:
            return {Access::create, Resource::pods, Subresource::eviction};
        case WriteVerb::delete_pod:
            return {Access::remove, Resource::pods, Subresource::none};
        case WriteVerb::create_job:
            return {Access::create, Resource::jobs, Subresource::none};
        case WriteVerb::patch:
            break;
    }
    return {Access::patch, resource, Subresource::none};
}

WriteCommand WriteCommand::patch(const Target& target, Resource resource, std::string_view ns, std::string_view name,
                                 std::string body) {  // NOLINT(performance-unnecessary-value-param): a sink
    if (!may_patch(resource)) refuse(fmt::format("{} are never changed", info(resource).plural));
    check_body(body);
    std::vector<std::string> args{"patch"};
    add_connection(args, target);
    args.push_back(flag("namespace", namespace_to_change(ns)));
    args.push_back(flag("field-manager", field_manager));
    args.insert(args.end(), {"--type=json", flag("patch", body), "--output=json"});
    args.insert(args.end(), {"--", qualified(resource), checked_object_name(name)});
    auto rehearsal = with(args, rehearse_flag);
    return {WriteVerb::patch, std::move(args), "", std::move(rehearsal), ""};
}

WriteCommand WriteCommand::raw(WriteVerb verb, const Target& target, const std::string& path, std::string body,
                               std::string rehearsal_body) {
    const auto args_for = [&](const std::string& where) {
        std::vector<std::string> args{verb == WriteVerb::evict ? "create" : "delete"};
        add_connection(args, target);
        args.push_back(flag("raw", where));
        args.emplace_back("--filename=-");
        return args;
    };
    return {verb, args_for(path), std::move(body), args_for(path + "?dryRun=All"), std::move(rehearsal_body)};
}

WriteCommand WriteCommand::evict(const Target& target, std::string_view ns, std::string_view pod,
                                 std::string_view uid) {
    json body = {{"apiVersion", "policy/v1"},
                 {"kind", "Eviction"},
                 {"metadata", {{"name", checked_object_name(pod)}, {"namespace", namespace_to_change(ns)}}},
                 {"deleteOptions", {{"preconditions", {{"uid", checked_uid(uid)}}}}}};
    const auto real = base::canonical(body);
    body["deleteOptions"]["dryRun"] = json::array({"All"});
    return raw(WriteVerb::evict, target, pod_path(ns, pod) + "/eviction", real, base::canonical(body));
}

WriteCommand WriteCommand::delete_pod(const Target& target, std::string_view ns, std::string_view pod,
                                      std::string_view uid) {
    json body = {{"apiVersion", "v1"},
                 {"kind", "DeleteOptions"},
                 {"preconditions", {{"uid", checked_uid(uid)}}},
                 {"propagationPolicy", "Background"}};
    const auto real = base::canonical(body);
    body["dryRun"] = json::array({"All"});
    return raw(WriteVerb::delete_pod, target, pod_path(ns, pod), real, base::canonical(body));
}

WriteCommand WriteCommand::create_job(const Target& target, std::string_view ns, std::string_view job,
                                      std::string_view cron_job) {
    std::vector<std::string> args{"create", "job"};
    add_connection(args, target);
    args.push_back(flag("namespace", namespace_to_change(ns)));
    args.push_back(flag("field-manager", field_manager));
    args.push_back(flag("from", "cronjob/" + checked_object_name(cron_job)));
    args.emplace_back("--output=json");
    auto rehearsal = with(args, rehearse_flag);
    // Without "--": what follows it is the command of the Job's container, and no name (kubectl 1.32). A name that was
    // checked begins with no hyphen.
    args.push_back(checked_object_name(job));
    rehearsal.push_back(args.back());
    return {WriteVerb::create_job, std::move(args), "", std::move(rehearsal), ""};
}

}  // namespace salve::kube
