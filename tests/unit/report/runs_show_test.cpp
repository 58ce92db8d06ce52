#include "report/runs_show.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "hostile.hpp"
#include "page_checks.hpp"
#include "run_builders.hpp"

using namespace salve;
using namespace salve::report;
using tests::runs::Records;

namespace {

std::string shown(const nlohmann::json& record, const Style& style = {}) {
    return run_human({&record, tests::runs::digest('9'), "00000006-20261121T080500Z-apply-999999999999.json"}, style);
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("S2.37 S4.27 S3.31: an apply, byte by byte") {
    auto record = Records().apply();
    record["plan"] = nullptr;
    CHECK(shown(record) == R"(run 000000abc006: apply, failed, exit code 79
  asked:
    salve apply deploy/web
  by:        alice@ops-1 (uid 1000, on /dev/pts/0, to the cluster
             alice@example.com)
  ticket:    INC-7
  reason:    the shop is down
  when:      2026-11-21T08:05:00Z to 2026-11-21T08:05:12Z, 2.0s
  after run: 000000abc004
  after run: 000000abc005
  cluster:   kind-demo, Kubernetes v1.32.2, at https://10.0.0.1:6443, uid
             uid-kube-system, trust level approve
  kubectl:   /usr/bin/kubectl v1.32.4
  scope:     demo; deploy/web

Decided:
  2026-11-21T08:05:00Z bob@ops-2: approved plan cccccccccccccccc, steps 1, 2, by
      its digest, until 2026-11-21T08:20:00Z: seen and agreed

Sent:
  step 1: rollout.undo on Deployment demo/web: verified
      kubectl patch --type=json --patch-file=/dev/stdin deployments.v1.apps 'it'\''s web'
      body:
      | [{"op":"test","path":"/metadata/uid","value":"uid-web"}]
      recorded 2026-11-21T08:05:01Z, exit code 0 at 2026-11-21T08:05:02Z;
      effect: applied
      stdout, 28 bytes:
      | deployment.apps/web patched
  step 2: rollout.undo on Service demo/shop: failed
      kubectl patch --type=json --patch-file=/dev/stdin deployments.v1.apps 'it'\''s shop'
      body:
      | [{"op":"test","path":"/metadata/uid","value":"uid-shop"}]
      recorded 2026-11-21T08:05:10Z, exit code 1 at 2026-11-21T08:05:11Z;
      effect: not_applied
      stderr, 56 bytes:
      | The request is invalid:
      | the server rejected our request

Verified:
  step 1: rollout_complete: passed (wanted 2 of 2 available, saw 2 of 2
      available; 6 samples in 1m)

Errors:
  79: step 2: step 2 failed

Chain:
  record:    00000006-20261121T080500Z-apply-999999999999.json
  seq:       6
  sha256:    9999999999999999999999999999999999999999999999999999999999999999
  before:    seq 5
             aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
  signer:    not signed
  by salve:  0.1.0 (abcdef0)
)");
}

TEST_CASE("a triage: what was read and not, and the literal evidence") {
    const auto text = shown(Records().triage());
    CHECK(has(text, "  read:      2 of 3 reads ok\n"));
    CHECK(has(text, "Not read:\n  networkpolicies in demo: forbidden: User \"reader\" cannot list them\n"));
    CHECK(has(text, "Findings: 1 critical, 1 medium\n  CRITICAL  Deployment demo/web, container app [a1b2c3d4e5f6]\n"));
    CHECK(has(text,
              "    E1 status of Pod demo/web-7b84-x, at 2026-11-21T07:59:30Z\n"
              "        status.containerStatuses[0].state.waiting.reason\n"
              "        \"ErrImagePull\"\n"));
    CHECK(has(text, "  2 hpa.no-metrics\n"));
    CHECK(has(text, "  before:    nothing: the first of its chain\n"));
    CHECK(has(text, "  commands:  2 of kubectl (-v)\n"));
    CHECK_FALSE(has(text, "kubectl get"));
    CHECK(has(shown(Records().triage(), {.verbosity = 1}), "    kubectl get --raw=/api/v1/namespaces/demo/pods\n"));
    CHECK(has(shown(Records().triage(), {.colour = true}), "  \x1b[1;31mCRITICAL\x1b[0m  Deployment"));
}

TEST_CASE("S4.25 S4.48: a plan with what was suggested, judged and rehearsed") {
    const auto text = shown(Records().plan());
    CHECK(has(text, "Suggested:\n  rollout.undo on Deployment demo/web (rank 1 by rule image-undo, risk medium)\n"));
    CHECK(has(text, "Policy:\n  rollout.undo on Deployment demo/web: require approval by rule\n"));
    CHECK(has(text, "Advisor:\n  qwen2.5:7b (not used): connection refused\n"));
    CHECK(has(text, "  plan:      bbbbbbbbbbbbbbbb\n"));
    CHECK(has(text, "      | -image: web:1.2.4\n      | +image: web:1.2.3\n"));
}

TEST_CASE("S3.59 S4.26: rejections, transitions, what recovery settled, who or what began it") {
    const auto rejected = shown(Records().reject());
    CHECK(has(rejected, "rejected plan bbbbbbbbbbbbbbbb"));
    CHECK(has(rejected, "Transitions:\n  plan bbbbbbbbbbbbbbbb: planned -> rejected (as asked)\n"));
    const auto recovered = shown(Records().recover());
    CHECK(has(recovered, "Reconciled:\n  run 000000abc006 (apply) was unknown; step 2: not applied"));
    CHECK(has(recovered, "automatic by a journal of a dead run"));
}

TEST_CASE("S3.31: a long output is cut unless the whole is asked for") {
    auto record = Records().apply();
    std::string many;
    for (int i = 0; i < 30; ++i) many += "line " + std::to_string(i) + "\n";
    record["steps"][1]["stderr"]["excerpt"] = many;
    record["steps"][1]["stderr"]["truncated"] = true;
    CHECK(has(shown(record), "stderr, 56 bytes, cut:\n"));
    CHECK(has(shown(record), "      | line 19\n      and 10 more lines (-v)\n"));
    CHECK(has(shown(record, {.verbosity = 1}), "      | line 29\n"));
}

TEST_CASE("lines fit and nothing raw comes out, whatever the texts") {
    tests::Hostile hostile(77);
    const Records records([&](const std::string& text) { return hostile.below(4) == 0 ? text : hostile.text(); });
    for (int round = 0; round < 60; ++round)
        for (const auto& record : records.incident())
            for (const int verbosity : {0, 1}) tests::check_page(shown(record, {.verbosity = verbosity}));
    for (const int width : {40, 60, 100})
        for (const auto& record : Records().incident())
            tests::check_page(shown(record, {.width = width}), static_cast<std::size_t>(width));
}

TEST_CASE("a command that has control characters can still be pasted, byte for byte") {
    auto record = Records().apply();
    record["steps"][0]["argv"] = {"kubectl", "annotate", "it's\x1b[2J",
                                  "\xe2\x80\xae"
                                  "abc"};
    CHECK(has(shown(record), "      kubectl annotate $'it\\'s\\x1b[2J' $'\\xe2\\x80\\xaeabc'\n"));
}
