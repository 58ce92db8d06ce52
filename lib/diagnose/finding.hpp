// What a diagnosis says: findings, each with the evidence that proves it.
#pragma once
#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/names.hpp"
#include "base/time.hpp"
#include "kube/meta.hpp"

namespace salve::diagnose {

using base::Time;
using kube::ObjectRef;

enum class Severity { info, low, medium, high, critical };
inline constexpr base::Names<Severity, 5> severity_names{{{Severity::info, "info"},
                                                          {Severity::low, "low"},
                                                          {Severity::medium, "medium"},
                                                          {Severity::high, "high"},
                                                          {Severity::critical, "critical"}}};

// possible: a log pattern or a correlation; probable: an event and a status that agrees; confirmed: a status or
// condition literal (TAXONOMY 0.2).
enum class Confidence { possible, probable, confirmed };
inline constexpr base::Names<Confidence, 3> confidence_names{
    {{Confidence::possible, "possible"}, {Confidence::probable, "probable"}, {Confidence::confirmed, "confirmed"}}};

// CLI.md section 3.
enum class Category {
    image_pull,
    image_auth,
    crash_app,
    crash_oom,
    crash_config,
    command_not_found,
    missing_configmap,
    missing_secret,
    missing_key,
    probe_liveness,
    probe_readiness,
    probe_startup,
    scheduling_resources,
    scheduling_affinity,
    scheduling_taint,
    storage_class,
    storage_claim,
    storage_mount,
    quota,
    limitrange,
    admission,
    rbac,
    service_selector,
    service_port,
    ingress,
    dns,
    dependency,
    job_failed,
    cronjob,
    rollout,
    eviction,
    node,
    hpa,
    pdb,
    network_policy,
    init,
    disk_full,
    access,
    other,
};
inline constexpr base::Names<Category, 39> category_names{{
    {Category::image_pull, "image-pull"},
    {Category::image_auth, "image-auth"},
    {Category::crash_app, "crash-app"},
    {Category::crash_oom, "crash-oom"},
    {Category::crash_config, "crash-config"},
    {Category::command_not_found, "command-not-found"},
    {Category::missing_configmap, "missing-configmap"},
    {Category::missing_secret, "missing-secret"},
    {Category::missing_key, "missing-key"},
    {Category::probe_liveness, "probe-liveness"},
    {Category::probe_readiness, "probe-readiness"},
    {Category::probe_startup, "probe-startup"},
    {Category::scheduling_resources, "scheduling-resources"},
    {Category::scheduling_affinity, "scheduling-affinity"},
    {Category::scheduling_taint, "scheduling-taint"},
    {Category::storage_class, "storage-class"},
    {Category::storage_claim, "storage-claim"},
    {Category::storage_mount, "storage-mount"},
    {Category::quota, "quota"},
    {Category::limitrange, "limitrange"},
    {Category::admission, "admission"},
    {Category::rbac, "rbac"},
    {Category::service_selector, "service-selector"},
    {Category::service_port, "service-port"},
    {Category::ingress, "ingress"},
    {Category::dns, "dns"},
    {Category::dependency, "dependency"},
    {Category::job_failed, "job-failed"},
    {Category::cronjob, "cronjob"},
    {Category::rollout, "rollout"},
    {Category::eviction, "eviction"},
    {Category::node, "node"},
    {Category::hpa, "hpa"},
    {Category::pdb, "pdb"},
    {Category::network_policy, "network-policy"},
    {Category::init, "init"},
    {Category::disk_full, "disk-full"},
    {Category::access, "access"},
    {Category::other, "other"},
}};

// One failure mode of TAXONOMY.md: the row that the rules, --explain, the documentation and the tests read.
struct Mode {
    std::string_view id;  // "pod.image.not-found"
    Category category;
    Severity severity;          // base; the engine adjusts it (TAXONOMY 0.7)
    std::string_view summary;   // what it is, one sentence
    std::string_view needs;     // the evidence without which it is not claimed
    std::string_view not_when;  // what looks like it and is not
    std::string_view advice;    // what to do, in plain words
    std::array<std::string_view, 4> actions =
        {};  // ids of the action catalog that may be planned for it; empty ones end the list
};

// Where a piece of evidence was read. Order is rank: status before condition before event before log (TAXONOMY 0.2).
enum class Source { status, condition, event, log, spec };
inline constexpr base::Names<Source, 5> source_names{{{Source::status, "status"},
                                                      {Source::condition, "condition"},
                                                      {Source::event, "event"},
                                                      {Source::log, "log"},
                                                      {Source::spec, "spec"}}};

// One literal that was read: nothing is claimed without one. text is redacted, never escaped (printers do that).
struct Evidence {
    ObjectRef object;
    std::string container;  // empty when it is about the whole object
    Source source = Source::status;
    std::string path;  // "status.containerStatuses[0].state.waiting.reason"; for events "events[Failed].message"; for
                       // logs "log" or "log.previous"
    std::string text;
    std::optional<Time> at;
};

// An object, and the container in it where one is meant.
struct Subject {
    ObjectRef object;
    std::string container;
    auto operator<=>(const Subject&) const = default;
};

struct Finding {
    const Mode* mode = nullptr;
    // A root is as severe as the worst that it causes. A consequence that merely echoes it (a Deployment without ready
    // pods), and blames another object, is low: the engine sees to both.
    Severity severity = Severity::info;
    Confidence confidence = Confidence::confirmed;
    std::optional<Category> category;  // where the facts place it elsewhere than the mode does; else the mode's

    Subject root;                    // the object to change or repair
    std::vector<Subject> affected;   // the objects that show it, sorted
    std::string summary;             // one sentence with the literal fact
    std::vector<Evidence> evidence;  // never empty
    std::vector<std::string> missing_evidence;
    std::vector<std::string> advice;
    std::vector<std::string> actions;
    std::vector<std::string> actions_elsewhere;  // right, but somebody else would put the change back: to be made there
    std::map<std::string, std::string> suggested;  // values for the actions that the facts give: {"replicas": "3"}
    std::optional<Time> first_seen, last_seen;
    std::vector<std::string> managed_by;

    // Set by the engine.
    Severity severity_alone = Severity::info;  // what a consequence would be without its cause; else as severity
    bool echo = false;                         // see Edge::echo
    std::string id;                            // 12 hex
    int instances = 1;                         // pods folded into this finding
    std::string change;  // what the newest revision of the workload changed, where that may be the cause; else empty
    std::optional<std::string> caused_by;
    std::vector<std::string> consequences;

    Category category_or_mode() const { return category.value_or(mode->category); }
};

}  // namespace salve::diagnose
