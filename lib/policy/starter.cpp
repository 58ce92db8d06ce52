#include "policy/starter.hpp"

namespace salve::policy {

std::string_view starter_policy() {
    return R"(# What salve may do, and what a person has to approve. Read anew for every run, so that a change counts from the next
# one on. Name it in salve.yaml:  policy: {file: policy.yaml}
#
# Every rule that matches counts, and the strictest wins: deny, then require_approval, then allow. What no rule allows is
# denied. What is not known only makes a verdict stricter. Beneath it lies a floor that no file can lift (salve policy
# explain shows it): nothing outside remediation.allowed_namespaces, nothing at high risk without allow_high_risk, ...
#
# Inputs: action kind name namespace namespace_labels.KEY environment risk confidence (thousandths) blast.pods
#   blast.percent replicas managed_by hpa target_exists verified_successes time.utc_hour time.weekday llm.warnings ...
# Tests: eq in not_in glob lte gte exists; joined by all, any, not. Try a change first:  salve policy lint, salve policy test
schema: policy/v1
default: deny
rules:
  - id: system-namespaces
    effect: deny
    when:
      namespace: {glob: ["kube-*", "*-system"]}
    message: the cluster itself is not repaired by salve

  # Argo CD, Flux and their like put a changed spec back: change it in Git. Restarts and evictions do no harm there.
  - id: gitops
    effect: deny
    when:
      managed_by: {glob: ["argocd", "flux:*", "kapp", "config-sync", "rancher", "olm"]}
      action: {not_in: [rollout.restart, pod.evict, pod.delete, pod.cleanup-failed]}
    message: change it where it is kept

  - id: production
    effect: require_approval
    when:
      any:
        - environment: {glob: ["*prod*", "*prd*", "live*"], ignore_case: true}
        - namespace: {glob: ["*prod*", "*prd*", "live*"], ignore_case: true}
      # Trust these in production too, but for StatefulSets (with the rule trusted-in-production below):
      # not: {action: {in: [rollout.restart]}, kind: {not_in: [Node, StatefulSet]}}
    requires: {typed: true}

  - id: node-or-stateful-set
    effect: require_approval
    when:
      kind: {in: [Node, StatefulSet]}
    requires: {typed: true}

  - id: no-target
    effect: require_approval
    when:
      target_exists: {eq: false}
    requires: {typed: true}

  - id: low-confidence
    effect: require_approval
    when:
      confidence: {lte: 799}
    requires: {typed: true}

  - id: model-warning
    effect: require_approval
    when:
      llm.warnings: {exists: true}
    requires: {typed: true}

  # Everything needs approval. To let something happen without, narrow this line and add a rule that allows; either takes
  # trust level automate, low risk and five verified successes as well. To go back at once, write `when: {}` again.
  - id: everything-else
    effect: require_approval
    when: {}
    # when: {not: {environment: {in: [staging, development, qa, test], ignore_case: true}}}
    # when: {not: {any: [{environment: {in: [staging, development, qa, test], ignore_case: true}}, {action: {in: [rollout.restart]}}]}}

  # Not production, with a target, and sure enough: by itself.
  # - {id: auto-elsewhere, effect: allow, when: {environment: {in: [staging, development, qa, test], ignore_case: true}, target_exists: {eq: true}, confidence: {gte: 800}}}

  # Named actions in production by themselves, but never on a Node or a StatefulSet.
  # - {id: trusted-in-production, effect: allow, when: {action: {in: [rollout.restart]}, kind: {not_in: [Node, StatefulSet]}, target_exists: {eq: true}, confidence: {gte: 800}}}

  # Only what went well so often before (every change is verified afterwards, and that is counted).
  # - {id: proven, effect: require_approval, when: {verified_successes: {lte: 9}}, requires: {typed: true}}

  # Two people, and an approval that is good for ten minutes.
  # - {id: four-eyes, effect: require_approval, when: {namespace: {glob: "pay*"}}, requires: {approvers: 2, typed: true, ttl_s: 600}}

  # Nothing on Fridays after 15:00 UTC.
  # - {id: friday, effect: deny, when: {time.weekday: {eq: fri}, time.utc_hour: {gte: 15}}}
)";
}

std::string_view starter_cases() {
    return R"(# Cases for policy.yaml:  salve policy test cases.yaml --policy policy.yaml --coverage
# Each case is the defaults with its own input put over them; null takes an input away.
schema: policy-test/v1
defaults:
  action: rollout.restart
  risk: low
  namespace: shop
  kind: Deployment
  name: web
  environment: staging
  managed_by: []
  target_exists: true
  cluster_scoped: false
  hpa: false
  off_by_default: false
  deletes_without_uid: false
  preview: ok
  evidence_count: 2
  confidence: 950
  confidence_threshold: 800
  alternatives_close: false
  cooldown: false
  unknown_outcome: false
  verified_successes: 12
  trust_level: automate
  enabled: true
  allow_high_risk: false
  allowed_namespaces: [shop, prod-a, PROD-B, cert-system]
  enabled_actions: []
cases:
  - {name: by default a person approves, expect: {effect: require_approval, rule_id: everything-else}}
  - {name: a namespace of the system, input: {namespace: cert-system}, expect: {effect: deny, rule_id: system-namespaces}}
  - {name: the floor comes first, input: {namespace: kube-system}, expect: {effect: deny, rule_id: floor.system-namespace}}
  - {name: not ours, input: {namespace: other}, expect: {effect: deny, rule_id: floor.namespace-not-allowed}}
  - name: Argo CD would put it back
    input: {managed_by: [argocd], action: memory.raise}
    expect: {effect: deny, rule_id: gitops}
  - {name: a restart under Argo CD, input: {managed_by: [argocd]}, expect: {effect: require_approval, rule_id: everything-else}}
  - {name: production by namespace, input: {namespace: prod-a}, expect: {effect: require_approval, rule_id: production}}
  - {name: production in any spelling, input: {environment: ProDuction}, expect: {effect: require_approval, rule_id: production}}
  - {name: an unknown environment, input: {environment: null}, expect: {effect: require_approval, rule_id: production}}
  - {name: a StatefulSet, input: {kind: StatefulSet}, expect: {effect: require_approval, rule_id: node-or-stateful-set}}
  - {name: the target is gone, input: {target_exists: false}, expect: {effect: require_approval, rule_id: floor.no-target}}
  - {name: not sure enough, input: {confidence: 799}, expect: {effect: require_approval, rule_id: floor.low-confidence}}
  - name: the model warns
    input: {llm: {used: true, warnings: [the cause may be elsewhere]}}
    expect: {effect: require_approval, rule_id: floor.model-warning}
  - {name: remediation is off, input: {enabled: false}, expect: {effect: deny, rule_id: floor.not-enabled}}
)";
}

}  // namespace salve::policy
