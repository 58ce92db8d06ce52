// How a Job stands and why its last pod failed: shared by the rules about Jobs and CronJobs.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "diagnose/rule.hpp"

namespace salve::diagnose {

using kube::Job;
using kube::Pod;

// The condition that says the Job has failed: Failed, else FailureTarget, which precedes it while the pods stop; null
// when neither is True.
const kube::Condition* failed_condition(const Job& job);
bool has_completed(const Job& job);
// When it completed or failed; nothing while it goes on.
std::optional<Time> finished_at(const Job& job);

// Every pod of the Job, by name.
std::vector<const Pod*> pods_of_job(const World& world, const Job& job);

// Indexes of an Indexed Job of which a pod has failed and none has succeeded, as far as the pods are still there.
std::set<int> failed_indexes(const World& world, const Job& job);

// Whether a newer Job of the same controller has completed since that one failed: the failure is history. lastSuccess
// of a CronJob tells it too when the successful Job is no longer kept.
bool is_history(const World& world, const Job& job);

// "FailedReason: message" of a Job, what its last failed pod says about it, and the evidence of both.
struct JobFailure {
    const kube::Condition* condition = nullptr;
    const Pod* pod = nullptr;  // the failed pod that tells, if it is still there
    std::string why;           // a clause about that pod, or empty
    std::vector<Evidence> evidence;
    std::vector<std::string> advice;  // what the pod's end suggests
    std::vector<std::string> missing_evidence;
};
// The Job must have failed.
JobFailure failure_of(const World& world, const Job& job);

// Adds the logs that failure_of reads.
void want_failure_logs(std::vector<LogWanted>& out, const World& world, const Job& job);

}  // namespace salve::diagnose
