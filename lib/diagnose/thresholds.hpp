// Ages and counts below which nothing is claimed (TAXONOMY 0.8 and section 5).
#pragma once
#include "base/time.hpp"

namespace salve::diagnose {

inline constexpr auto pending_grace = base::seconds(60);          // Pending or ContainerCreating without a hard error
inline constexpr auto creating_stuck = base::minutes(5);          // pod.creating.stuck
inline constexpr auto pulling_grace = base::minutes(10);          // a pull that is going on
inline constexpr auto no_scheduler_grace = base::seconds(120);    // no PodScheduled condition at all
inline constexpr auto init_waiting_grace = base::minutes(5);      // an init container that keeps running
inline constexpr auto probe_slack = base::seconds(15);            // beyond a probe's own budget
inline constexpr auto restart_window = base::minutes(60);         // restarts older than this are history
inline constexpr auto crash_window = base::minutes(15);           // "restartCount >= 3 and finished within"
inline constexpr auto gated_grace = base::minutes(30);            // a scheduling gate turns from info to medium
inline constexpr auto terminating_grace = base::seconds(60);      // beyond deletionTimestamp
inline constexpr auto service_grace = base::seconds(15);          // a Service or Ingress applied before its counterpart
inline constexpr auto address_grace = base::minutes(5);           // an address from outside: load balancer, Ingress
inline constexpr auto controller_fresh = base::minutes(15);       // an event of a controller that tries again and again
inline constexpr auto namespace_terminating = base::minutes(10);  // a namespace that is being deleted
inline constexpr auto event_ttl = base::hours(1);                 // kube-apiserver --event-ttl
inline constexpr int quota_near_percent = 90;
inline constexpr int flapping_restarts = 3;  // within restart_window
inline constexpr int log_tail_lines = 20;    // of which a log pattern must be among the last (TAXONOMY 1.6)

}  // namespace salve::diagnose
