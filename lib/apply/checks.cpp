#include "apply/checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "apply/rollout.hpp"
#include "base/text.hpp"
#include "kube/world.hpp"
#include "plan/patch.hpp"

namespace salve::apply {
namespace {

using plan::text_at;

constexpr auto beat = base::seconds(2);          // between two looks at what should come about soon
constexpr auto slack = base::seconds(60);        // a rollout may take its deadline and this (TAXONOMY 2.4)
constexpr auto clock_slack = base::seconds(2);   // the cluster's times have whole seconds
constexpr auto second_look = base::seconds(10);  // what is gone must be gone twice
constexpr int hopeless_looks = 2;                // so many times the same stuck pod

// One look at one check: decided, or look again later.
struct Look {
    std::optional<bool> passed;
    std::string observed;
};

class Checker {
public:
    Checker(const plan::Step& step, const json& before, base::Time sent, Cluster& cluster, const CheckOptions& options)
        : step_(step), before_(before), sent_(sent), cluster_(cluster), options_(options) {}

    CheckResult run(const plan::Check& check) {
        samples_ = 0;
        began_ = cluster_.now();
        CheckResult result;
        result.check = check.check;
        const auto window = base::Duration{check.window_ms * 1000};
        Look look;
        if (check.check == "rollout_complete")
            look = rollout(result);
        else if (check.check == "restarts_flat")
            look = restarts(result, soak(window), check.samples);
        else if (check.check == "replicas_held")
            look = replicas(result, window, check.samples);
        else if (check.check == "field_is")
            look = field(result, soak(window));
        else if (check.check == "pod_gone")
            look = pod_gone(result, window);
        else if (check.check == "pod_replaced")
            look = pod_replaced(result, window);
        else if (check.check == "job_succeeds")
            look = job_succeeds(result, window);
        else if (check.check == "finding_gone")
            look = finding_gone(result, window, check.samples);
        else
            look.observed = "this version does not know the check";
        soaked_ = soaked_ || check.check == "restarts_flat" || check.check == "replicas_held";
        result.passed = look.passed;
        result.observed = std::move(look.observed);
        result.samples = samples_;
        result.interrupted = interrupted_;
        result.at = cluster_.now();
        result.window_ms = (result.at - began_).us / 1000;
        return result;
    }
    bool interrupted() const { return interrupted_; }

private:
    base::Duration soak(base::Duration window) const { return std::min(window, options_.soak.value_or(window)); }

    bool wait(base::Duration span) {
        interrupted_ = interrupted_ || !cluster_.pause(span);
        return !interrupted_;
    }

    // Looks until a look decides, or the time is over; what is undecided then has failed.
    template <typename Fn>
    Look until(base::Duration limit, base::Duration between, Fn look_once) {
        for (;;) {
            ++samples_;
            auto look = look_once();
            options_.tell(look.observed);
            if (look.passed) return look;
            if (cluster_.now() - began_ >= limit) {
                look.passed = false;
                return look;
            }
            if (!wait(between)) return {std::nullopt, look.observed};
        }
    }

    // Looks again and again for the whole time: one look that fails decides, and the last one that all was well.
    template <typename Fn>
    Look throughout(base::Duration window, int looks, Fn look_once) {
        const base::Duration between{std::max(beat.us, window.us / std::max(looks, 1))};
        for (;;) {
            ++samples_;
            auto look = look_once();
            options_.tell(look.observed);
            const auto left = window.us - (cluster_.now() - began_).us;
            if (look.passed == false || left <= 0) return look;
            if (!wait({std::min(between.us, left)})) return {std::nullopt, look.observed};
        }
    }

    Live target() { return cluster_.read(step_.target.object); }

    static Look unread(const std::string& why) { return {std::nullopt, "it cannot be read: " + why}; }

    // The pods that the step is about: those of the workload, or those beside the pod that went.
    std::optional<std::vector<kube::Pod>> own_pods(std::string& why) {
        auto pods = cluster_.pods(step_.target.object.ns);
        if (!pods.read) {
            why = pods.why;
            return std::nullopt;
        }
        const auto selector = selector_of(before_);
        const auto* owner = controller();
        std::erase_if(pods.list, [&](const kube::Pod& pod) {
            if (pod.meta.deleted || pod.phase == "Succeeded" || pod.phase == "Failed") return true;
            if (step_.target.object.kind != "Pod") return !selector || !kube::matches(*selector, pod.meta.labels);
            return !owner || !pod.meta.controller() || pod.meta.controller()->uid != *owner;
        });
        return std::move(pods.list);
    }

    // The uid of the pod's controller, as it was before the pod went.
    const std::string* controller() const {
        const auto* owners = plan::value_at(before_, "/metadata/ownerReferences");
        if (!owners || !owners->is_array()) return nullptr;
        for (const auto& one : *owners) {
            const auto *is = plan::value_at(one, "/controller"), *uid = plan::value_at(one, "/uid");
            if (is && *is == true && uid && uid->is_string()) return uid->get_ptr<const std::string*>();
        }
        return nullptr;
    }

