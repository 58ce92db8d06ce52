// TAXONOMY 1.10: why a controller cannot create what it should.
#pragma once
#include "diagnose/finding.hpp"

namespace salve::diagnose {

inline constexpr Mode refusal_modes[] = {
    {.id = "ctrl.failed-create.quota",
     .category = Category::quota,
     .severity = Severity::high,
     .summary = "A ResourceQuota keeps a controller from creating its pods, claims or Jobs.",
     .needs = "Condition ReplicaFailure (or, for a StatefulSet, DaemonSet, Job or CronJob, a FailedCreate event while "
              "the object is still not there) with \"exceeded quota\", \"failed quota: ... must specify\" or "
              "\"insufficient quota\".",
     .not_when = "The quota is full and nothing has been refused: that is quota.exhausted.",
     .advice = "Raise the quota, or free what it counts: lower requests or replicas of this or of other workloads in "
               "the namespace. The controller tries again by itself, with pauses of up to 17 minutes."},
    {.id = "ctrl.failed-create.psa",
     .category = Category::admission,
     .severity = Severity::high,
     .summary = "Pod Security admission refuses the pods: the namespace enforces a level that the template does not "
                "keep.",
     .needs = "A refused creation with \"violates PodSecurity\".",
     .not_when = "\"would violate PodSecurity\" is only a warning: the pods are created.",
     .advice = "Change the fields that the text names in the pod template; only where the workload really needs them, "
               "move it to a namespace that enforces a weaker level."},
    {.id = "ctrl.failed-create.webhook-denied",
     .category = Category::admission,
     .severity = Severity::high,
     .summary = "A policy (admission webhook or ValidatingAdmissionPolicy) refuses the pods.",
     .needs = "A refused creation with \"admission webhook ... denied the request\" or \"ValidatingAdmissionPolicy "
              "... denied request\".",
     .not_when = "The webhook could not be asked: that is ctrl.failed-create.webhook-down.",
     .advice = "Change what the policy's text asks for in the pod template, or ask the owner of the policy for an "
               "exception."},
    {.id = "ctrl.failed-create.webhook-down",
     .category = Category::admission,
     .severity = Severity::critical,
     .summary = "An admission webhook that must be asked does not answer, so nothing is created.",
     .needs = "A refused creation with \"failed calling webhook\".",
     .not_when = "The webhook answered and refused.",
     .advice = "Bring the webhook's backend back. Until it answers delete no running pod that it is asked about: its "
               "replacement would be refused as well. If the backend cannot come back, its administrator can set "
               "failurePolicy to Ignore or remove the configuration."},
    {.id = "ctrl.failed-create.serviceaccount",
     .category = Category::rbac,
     .severity = Severity::high,
     .summary = "The pod template names a ServiceAccount that does not exist.",
     .needs = "A refused creation with \"error looking up service account\" and \"not found\".",
     .not_when = "The ServiceAccount exists and lacks rights: then the pods run, and say so in their logs.",
     .advice = "Create the ServiceAccount with the rights that the program needs, or correct serviceAccountName in "
               "the pod template. The controller tries again by itself, with pauses of up to 17 minutes."},
    {.id = "ctrl.failed-create.limitrange",
     .category = Category::limitrange,
     .severity = Severity::high,
     .summary = "A LimitRange does not allow the requests or limits of the template.",
     .needs = "A refused creation with \"minimum|maximum ... usage per Container|Pod|PersistentVolumeClaim is\" or "
              "\"max limit to request ratio\".",
     .not_when = "A ResourceQuota is exceeded: that is ctrl.failed-create.quota.",
     .advice = "Bring the requests and limits of the template within the bound, or have the LimitRange changed."},
    {.id = "ctrl.failed-create.priorityclass",
     .category = Category::admission,
     .severity = Severity::high,
     .summary = "The pod template names a PriorityClass that does not exist.",
     .needs = "A refused creation with \"no PriorityClass with name ... was found\".",
     .not_when = "A pod of that priority is created and waits to be scheduled.",
     .advice = "Correct priorityClassName in the pod template, or create the PriorityClass."},
    {.id = "ctrl.failed-create.runtimeclass",
     .category = Category::admission,
     .severity = Severity::high,
     .summary = "The pod template names a RuntimeClass that does not exist.",
     .needs = "A refused creation with \"RuntimeClass ... not found\".",
     .not_when = "The RuntimeClass exists and its handler is not configured on the node: the pod then fails there.",
     .advice = "Correct runtimeClassName in the pod template, or create the RuntimeClass."},
    {.id = "ctrl.failed-create.invalid",
     .category = Category::other,
     .severity = Severity::high,
     .summary = "The API server holds what the controller wants to create for invalid.",
     .needs = "A refused creation with \"... is invalid\".",
     .not_when = "It is valid and not allowed (forbidden).",
     .advice = "Correct the fields that the text names in the pod template."},
    {.id = "ctrl.failed-create.other",
     .category = Category::other,
     .severity = Severity::high,
     .summary = "A controller cannot create what it should, for a reason that has no mode of its own.",
     .needs = "A refused creation whose text is none of the known ones.",
     .not_when = "The text is known, or the namespace is being deleted.",
     .advice = "Read the text: it is the API server's own."},
};

}  // namespace salve::diagnose
