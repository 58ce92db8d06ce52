#include "report/markdown.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "markdown_skeleton.hpp"
#include "report/markdown_text.hpp"
#include "report_hostile.hpp"

using namespace salve;
using namespace salve::report;

TEST_CASE("the ticket, byte by byte") {
    CHECK(triage_markdown(builders::triage()) ==
          R"md(# 2 problems in demo: 1 critical, 1 high, with 1 consequence; 3 of 5 reads ok

| | |
|---|---|
| scope | demo |
| source | cluster kind-demo, Kubernetes `v1.32.2`, read at `2026-11-21T08:00:00Z` |
| record | 20261121T080000Z-1f2e in `./runs/20261121T080000Z-1f2e.json` |

| no. | severity | what | why | caused by |
|---|---|---|---|---|
| 1 | critical | Deployment web, container app | the registry does not have the image `registry.example.com/shop/web:1.2.4` (manifest unknown); the pods of the new revision cannot start |  |
| 2 | medium | Service shop | no pod behind Service shop is ready, so calls to it fail | 1 |
| 3 | high | Deployment worker, container main | container "main" was killed for using more memory than its limit of 256Mi (12 restarts) |  |

## 1. critical: Deployment web, container app

- **Why:** the registry does not have the image `registry.example.com/shop/web:1.2.4` (manifest unknown); the pods of the new revision cannot start
- **Therefore:** number 2
- **For:** 4m, since `2026-11-21T07:56:00Z`, last seen 30s ago
- **Affects:** 4 pods: web-7b84-q, web-7b84-x, web-7b84-y, web-7b84-z
- **Managed:** by `helm:web`; a change made elsewhere may be undone
- **Next:** Use a tag that exists.
- **Id:** a1b2c3d4e5f6 (`pod.image.not-found`)

```sh
kubectl --context kind-demo -n demo describe pod web-7b84-x
```

**E1** status of Pod web-7b84-x, container app at `status.containerStatuses[0].state.waiting.reason`, `2026-11-21T07:59:30Z`

```text
ErrImagePull
```

**E2** event of Pod web-7b84-x at `events[Failed].message`

```text
Failed: Failed to pull image "registry.example.com/shop/web:1.2.4": manifest unknown
```

## 2. medium: Service shop

- **Why:** no pod behind Service shop is ready, so calls to it fail
- **Sure:** probable: an event says so and the status agrees
- **Caused by:** number 1
- **For:** 4m, since `2026-11-21T07:56:00Z`
- **Id:** 0123456789ab (`svc.no-endpoints`)

```sh
kubectl --context kind-demo -n demo describe service shop
```

**E1** spec of Service shop at `spec.selector`

```text
app=web
```

## 3. high: Deployment worker, container main

- **Why:** container "main" was killed for using more memory than its limit of 256Mi (12 restarts)
- **Affects:** 1 pod: worker-5d-k
- **Next:** Compare the limit with what the program needs.
- **Id:** fedcba987654 (`pod.crashloop.oom`)

```sh
kubectl --context kind-demo -n demo logs worker-5d-k -c main --tail=100 --previous
```

**E1** status of Pod worker-5d-k, container main at `status.containerStatuses[0].lastState.terminated.reason`, `2026-11-21T08:00:00Z`

```text
OOMKilled
```

## Not seen

- forbidden: `networkpolicies.networking.k8s.io` (list) in demo; User "reader" cannot list resource "networkpolicies"
- timed out: nodes (list)
- not served by this cluster: `apiservices.apiregistration.k8s.io` (list)
- for Service shop: network policies could not be listed: whether one blocks the traffic is not known
)md");
}

TEST_CASE("words that Markdown could read become code") {
    CHECK(md_text("plain words, (in brackets) \"quoted\": done.") == "plain words, (in brackets) \"quoted\": done.");
    CHECK(md_text("see https://evil.example/x.") == "see `https://evil.example/x`.");
    CHECK(md_text("*a* _b_ # <b> [x](y) @team a@b.c") == "`*a*` `_b_` `#` `<b>` `[x](y`) `@team` `a@b.c`");
    CHECK(md_text("- item") == "`-` item");
    CHECK(md_text("1. item 2) x 34: 5") == "`1`. item `2`) x 34: 5");
    CHECK(md_text("a|b") == "`a`&#124;`b`");
    CHECK(md_text("|") == "&#124;");
    CHECK(md_text("a`b ``c``") == "`` a`b `` ``` ``c`` ```");
    CHECK(md_text("\\| x\x1b") == "`\\`&#124; `x\\x1b`");
    CHECK(md_text("").empty());
}

TEST_CASE("a whole line as code") {
    CHECK(md_code("kubectl get 'a b'") == "`kubectl get 'a b'`");
    CHECK(md_code("a | b `c`") == "`a `&#124;``  b `c` ``");
    CHECK(md_code("x\x1b") == "`x\\x1b`");
}

TEST_CASE("a fence is longer than what it holds") {
    CHECK(md_block("a\nb\r\nc\x1b", "text") == "```text\na\nb\nc\\x1b\n```\n");
    CHECK(md_block("```\n````\n# x", "text") == "`````text\n```\n````\n# x\n`````\n");
    CHECK(md_block("", "sh") == "```sh\n```\n");
}

TEST_CASE("hostile text adds no heading, row, cell, link, mention or HTML") {
    tests::Hostile hostile(4711);
    for (int round = 0; round < 500; ++round) {
        CAPTURE(round);
        const auto triage = builders::hostile_triage(hostile);
        std::size_t headings = 0;
        for (const auto& line : tests::skeleton(triage_markdown(triage))) {
            CAPTURE(line);
            const auto text = std::string_view(line);
            const bool table = text.starts_with("|"), heading = text.starts_with("#");
            headings += heading ? 1 : 0;
            const auto bars = std::count(text.begin(), text.end(), '|');
            CHECK((table ? bars == 3 || bars == 6 : bars == 0));
            const auto marks = text.substr(heading ? text.find(' ') : 0);
            CHECK(marks.find_first_of("<>[]_~@\\!$") == std::string_view::npos);
            const auto hash = marks.find('#');  // only in &#124;
            CHECK((hash == std::string_view::npos || marks.substr(hash - 1).starts_with("&#124;")));
            const auto stars = std::count(marks.begin(), marks.end(), '*');
            CHECK((stars == 0 || (stars == 4 && (marks.starts_with("- **") || marks.starts_with("**E")))));
            CHECK(marks.find("://") == std::string_view::npos);
            CHECK(marks.find("www.e") == std::string_view::npos);
        }
        const auto shown = listed(triage).size();
        const bool out = shown < triage.findings.size() || count(triage).total() < shown;
        // The title, one a finding, what was not seen, what was left out, warnings.
        CHECK(headings == 1 + shown + 1 + (out ? 1 : 0) + 1);
    }
}

TEST_CASE("a snoozed finding is marked") {
    auto triage = builders::triage();
    triage.snoozed["fedcba987654"] = builders::now + base::hours(1);
    CHECK(triage_markdown(triage).find("## 3. high (snoozed): Deployment worker") != std::string::npos);
}