    // The condition stays as an earlier, stalled rollout left it until the first pod of this one moves.
    bool is_old_verdict(const json& object) const {
        const auto* before = progress_of(before_);
        const auto* now = progress_of(object);
        return before && now && *before == *now;
    }

    Look rollout(CheckResult& result) {
        result.expected = "every pod is of the new template and available";
        const auto limit = base::Duration{deadline_of(before_).us + slack.us};
        std::map<std::string, int> stuck_looks;
        return until(limit, beat, [&]() -> Look {
            const auto live = target();
            if (!live.read) return unread(live.why);
            if (live.object.is_null()) return {false, "the object is gone"};
            const auto now = rollout_of(live.object);
            if (!now.failed.empty() && !is_old_verdict(live.object)) return {false, now.failed};
            if (now.done) return {true, now.words};
            std::string why;
            const auto pods = own_pods(why);
            for (const auto& pod : pods.value_or(std::vector<kube::Pod>())) {
                const auto reason = stuck(pod, sent_ - clock_slack);
                if (!reason.empty() && ++stuck_looks[reason] >= hopeless_looks) return {false, reason};
            }
            return {std::nullopt, now.words};
        });
    }

    Look restarts(CheckResult& result, base::Duration window, int looks) {
        result.expected = "no container restarts, and every pod is ready at the end";
        std::map<std::string, int> first;
        return throughout(window, looks, [&]() -> Look {
            std::string why;
            const auto pods = own_pods(why);
            if (!pods) return unread(why);
            std::size_t ready = 0;
            for (const auto& pod : *pods) {
                ready += kube::is_ready(pod) ? 1 : 0;
                for (const auto& status : pod.statuses) {
                    const auto known = first.try_emplace(pod.meta.uid + "/" + status.name, status.restarts).first;
                    if (status.restarts > known->second)
                        return {false, fmt::format("container {} of pod {} restarted ({} times now)", status.name,
                                                   pod.meta.name, status.restarts)};
                }
            }
            const auto words = fmt::format("{} of {} pods ready, no restart", ready, pods->size());
            return {ready == pods->size() && !pods->empty(), words};
        });
    }

    Look replicas(CheckResult& result, base::Duration window, int looks) {
        const auto* wanted = plan::value_at(before_, "/spec/replicas");
        json number = wanted ? *wanted : json(1);
        for (const auto& change : step_.changes)
            if (change.path == "/spec/replicas") number = change.to;
        const bool scaled = !wanted || number != *wanted;
        const auto ready_before = rollout_of(before_).ready.value_or(0);
        result.expected = fmt::format("spec.replicas stays {}", number.dump());
        const auto look_once = [&](bool last) -> Look {
            const auto live = target();
            if (!live.read) return unread(live.why);
            if (live.object.is_null()) return {false, "the object is gone"};
            const auto* now = plan::value_at(live.object, "/spec/replicas");
            if (!now || *now != number) return {false, fmt::format("spec.replicas is {} now", plan::words_of(now))};
            const auto rollout = rollout_of(live.object);
            const auto least = scaled ? number.get<int>() : ready_before;
            const auto words = fmt::format("spec.replicas is {}, {} ready", now->dump(), rollout.ready.value_or(0));
            if (rollout.ready.value_or(0) >= least) return {true, words};
            return {last ? std::optional(false) : std::nullopt, words};
        };
        // New pods need a while: all of the window, however short the soak.
        auto came = until(window, beat, [&] { return look_once(false); });
        if (came.passed != true) return came;
        const auto end = began_ + soak(window);
        return throughout(soak(window), looks, [&] { return look_once(cluster_.now() >= end); });
    }

    Look field(CheckResult& result, base::Duration window) {
        result.expected = "the fields hold what the change set";
        return throughout(window, 1, [&]() -> Look {
            const auto live = target();
            if (!live.read) return unread(live.why);
            if (live.object.is_null()) return {false, "the object is gone"};
            const auto others = not_ours(step_, live.object);
            return others.empty() ? Look{true, "they do"} : Look{false, others.front()};
        });
    }

    // Gone: not there, or another object of that name.
    std::optional<bool> is_gone(const Live& live) const {
        if (!live.read) return std::nullopt;
        if (live.object.is_null()) return true;
        const auto uid = text_at(live.object, "/metadata/uid");
        return !uid.empty() && uid != step_.preconditions.uid;
    }

    base::Duration grace() const {
        const auto* seconds = plan::value_at(before_, "/spec/terminationGracePeriodSeconds");
        const auto count = seconds && seconds->is_number_integer() ? seconds->get<std::int64_t>() : 30;
        return base::seconds(std::clamp<std::int64_t>(count, 0, 3600));
    }

