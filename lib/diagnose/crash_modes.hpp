// The modes of TAXONOMY 1.6 that classify_crash tells apart, in the order of its table.
#pragma once
#include <array>

#include "diagnose/finding.hpp"

namespace salve::diagnose {

inline constexpr std::array<Mode, 20> crash_modes{{
    {.id = "pod.crashloop.oom",
     .category = Category::crash_oom,
     .severity = Severity::high,
     .summary = "The container needs more memory than its limit: the kernel kills it each time.",
     .needs = "Reason OOMKilled of the last life, and a memory limit on the container. The reason counts, not the exit "
              "code: when a child was killed the code is the parent's own.",
     .not_when = "No memory limit is set: then the node ran out of memory (pod.crashloop.node-oom).",
     .advice =
         "Raise the memory limit, or find out why the program needs more than before: killed within seconds means "
         "the limit is below what it needs to start, killed after hours means growth, a leak or a larger load.",
     .actions = {"memory.raise", "rollout.undo"}},
    {.id = "pod.crashloop.liveness",
     .category = Category::probe_liveness,
     .severity = Severity::high,
     .summary = "The kubelet kills the container because its liveness probe fails.",
     .needs = "An event Killing that says \"failed liveness probe\" inside the last life; or, where it has expired, "
              "Unhealthy events of the liveness probe up to the end of a life that ended as a kill does (exit code 0, "
              "137 or 143).",
     .not_when = "The probe failed but the container died of something else: OOMKilled, its own exit code before the "
                 "threshold was reached.",
     .advice =
         "Find out whether the probe or the program is wrong: ask the probe's port and path from inside the pod. A "
         "liveness probe must not depend on other services; that belongs into a readiness probe.",
     .actions = {"probe.relax", "rollout.undo"}},
    {.id = "pod.crashloop.startup-probe",
     .category = Category::probe_startup,
     .severity = Severity::high,
     .summary = "The kubelet kills the container because it does not start within the budget of its startup probe.",
     .needs = "An event Killing that says \"failed startup probe\" inside the last life; or, where it has expired, "
              "Unhealthy events of the startup probe up to the end of a life that ended as a kill does.",
     .not_when = "Startup probe failures within the budget (periodSeconds x failureThreshold): they are normal.",
     .advice = "Give the start more time (failureThreshold or periodSeconds of the startup probe), or make it faster.",
     .actions = {"probe.relax", "rollout.undo"}},
    {.id = "pod.crashloop.node-oom",
     .category = Category::crash_oom,
     .severity = Severity::high,
     .summary = "The node ran out of memory and the kernel killed the container to free some.",
     .needs = "Reason OOMKilled without a memory limit; or exit code 137 and an event SystemOOM or OOMKilling of the "
              "node within 30 s.",
     .not_when = "The container has a memory limit and reason OOMKilled: pod.crashloop.oom.",
     .advice =
         "The node is overcommitted: set memory requests (and limits) so that the scheduler counts this container, "
         "and see which pod of the node uses more than it asked for."},
    {.id = "pod.crashloop.killed-137",
     .category = Category::crash_app,
     .severity = Severity::medium,
     .summary = "The container is killed with SIGKILL and nothing says by whom.",
     .needs = "Exit code 137 with a reason other than OOMKilled, and neither a probe kill nor a hook failure nor an "
              "out-of-memory event of the node in that life.",
     .not_when = "The pod is being deleted: its grace period was exceeded, which is normal.",
     .advice = "Candidates: the node out of memory without an event, a child killed at the memory limit and missed by "
               "the runtime, a restart of the container runtime, somebody's kill -9. Look at the node's kernel log for "
               "\"Killed process\" at that time."},
    {.id = "pod.crashloop.exit0",
     .category = Category::crash_app,
     .severity = Severity::high,
     .summary = "The program ends well, and restartPolicy Always starts it again and again.",
     .needs = "Exit code 0 (reason Completed) of the last life, at least one restart, restartPolicy Always, no probe "
              "kill.",
     .not_when = "Pods of Jobs or with restartPolicy OnFailure or Never: an end is what they are for. A server that "
                 "handles SIGTERM ends with 0 after a probe kill as well.",
     .advice = "Run work that ends as a Job or CronJob; keep a server in the foreground (no daemon mode, no wrapper "
               "script that starts it in the background and returns)."},
    {.id = "pod.crashloop.signal",
     .category = Category::crash_app,
     .severity = Severity::high,
     .summary = "The program dies of a signal of its own making, such as SIGSEGV or SIGABRT.",
     .needs = "An exit code of 128 + n for a signal n other than SIGKILL and SIGTERM.",
     .not_when = "137 (killed) and 143 (terminated): somebody else sent those.",
     .advice =
         "A fault of the binary: SIGSEGV and SIGBUS are memory errors, SIGABRT an assertion or a runtime that gave "
         "up, SIGILL an instruction that this CPU lacks (image built for another machine), SIGSYS a system call "
         "that seccomp forbids.",
     .actions = {"rollout.undo"}},
    {.id = "pod.crashloop.sigterm",
     .category = Category::crash_app,
     .severity = Severity::low,
     .summary = "Something inside the pod sends the container SIGTERM.",
     .needs = "Exit code 143 of the last life without a Killing event of a probe.",
     .not_when = "The pod is being deleted, evicted or drained: a normal stop.",
     .advice = "Look for a supervisor, a reloader sidecar with a shared process namespace or a script that stops the "
               "main process."},
    {.id = "pod.crashloop.exec-format",
     .category = Category::crash_app,
     .severity = Severity::high,
     .summary = "The kernel cannot execute the container's program: it is built for another architecture, or a script "
                "without an interpreter line.",
     .needs = "A log line \"exec format error\" near the end of a life of at most a few seconds.",
     .not_when = "The container never started (StartError): pod.run.*.",
     .advice =
         "Compare the image's architecture with the node's; a script needs a first line such as #!/bin/sh, without "
         "a byte order mark.",
     .actions = {"rollout.undo"}},
    {.id = "pod.crashloop.port-in-use",
     .category = Category::crash_app,
     .severity = Severity::medium,
     .summary = "The program cannot listen: its port is taken.",
     .needs = "A non-zero exit and, as its last error, a log line \"address already in use\".",
     .not_when = "The pod could not be scheduled for its host port: pod.pending.host-port.",
     .advice =
         "Containers of a pod share their ports: give this one another port than its siblings. With hostNetwork it "
         "shares them with the whole node."},
    {.id = "pod.crashloop.rbac",
     .category = Category::rbac,
     .severity = Severity::medium,
     .summary = "The program may not use the Kubernetes API as it needs to: its ServiceAccount lacks a permission.",
     .needs =
         "A non-zero exit and, as its last error, a log line \"is forbidden: User \\\"system:serviceaccount:...\\\" "
         "cannot\".",
     .not_when = "The triage itself was refused a read: access.forbidden.",
     .advice = "Bind a Role with that verb and resource to the pod's ServiceAccount, or let the pod use the "
               "ServiceAccount that has it."},
    {.id = "pod.crashloop.tls",
     .category = Category::dependency,
     .severity = Severity::medium,
     .summary = "The program does not trust the certificate of somebody it calls, or its own is not accepted.",
     .needs = "A non-zero exit and, as its last error, a log line about a certificate or a TLS handshake.",
     .not_when = "The peer answered and refused the credentials: pod.crashloop.auth-dependency.",
     .advice =
         "Check the peer's certificate: validity, names, issuer; then the CA bundle the program uses and the clock "
         "of the node."},
    {.id = "pod.crashloop.auth-dependency",
     .category = Category::dependency,
     .severity = Severity::high,
     .summary = "Somebody the program calls refuses its credentials.",
     .needs = "A non-zero exit and, as its last error, a log line about a refused login, token or right at another "
              "service.",
     .not_when = "The Kubernetes API refused a ServiceAccount (pod.crashloop.rbac); a file was refused "
                 "(pod.crashloop.fs-permission); the line is an access log of requests to this program.",
     .advice =
         "Compare the credentials that the pod reads (Secret, key, when it was last changed) with what the service "
         "expects. Restarting this pod cures nothing, unless a rotated Secret was read only at start."},
    {.id = "pod.crashloop.disk-or-fd",
     .category = Category::disk_full,
     .severity = Severity::medium,
     .summary = "The program runs out of space on a volume, or out of file handles.",
     .needs =
         "A non-zero exit and, as its last error, a log line \"no space left on device\", \"too many open files\" or "
         "about inotify limits.",
     .not_when = "The kubelet evicted the pod: pod.evicted.*.",
     .advice = "Free or enlarge the volume that the path lies on (an emptyDir of medium Memory counts against its "
               "sizeLimit or the memory limit); for file handles look at ulimit and fs.inotify of the node."},
    {.id = "pod.crashloop.fs-permission",
     .category = Category::crash_app,
     .severity = Severity::medium,
     .summary = "The program may not read or write a path it needs.",
     .needs =
         "A non-zero exit and, as its last error, a log line \"permission denied\", \"operation not permitted\" or "
         "\"read-only file system\" with a path.",
     .not_when =
         "A database refused a right (pod.crashloop.auth-dependency); the entry point itself may not be executed "
         "(pod.run.permission-denied).",
     .advice =
         "Compare the owner of the path with runAsUser and fsGroup of the pod; with readOnlyRootFilesystem mount an "
         "emptyDir where the program writes."},
    {.id = "pod.crashloop.dependency",
     .category = Category::dependency,
     .severity = Severity::high,
     .summary = "The program cannot reach a service it needs, and ends.",
     .needs =
         "A non-zero exit and, as its last error, a log line about a refused or timed-out connection or a name that "
         "does not resolve.",
     .not_when = "The program retried, went on, and died of another error further down its log.",
     .advice = "Repair what it calls, not this pod: restarting it cures nothing. A program that waits for its "
               "dependencies instead of ending would start by itself once they are back."},
    {.id = "pod.crashloop.config-error",
     .category = Category::crash_config,
     .severity = Severity::high,
     .summary = "The program refuses its configuration: a variable, file, flag or value is missing or wrong.",
     .needs = "A non-zero exit and, as its last error, a log line about a missing or invalid setting, or exit code 78 "
              "(EX_CONFIG of sysexits.h).",
     .not_when = "The kubelet could not make the configuration at all (CreateContainerConfigError): pod.config.*.",
     .advice = "Correct the setting that the line names, in the template or in the ConfigMap or Secret that it comes "
               "from; a ConfigMap that is read as environment needs new pods afterwards.",
     .actions = {"rollout.undo"}},
    {.id = "pod.crashloop.app-error",
     .category = Category::crash_app,
     .severity = Severity::high,
     .summary = "The program ends with an error of its own.",
     .needs = "A non-zero exit code that no other mode explains, and a log.",
     .not_when = "The log's last error names a cause outside the program, or its log could not be read "
                 "(pod.crashloop.unknown).",
     .advice = "Read the error and its stack trace with the owner of the program; compare with the last release.",
     .actions = {"rollout.undo"}},
    {.id = "pod.crashloop.unknown",
     .category = Category::crash_app,
     .severity = Severity::high,
     .summary = "The program ends with an error and nothing readable says why.",
     .needs = "A non-zero exit code that no other mode explains; its log is empty or could not be read.",
     .not_when = "There is a log.",
     .advice =
         "Get the log of the run that failed (kubectl logs --previous), or from the log store of the cluster; have "
         "the program write errors to stderr or to its termination message.",
     .actions = {"rollout.undo"}},
    {.id = "pod.container.status-unknown",
     .category = Category::node,
     .severity = Severity::medium,
     .summary =
         "The runtime lost the container, so nobody knows how it ended: a restart of the node or of its runtime.",
     .needs = "Reason ContainerStatusUnknown, or exit code 255 with reason Unknown, and the container is not running "
              "well again.",
     .not_when = "The pod was evicted (pod.evicted.*), or the program itself ended with 255 (reason Error).",
     .advice =
         "Look at the node: a reboot, a restart of the container runtime, a lost disk. It is not a failure of the "
         "program."},
}};

}  // namespace salve::diagnose
