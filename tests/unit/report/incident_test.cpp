#include "report/incident.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/error.hpp"
#include "hostile.hpp"
#include "markdown_skeleton.hpp"
#include "page_checks.hpp"
#include "report/html_text.hpp"
#include "run_builders.hpp"

using namespace salve;
using namespace salve::report;
using tests::runs::Records;

namespace {

Incident of(const std::vector<nlohmann::json>& records) { return incident(tests::runs::sealed(records)); }

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

const Incident::Event* find(const Incident& made, std::string_view what) {
    for (const auto& event : made.timeline)
        if (event.what.starts_with(what)) return &event;
    return nullptr;
}

// Every "<" opens a tag that this tool writes, and every "&" one of its five entities.
void check_html(const std::string& page) {
    const auto body = page.find("<title>");
    REQUIRE(body != std::string::npos);
    static const std::set<std::string> tags{
        "title", "/title", "/head", "body",   "/body", "/html",  "h1",   "/h1", "h2",
        "/h2",   "h3",     "/h3",   "p",      "/p",    "ul",     "/ul",  "li",  "/li",
        "b",     "/b",     "small", "/small", "table", "/table", "tr",   "/tr", "th",
        "/th",   "td",     "/td",   "code",   "/code", "pre",    "/pre", "br",  "td class=\"time\""};
    for (auto at = page.find_first_of("<&", body); at != std::string::npos; at = page.find_first_of("<&", at + 1)) {
        const auto rest = std::string_view(page).substr(at, 40);
        CAPTURE(rest);
        if (page[at] == '<')
            CHECK(tags.count(page.substr(at + 1, page.find('>', at) - at - 1)) == 1);
        else
            CHECK((rest.starts_with("&amp;") || rest.starts_with("&lt;") || rest.starts_with("&gt;") ||
                   rest.starts_with("&quot;") || rest.starts_with("&#39;")));
    }
}

void check_markdown(const std::string& text) {
    for (const auto& line : tests::skeleton(text)) {
        CAPTURE(line);
        const auto view = std::string_view(line);
        const bool table = view.starts_with("|"), heading = view.starts_with("#");
        const auto bars = std::count(view.begin(), view.end(), '|');
        CHECK((table ? bars == 6 || bars == 8 : bars == 0));
        const auto marks = view.substr(heading ? view.find(' ') : 0);
        CHECK(marks.find_first_of("<>[]_~@\\!$") == std::string_view::npos);
        const auto hash = marks.find('#');  // only in &#124;
        CHECK((hash == std::string_view::npos || marks.substr(hash - 1).starts_with("&#124;")));
        const auto stars = std::count(marks.begin(), marks.end(), '*');
        CHECK((stars == 0 || (stars == 4 && marks.starts_with("- **"))));
        CHECK(marks.find("://") == std::string_view::npos);
        CHECK(marks.find("javascript:") == std::string_view::npos);
    }
}

}  // namespace

TEST_CASE("S2.39 S2.47: the incident out of its records") {
    const auto records = Records().incident();
    const auto made = of(records);
    CHECK(made.title == "Incident INC-7: Deployment demo/web, container app (pod.image.not-found)");
    CHECK(
        made.summary ==
        "8 records, events from 2026-11-21T07:56:00Z to 2026-11-21T08:08:22Z, cluster kind-demo (uid "
        "uid-kube-system). Findings at first: 1 critical, 1 medium. Cause (confirmed): Deployment demo/web, container "
        "app: the registry does not have the image registry.example.com/shop/web:1.2.4. 2 commands sent: 1 verified, "
        "1 failed. Findings at last: 1 high; 1 resolved, 0 gone but not proven, 1 remaining, 0 new.");
    REQUIRE(made.cause);
    CHECK(made.cause->mode == "pod.image.not-found");
    CHECK(made.cause->from.seq == 1);
    REQUIRE(made.cause->evidence.size() == 1);
    CHECK(made.cause->evidence[0].excerpt == "ErrImagePull");
    CHECK(made.suggested.size() == 1);
    REQUIRE(made.decided.size() == 3);
    CHECK(made.decided[0].words.starts_with("bob@ops-2 at 2026-11-21T08:02:00Z: rejected plan bbbbbbbbbbbbbbbb"));
    CHECK(has(made.decided[0].words, "the wrong revision; sha256 of the plan: " + tests::runs::digest('b')));
    CHECK(made.reconciled.size() == 1);
    CHECK(made.verification.size() == 1);
    CHECK(made.not_seen.size() == 3);
    CHECK(made.resolved.size() == 1);
    CHECK(made.remaining.size() == 1);
    CHECK(made.after_from.seq == 8);
    CHECK(made.left_out == 0);
}

TEST_CASE("S2.37 S4.26 S4.27: the timeline in order, with actors, exact commands and records") {
    const auto records = Records().incident();
    const auto made = of(records);
    CHECK(std::is_sorted(made.timeline.begin(), made.timeline.end(),
                         [](const auto& a, const auto& b) { return a.at < b.at; }));
    CHECK(made.timeline.front().what.starts_with("change that preceded the trouble of Deployment demo/web"));
    const auto* sent = find(made, "step 2: rollout.undo on Service demo/shop sent");
    REQUIRE(sent);
    CHECK(sent->actor == "alice@ops-1");
    CHECK(sent->command == "kubectl patch --type=json --patch-file=/dev/stdin deployments.v1.apps 'it'\\''s shop'");
    CHECK(sent->from.run == "000000abc006");
    CHECK(sent->from.seq == 6);
    CHECK(find(made, "plan cccccccccccccccc shown: rollout.undo on Deployment demo/web"));
    CHECK(find(made, "approved plan cccccccccccccccc")->actor == "bob@ops-2");
    CHECK(find(made, "step 2 ended: exit code 1; effect: not_applied"));
    CHECK(find(made, "check of step 1: rollout_complete: passed"));
    CHECK(find(made, "recover started")->actor == "alice@ops-1, automatic");
    CHECK(find(made, "reconciled: run 000000abc006 (apply) was unknown"));
    CHECK(find(made, "first seen: Service demo/shop")->at == tests::runs::start - base::seconds(200));
}

