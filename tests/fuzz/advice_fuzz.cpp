#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "advise/advice.hpp"
#include "advise/names.hpp"
#include "advise/plain.hpp"
#include "advise/scan.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "targets.hpp"

namespace salve::fuzz {
namespace {

constexpr diagnose::Mode mode{"test.mode", diagnose::Category::other, diagnose::Severity::high, "", "", "", ""};

// What a model was asked, with ids that the corpus knows.
struct Fixture {
    std::vector<diagnose::Finding> findings{1};
    advise::Case about;
    advise::Prompt prompt;

    Fixture() {
        auto& finding = findings[0];
        finding.mode = &mode;
        finding.id = "f1";
        finding.root.object = {"apps/v1", "Deployment", "shop", "web", "uid"};
        about.findings = {&finding};
        for (const char* action : {"rollout.undo", "rollout.restart", "image.set"})
            about.candidates.push_back({action, "f1", finding.root, plan::Risk::medium});
        about.candidates[2].risk = plan::Risk::high;
        prompt.aliases = {"A47", "A12", "A33"};
        prompt.targets.assign(3, prompt.names.object(finding.root.object));
        prompt.finding_lines = {"{\"id\":\"F1\",\"object\":\"deployment-1\"}\n"};
        prompt.evidence.push_back({"E1", R"({"id":"E1","text":"exit code 137"})", 0, 1, finding.root, false, ""});
        prompt.evidence.push_back({"E2", R"({"id":"E2","text":"<n> lines"})", 0, 2, finding.root, false, ""});
        prompt.mark = "^q";
    }
};

void is_shown_as_text(const std::string& text) {
    require(base::visible(text) == text, "what is told of an answer is visible");
}

void keeps_to_what_was_sent(const advise::Checked& checked, const Fixture& fixture) {
    const std::set<std::size_t> ranked(checked.ranking.begin(), checked.ranking.end());
    require(ranked.size() == checked.ranking.size(), "each candidate has one rank");
    require(ranked.empty() || *ranked.rbegin() < fixture.about.candidates.size(), "only candidates are ranked");
    require(checked.notes.size() <= fixture.about.candidates.size(), "one note a candidate");
    for (const auto& note : checked.notes) {
        require(note.candidate < fixture.about.candidates.size() && !note.evidence.empty(),
                "a note is about something");
        is_shown_as_text(note.text);
        require(note.text.find("://") == std::string::npos && note.text.find('`') == std::string::npos,
                "a note holds no link and no code");
    }
    for (const auto& warning : checked.warnings) require(!warning.evidence.empty(), "a warning has evidence");
    for (const auto& one : checked.dropped) {
        is_shown_as_text(one.what);
        is_shown_as_text(one.reason);
    }
    require(checked.dropped.size() <= 40, "what is dropped is told in few words");
}

void moves_only_among_equals(const advise::Checked& checked, const Fixture& fixture) {
    advise::Advice advice;
    advice.ranking = checked.ranking;
    const auto order = advise::order_of(fixture.about, advice);
    auto sorted = order;
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t i = 0; i < order.size(); ++i) {
        require(sorted[i] == i, "an order is a permutation");
        require(advise::interchangeable(fixture.about.candidates[i], fixture.about.candidates[order[i]]),
                "a candidate keeps to the places of its equals");
    }
}

}  // namespace

// Any bytes as a model's answer, and as a text of the cluster.
void advice(std::string_view bytes) {
    static const Fixture fixture;
    const auto parsed = advise::parse_reply(bytes);
    if (const auto* none = std::get_if<advise::NoReply>(&parsed)) {
        require(!none->reason.empty() && none->reason.size() <= 200, "why it is none is told in a sentence");
        is_shown_as_text(none->reason);
    } else {
        require(bytes.size() <= advise::max_reply, "an answer is bounded");
        const auto checked = advise::check(std::get<advise::Reply>(parsed), fixture.about, fixture.prompt);
        keeps_to_what_was_sent(checked, fixture);
        moves_only_among_equals(checked, fixture);
    }
    advise::parse_shadow_reply(bytes);
    const auto marked = fixture.prompt.names.marked(bytes);
    const auto text = advise::shortened(fixture.prompt.names.aliases(advise::plain(marked, advise::Numbers::hide)));
    require(text.size() <= advise::max_text && base::is_valid_utf8(text), "a text in a prompt is short");
    is_shown_as_text(text);
    advise::suspicion(bytes);
}

}  // namespace salve::fuzz

SALVE_FUZZ_TARGET(advice)