    Look pod_gone(CheckResult& result, base::Duration window) {
        result.expected = "the pod is gone";
        return until({window.us + grace().us}, beat, [&]() -> Look {
            const auto live = target();
            const auto gone = is_gone(live);
            if (!gone) return unread(live.why);
            return *gone ? Look{true, "it is gone"} : Look{std::nullopt, "it is still there"};
        });
    }

    Look pod_replaced(CheckResult& result, base::Duration window) {
        result.expected = "the pod is gone, and another one is ready in its place";
        return until({window.us + grace().us}, beat, [&]() -> Look {
            const auto live = target();
            const auto gone = is_gone(live);
            if (!gone) return unread(live.why);
            if (!*gone) return {std::nullopt, "the pod is still there"};
            std::string why;
            const auto pods = own_pods(why);
            if (!pods) return unread(why);
            for (const auto& pod : *pods)
                if (pod.meta.created >= sent_ - clock_slack && kube::is_ready(pod))
                    return {true, fmt::format("pod {} is ready", pod.meta.name)};
            return {std::nullopt, "it is gone, and no new pod is ready yet"};
        });
    }

    Look job_succeeds(CheckResult& result, base::Duration window) {
        result.expected = "the Job completes";
        const kube::ObjectRef job{"batch/v1", "Job", step_.request.ns, step_.request.name, ""};
        return until(window, beat, [&]() -> Look {
            const auto live = cluster_.read(job);
            if (!live.read) return unread(live.why);
            if (live.object.is_null()) return {false, "the Job is gone"};
            const auto* conditions = plan::value_at(live.object, "/status/conditions");
            for (const auto& one : conditions && conditions->is_array() ? *conditions : json::array()) {
                if (text_at(one, "/status") != "True") continue;
                if (text_at(one, "/type") == "Complete") return {true, "it completed"};
                if (text_at(one, "/type") == "Failed") return {false, "it failed: " + text_at(one, "/message")};
            }
            return {std::nullopt, "it still runs"};
        });
    }

    // Without a soak before it, what is gone has to be gone in two looks: a pod that just started shows nothing yet.
    Look finding_gone(CheckResult& result, base::Duration window, int looks) {
        result.expected = "triage does not find it any more";
        int absent = 0;
        const int enough = soaked_ ? 1 : 2;
        const base::Duration between{std::max(second_look.us, window.us / std::max(looks, 1))};
        const auto pace = options_.soak ? std::min(between, std::max(*options_.soak, beat)) : between;
        return until(window, pace, [&]() -> Look {
            const auto found = cluster_.diagnose();
            if (!found.read) return unread(found.why);
            const bool there = std::any_of(found.findings.begin(), found.findings.end(),
                                           [&](const diagnose::Finding& one) { return one.id == step_.finding_id; });
            absent = there ? 0 : absent + 1;
            if (there) return {std::nullopt, "triage still finds it"};
            if (!found.complete) {
                absent = 0;  // it may stand where nothing could be read
                return {std::nullopt, "triage does not find it, and could not read everything"};
            }
            if (absent >= enough) return {true, "triage does not find it"};
            return {std::nullopt, "triage does not find it, for now"};
        });
    }

    const plan::Step& step_;
    const json& before_;
    base::Time sent_, began_;
    Cluster& cluster_;
    const CheckOptions& options_;
    int samples_ = 0;
    bool interrupted_ = false, soaked_ = false;
};

}  // namespace

std::vector<CheckResult> run_checks(const plan::Step& step, const json& before, base::Time sent, Cluster& cluster,
                                    const CheckOptions& options) {
    Checker checker(step, before, sent, cluster, options);
    std::vector<CheckResult> results;
    bool go_on = true;
    for (const auto& check : step.verify) {
        if (!go_on) {
            CheckResult skipped;
            skipped.check = check.check;
            skipped.observed = "not looked at any more";
            skipped.at = cluster.now();
            results.push_back(std::move(skipped));
            continue;
        }
        results.push_back(checker.run(check));
        go_on = results.back().passed == true && !checker.interrupted();
    }
    return results;
}

bool all_passed(const std::vector<CheckResult>& results) {
    return std::all_of(results.begin(), results.end(), [](const CheckResult& one) { return one.passed == true; });
}

std::vector<std::string> not_ours(const plan::Step& step, const json& object) {
    std::vector<std::string> others;
    if (step.request.verb != kube::WriteVerb::patch) return others;
    for (const auto& change : step.changes) {
        if (plan::is_redacted(change.to)) continue;  // what it was set to is not known here
        const auto* now = plan::value_at(object, change.path);
        // A server leaves out what is empty: a false that was set may not be there.
        const bool same = now ? *now == change.to || (change.to.is_null() && *now == false)
                              : change.to.is_null() || change.to == false;
        if (!same) others.push_back(fmt::format("{} is {}", change.path, plan::words_of(now)));
    }
    return others;
}

}  // namespace salve::apply
