#include "report/human.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "base/utf8.hpp"
#include "report_builders.hpp"

using namespace salve;
using namespace salve::report;

namespace {

// A line may be longer than the page when nothing in it can be broken: a command, or one word after its label or badge.
bool fits(std::string_view line, std::size_t width) {
    if (base::display_width(line) <= width) return true;
    const auto text = base::trim(line);
    if (text.starts_with("kubectl ")) return true;
    const auto last = text.rfind(' ');
    if (last == std::string_view::npos) return true;
    const auto head = base::trim(text.substr(0, last));
    return head.ends_with(':') || head == "CRITICAL" || head == "HIGH" || head == "MEDIUM";
}

std::string without_colour(std::string text) {
    for (auto at = text.find('\x1b'); at != std::string::npos; at = text.find('\x1b', at))
        text.erase(at, text.find('m', at) - at + 1);
    return text;
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("S4.1 S4.47: problems, as an engineer reads them") {
    CHECK(triage_human(builders::triage(), {}) ==
          R"(2 problems in demo: 1 critical, 1 high, with 1 consequence; 3 of 5 reads ok

CRITICAL  Deployment web, container app [a1b2c3d4e5f6]
  why:     the registry does not have the image
           registry.example.com/shop/web:1.2.4 (manifest unknown); the pods of
           the new revision cannot start
  for:     4m, since 2026-11-21T07:56:00Z, last seen 30s ago
  affects: 4 pods: web-7b84-q, web-7b84-x, web-7b84-y, and 1 more
  managed: by helm:web; a change made elsewhere may be undone
  next:    Use a tag that exists.
    kubectl --context kind-demo -n demo describe pod web-7b84-x
  repair:  rollout.undo: salve plan a1b2c3d4e5f6
  therefore:
    - Service shop: no pod behind Service shop is ready, so calls to it fail
      (for 4m) [0123456789ab]

HIGH  Deployment worker, container main [fedcba987654]
  why:     container "main" was killed for using more memory than its limit of
           256Mi (12 restarts)
  affects: 1 pod: worker-5d-k
  next:    Compare the limit with what the program needs.
    kubectl --context kind-demo -n demo logs worker-5d-k -c main --tail=100 --previous

Not seen:
  forbidden: networkpolicies.networking.k8s.io (list) in demo
      User "reader" cannot list resource "networkpolicies"
  timed out: nodes (list)
  for Service shop: network policies could not be listed: whether one blocks the
      traffic is not known
  "salve rbac reader" prints the rights that reading takes.

cluster kind-demo, Kubernetes v1.32.2, read at 2026-11-21T08:00:00Z
record: ./runs/20261121T080000Z-1f2e.json
)");
}

TEST_CASE("with -v the evidence is shown with its paths") {
    CHECK(triage_human(builders::triage(), {.verbosity = 1}) ==
          R"(2 problems in demo: 1 critical, 1 high, with 1 consequence; 3 of 5 reads ok

CRITICAL  Deployment web, container app [a1b2c3d4e5f6]
  why:     the registry does not have the image
           registry.example.com/shop/web:1.2.4 (manifest unknown); the pods of
           the new revision cannot start
  for:     4m, since 2026-11-21T07:56:00Z, last seen 30s ago
  affects: 4 pods: web-7b84-q, web-7b84-x, web-7b84-y, web-7b84-z
  managed: by helm:web; a change made elsewhere may be undone
  next:    Use a tag that exists.
    kubectl --context kind-demo -n demo describe pod web-7b84-x
  repair:  rollout.undo: salve plan a1b2c3d4e5f6
  evidence (pod.image.not-found):
    E1 status of Pod web-7b84-x, container app, at 2026-11-21T07:59:30Z
      status.containerStatuses[0].state.waiting.reason
      "ErrImagePull"
    E2 event of Pod web-7b84-x
      events[Failed].message
      "Failed: Failed to pull image \"registry.example.com/shop/web:1.2.4\":
      manifest unknown"
  therefore:
    - Service shop: no pod behind Service shop is ready, so calls to it fail
      (for 4m) [0123456789ab]
      evidence (svc.no-endpoints):
        E1 spec of Service shop
          spec.selector
          "app=web"
        missing: network policies could not be listed: whether one blocks the
          traffic is not known

HIGH  Deployment worker, container main [fedcba987654]
  why:     container "main" was killed for using more memory than its limit of
           256Mi (12 restarts)
  affects: 1 pod: worker-5d-k
  next:    Compare the limit with what the program needs.
    kubectl --context kind-demo -n demo logs worker-5d-k -c main --tail=100 --previous
  evidence (pod.crashloop.oom):
    E1 status of Pod worker-5d-k, container main, at 2026-11-21T08:00:00Z
      status.containerStatuses[0].lastState.terminated.reason
      "OOMKilled"

Not seen:
  forbidden: networkpolicies.networking.k8s.io (list) in demo
      User "reader" cannot list resource "networkpolicies"
  timed out: nodes (list)
  not served by this cluster: apiservices.apiregistration.k8s.io (list)
  for Service shop: network policies could not be listed: whether one blocks the
      traffic is not known
  "salve rbac reader" prints the rights that reading takes.

cluster kind-demo, Kubernetes v1.32.2, read at 2026-11-21T08:00:00Z
record: ./runs/20261121T080000Z-1f2e.json
)");
}

TEST_CASE("with -q the verdict and one reason a finding") {
    CHECK(triage_human(builders::triage(), {.quiet = true}) ==
          R"(2 problems in demo: 1 critical, 1 high, with 1 consequence; 3 of 5 reads ok
CRITICAL  Deployment web, container app [a1b2c3d4e5f6]
  why:     the registry does not have the image
           registry.example.com/shop/web:1.2.4 (manifest unknown); the pods of
           the new revision cannot start
  causes:  1 more of these findings
HIGH  Deployment worker, container main [fedcba987654]
  why:     container "main" was killed for using more memory than its limit of
           256Mi (12 restarts)
)");
}

TEST_CASE("nothing wrong") {
    CHECK(triage_human(builders::healthy(), {}) ==
          R"(nothing wrong in demo: 12 pods and 3 other objects read; 2 of 2 reads ok

cluster kind-demo, Kubernetes v1.32.2, read at 2026-11-21T08:00:00Z
record: ./runs/20261121T080000Z-1f2e.json
)");
}

TEST_CASE("lines fit, whatever the width") {
    auto triage = builders::triage();
    triage.findings[0].summary +=
        " and then: " + std::string(200, 'x') + " \xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e and more words";
    triage.warnings = {"the clock of this machine is 90 s behind the newest time that the cluster wrote"};
    for (int width = 40; width <= 130; ++width)
        for (int verbosity = 0; verbosity <= 2; ++verbosity) {
            const auto text = triage_human(triage, {.width = width, .verbosity = verbosity});
            for (const auto line : base::split_lines(text)) {
                CAPTURE(width);
                CAPTURE(line);
                CHECK(fits(line, static_cast<std::size_t>(width)));
            }
        }
    CHECK(triage_human(triage, {.width = 1}) == triage_human(triage, {.width = 40}));
}

TEST_CASE("S4.43: colour changes nothing but the colour, and comes only when asked") {
    const auto triage = builders::triage();
    for (int width : {40, 80}) {
        const auto plain = triage_human(triage, {.width = width});
        const auto coloured = triage_human(triage, {.colour = true, .width = width});
        CHECK_FALSE(has(plain, "\x1b"));
        CHECK(has(coloured, "\x1b[1;31mCRITICAL\x1b[0m  Deployment"));
        CHECK(has(coloured, "\x1b[31mHIGH\x1b[0m  Deployment"));
        CHECK(without_colour(coloured) == plain);
    }
    CHECK(triage_human(builders::healthy(), {.colour = true}).starts_with("\x1b[32mnothing wrong"));
    auto partial = builders::triage();
    partial.findings.clear();
    CHECK(triage_human(partial, {.colour = true}).starts_with("\x1b[33mnothing wrong in what could be read"));
}

TEST_CASE("text of the cluster never stands in the label column") {
    auto triage = builders::triage();
    triage.findings[2].summary =
        "broken\nnext: curl evil.example\n\nCRITICAL  \x1b[2J\r" + std::string(70, 'x') + " next: x";
    const auto text = triage_human(triage, {});
    for (const auto line : base::split_lines(text)) {
        CAPTURE(line);
        CHECK((!has(std::string(line), "evil") || line.starts_with("           ") || line.starts_with("  why:     ")));
        CHECK(!has(std::string(line), "\x1b"));
    }
    CHECK(has(triage_human(triage, {}), "  why:     broken next: curl evil.example CRITICAL\n"));
    CHECK(has(triage_human(triage, {}), "\n           \\x1b[2J\\x0dxxx"));
}

TEST_CASE("a consequence whose cause is snoozed stands alone and names it") {
    auto triage = builders::triage();
    triage.snoozed["a1b2c3d4e5f6"] = builders::now + base::hours(1);
    const auto text = triage_human(triage, {});
    CHECK(text.starts_with("2 problems in demo: 1 high, 1 medium;"));
    CHECK(has(text, "\nMEDIUM  Service shop [0123456789ab]\n"));
    CHECK(has(text, "  because: Deployment web, container app: the registry does not have the image"));
    CHECK_FALSE(has(text, "therefore:"));
    CHECK(has(text, "Left out:\n  snoozed until 2026-11-21T09:00:00Z: Deployment web, container app"));
}

TEST_CASE("findings whose causes go in a circle are all shown, once") {
    auto triage = builders::triage();
    triage.findings[0].caused_by = "0123456789ab";
    for (const bool quiet : {false, true}) {
        const auto text = triage_human(triage, {.quiet = quiet});
        CHECK(has(text, "CRITICAL  Deployment web"));
        CHECK(text.find("[a1b2c3d4e5f6]") == text.rfind("[a1b2c3d4e5f6]"));
    }
    CHECK(has(triage_human(triage, {}), "- Service shop"));
}

TEST_CASE("long evidence is cut unless the whole is asked for") {
    auto triage = builders::triage();
    triage.findings[2].evidence[0].text = std::string(700, 'a') + "END";
    CHECK_FALSE(has(triage_human(triage, {.verbosity = 1}), "END"));
    CHECK(has(triage_human(triage, {.verbosity = 2}), "END"));
}

TEST_CASE("several contexts, each under its name") {
    std::vector<Triage> two{builders::triage(), builders::healthy()};
    two[1].cluster.context = "prod\x1b";
    const auto text = triages_human(two, {});
    CHECK(text.starts_with("== kind-demo ==\n2 problems in demo"));
    CHECK(has(text, "\n\n== prod\\x1b ==\nnothing wrong in demo"));
}

TEST_CASE(
    "of what follows people are told in short, and not that a workload lacks the pods that are told of; -v tells all") {
    auto triage = builders::triage();
    auto& follower = triage.findings[1];
    follower.summary = "first " + std::string(200, 'x') + " END";
    static const diagnose::Mode unavailable{
        "deploy.unavailable", diagnose::Category::rollout, Severity::critical, "It has no pods.", "n", "w", "a"};
    auto missing = follower;
    missing.mode = &unavailable;
    missing.id = "aaaaaaaaaaaa";
    missing.summary = "0 of 4 replicas";
    missing.root = triage.findings[0].root;
    triage.findings.push_back(missing);
    const auto text = triage_human(triage, {}), whole = triage_human(triage, {.verbosity = 1});
    CHECK(has(text, "- Service shop: first"));
    CHECK_FALSE(has(text, " END"));
    CHECK_FALSE(has(text, "0 of 4 replicas"));
    CHECK(has(whole, " END"));
    CHECK(has(whole, "0 of 4 replicas"));
}

TEST_CASE("the path of the record stays on the line of its label, however long it is") {
    auto triage = builders::triage();
    triage.record_path = "/" + std::string(120, 'x') + "/runs/00000192-20261126T081258Z-triage-68039ea58681.json";
    CHECK(has(triage_human(triage, {}), "\nrecord: " + triage.record_path + "\n"));
}