TEST_CASE("the order of the records does not matter") {
    auto records = Records().incident();
    const auto forward = incident_json(of(records));
    std::reverse(records.begin(), records.end());
    CHECK(incident_json(of(records)) == forward);
}

TEST_CASE("the findings after are of a run after the last step, or not known") {
    auto records = Records().incident();
    records.pop_back();
    const auto made = of(records);
    CHECK(made.before);
    CHECK_FALSE(made.after);
    CHECK(has(made.summary, "The cluster was not read again after the last command."));
    CHECK(has(incident_markdown(made), "- **Findings after:** not known: the cluster was not read again\n"));
}

TEST_CASE("an approval that the applying run repeats is told once") {
    auto records = Records().incident();
    records[5]["approvals"] = records[4]["approvals"];
    CHECK(of(records).decided.size() == 2);
}

TEST_CASE("one triage without findings") {
    auto record = Records().blank(1, "triage", "completed", 0);
    const std::vector records{record};
    const auto made = of(records);
    CHECK(made.title == "Incident INC-7: 1 run without a finding");
    CHECK_FALSE(made.cause);
    CHECK(has(made.summary, "The cluster was not read. Nothing was sent to the cluster that changes it."));
    tests::check_lines(incident_markdown(made));
}

TEST_CASE("none at all, or too many, are refused; long lists are cut and say so") {
    CHECK_THROWS_AS(incident({}), base::Error);
    const auto record = Records().reject();
    std::vector<audit::Sealed> many(most_incident_records + 1, {&record, "", ""});
    CHECK_THROWS_AS(incident(many), base::Error);
    many.pop_back();
    const auto made = incident(many);
    CHECK(made.records.size() == 1000);
    CHECK(made.timeline.size() == 2000);
    CHECK(made.left_out > 0);
    CHECK(has(incident_markdown(made), " more lines are left out here; they stand in the records.\n"));
}

TEST_CASE("a long output is an excerpt") {
    auto records = Records().incident();
    records[5]["steps"][1]["stderr"]["excerpt"] = std::string(5000, 'x');
    const auto made = of(records);
    REQUIRE(made.commands.size() == 2);
    CHECK(made.commands[1].outputs[0].excerpt.size() <= 4096);
    CHECK_FALSE(made.commands[1].outputs[0].whole);
    CHECK(has(incident_markdown(made), "stderr, 56 bytes, cut:\n"));
}

TEST_CASE("the document names every record with its digest") {
    const auto made = of(Records().incident());
    const auto markdown = incident_markdown(made);
    const auto document = tests::check_document(incident_json(made));
    CHECK(document["schema"] == "salve.incident/v1");
    CHECK(document["records"].size() == 8);
    CHECK(document["commands"][0]["outcome"] == "verified");
    CHECK(document["outcome"]["after"]["findings"]["high"] == 1);
    for (const auto& row : made.records) {
        CHECK(has(markdown, row.file));
        CHECK(has(incident_html(made), row.file));
        CHECK(row.sha256 == tests::runs::digest('9'));
    }
    CHECK(has(markdown,
              "```sh\nkubectl patch --type=json --patch-file=/dev/stdin deployments.v1.apps "
              "'it'\\''s shop'\n```\n"));
    CHECK(has(markdown, "```text\nThe request is invalid:\nthe server rejected our request\n```\n"));
}

TEST_CASE("the page needs nothing from outside and runs nothing") {
    const auto page = incident_html(of(Records().incident()));
    tests::check_lines(page);
    check_html(page);
    CHECK(has(page, "default-src 'none'"));
    CHECK(has(page, "prefers-color-scheme: dark"));
    for (const auto* part : {"<script", "src=", "href=", "@import", "url(", "<link", "<iframe"})
        CHECK_FALSE(has(page, part));
}

TEST_CASE("text for HTML") {
    CHECK(html_text("a<b>&\"'\x1b\n") == "a&lt;b&gt;&amp;&quot;&#39;\\x1b\\x0a");
    CHECK(html_text("a\n<b>\r\n\x1b", HtmlLines::kept) == "a\n&lt;b&gt;\n\\x1b");
    CHECK(html_text("\n\nx", HtmlLines::kept) == "\n\nx");
}

TEST_CASE("hostile text adds no markup, link, mention, row, heading or control byte") {
    const std::string worst =
        "\x1b[31m\xe2\x80\xae</script></pre><img src=x onerror=alert(1)>`|``|\n# h\n```\n| a "
        "|\n[a](javascript:alert(1)) "
        "@team #1 javascript:alert(1) \r\x07";
    tests::Hostile hostile(12);
    for (int round = 0; round < 40; ++round) {
        CAPTURE(round);
        const Records records([&](const std::string& text) {
            return round == 0 ? worst : round == 1 ? text + worst : hostile.text();
        });
        const auto made = of(records.incident());
        const auto markdown = incident_markdown(made), page = incident_html(made);
        tests::check_lines(markdown);
        check_markdown(markdown);
        tests::check_lines(page);
        check_html(page);
        tests::check_document(incident_json(made));
    }
}
