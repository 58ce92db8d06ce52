#include "report/human.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.hpp"
#include "diagnose/next_command.hpp"
#include "report/page.hpp"
#include "report/words.hpp"

namespace salve::report {
namespace {

// Writes the findings: each cause with its consequences under it.
class FindingPrinter {
public:
    FindingPrinter(const Triage& triage, const Style& style, Page& page) : triage_(triage), style_(style), page_(page) {
        for (const Finding* finding : listed(triage)) {
            by_id_.emplace(finding->id, finding);
            if (!snoozed_until(triage, *finding)) shown_.push_back(finding);
        }
        for (const Finding* finding : shown_)
            if (const Finding* cause = cause_of(*finding); cause && !snoozed_until(triage, *cause))
                children_[cause].push_back(finding);
    }

    void print() {
        for (const Finding* finding : shown_) {
            const Finding* cause = cause_of(*finding);
            if (!cause || snoozed_until(triage_, *cause)) root(*finding);
        }
        // Causes that go in a circle have no root: nothing is lost.
        for (const Finding* finding : shown_)
            if (printed_.count(finding) == 0) root(*finding);
    }

private:
    const Finding* cause_of(const Finding& finding) const {
        if (!finding.caused_by) return nullptr;
        const auto cause = by_id_.find(*finding.caused_by);
        return cause == by_id_.end() ? nullptr : cause->second;
    }

    void root(const Finding& finding) {
        printed_.insert(&finding);
        if (!style_.quiet) page_.blank();
        page_.badged(0, finding.severity,
                     fmt::format("{}  [{}]", subject_words(triage_.scope, finding.root), one_line(finding.id)));
        page_.labelled(2, "why:", one_line(finding.summary));
        if (style_.quiet) {
            quiet_followers(finding);
            return;
        }
        facts(finding);
        advice(finding);
        if (style_.verbosity > 0) evidence(finding, 2);
        followers(finding, 2);
    }

    void facts(const Finding& finding) {
        if (const auto doubt = doubt_words(finding.confidence); !doubt.empty()) page_.labelled(2, "sure:", doubt);
        if (const Finding* cause = cause_of(finding))
            page_.labelled(2, "because:",
                           fmt::format("{}: {}", subject_words(triage_.scope, cause->root), one_line(cause->summary)));
        if (const auto since = since_words(triage_, finding); !since.empty()) page_.labelled(2, "for:", since);
        if (!finding.change.empty()) page_.labelled(2, "changed:", one_line(finding.change));
        const std::size_t names = style_.verbosity > 0 ? finding.affected.size() : 3;
        if (const auto affected = affected_words(triage_.scope, finding, names); !affected.empty())
            page_.labelled(2, "affects:", affected);
        for (const auto& manager : finding.managed_by)
            page_.labelled(2,
                           "managed:", fmt::format("by {}; a change made elsewhere may be undone", one_line(manager)));
    }

    void advice(const Finding& finding) {
        std::string_view label = "next:";
        for (const auto& advice : finding.advice) {
            page_.labelled(2, label, one_line(advice));
            label = "";
        }
        if (const auto command = diagnose::next_command(triage_.cluster, finding)) {
            if (finding.advice.empty()) page_.labelled(2, label, "look closer:");
            page_.unbroken(4, *command);
        }
        if (!finding.actions.empty())
            page_.labelled(
                2, "repair:",
                fmt::format("{}: salve plan {}", one_line(base::join(finding.actions, ", ")), one_line(finding.id)));
    }

    void evidence(const Finding& finding, std::size_t indent) {
        const std::string margin(indent + 4, ' ');
        page_.paragraph(fmt::format("evidence ({}):", one_line(finding.mode->id)), std::string(indent, ' '), margin);
        std::size_t number = 0;
        for (const auto& item : finding.evidence) {
            auto head = fmt::format("E{} {} of {}", ++number, base::word(diagnose::source_names, item.source),
                                    subject_words(triage_.scope, {item.object, item.container}));
            if (item.at) head += ", at " + time_words(*item.at);
            page_.paragraph(head, std::string(indent + 2, ' '), margin);
            page_.paragraph(one_line(item.path), margin, margin);
            page_.paragraph(base::quoted(shortened(one_line(item.text))), margin, margin);
        }
        for (const auto& missing : finding.missing_evidence)
            page_.paragraph("missing: " + one_line(missing), std::string(indent + 2, ' '), margin);
    }

    std::string shortened(const std::string& text) const {
        constexpr std::size_t enough = 600;  // bytes: about eight lines
        return style_.verbosity > 1 ? text : base::cut(text, enough);
    }

    void followers(const Finding& finding, std::size_t indent) {
        constexpr std::size_t deepest = 10;  // a longer chain goes on at this indent, or no column is left for words
        const auto children = children_.find(&finding);
        if (children == children_.end()) return;
        if (std::any_of(children->second.begin(), children->second.end(),
                        [&](const Finding* child) { return !repeats(*child, finding); }))
            page_.unbroken(indent, "therefore:");
        for (const Finding* child : children->second) {
            if (!printed_.insert(child).second) continue;
            if (repeats(*child, finding)) {
                followers(*child, indent);
                continue;
            }
            const std::string margin(indent + 2, ' ');
            page_.paragraph(follower_words(*child), margin + "- ", margin + "  ");
            if (style_.verbosity > 0) evidence(*child, indent + 4);
            followers(*child, std::min(indent + 2, deepest));
        }
    }

    // That a workload lacks pods tells nobody anything under what its own pods lack, or beside something else about it;
    // -v shows it.
    bool repeats(const Finding& child, const Finding& cause) const {
        if (style_.verbosity > 0 || !child.mode->id.starts_with("deploy.unavailable")) return false;
        if (child.root.object.same_name(cause.root.object)) return true;
        const auto& siblings = children_.at(&cause);
        return std::any_of(siblings.begin(), siblings.end(), [&](const Finding* other) {
            return other != &child && other->root.object.same_name(child.root.object);
        });
    }

    // Short: what to repair stands above it.
    std::string follower_words(const Finding& child) const {
        constexpr std::size_t enough = 160;
        const auto summary = one_line(child.summary);
        auto words = fmt::format("{}: {}", subject_words(triage_.scope, child.root),
                                 style_.verbosity > 0 ? summary : base::cut(summary, enough));
        if (child.first_seen) words += fmt::format(" (for {})", base::to_words(triage_.started_at - *child.first_seen));
        return words + " [" + one_line(child.id) + "]";
    }

    // With -q consequences are counted, not told.
    void quiet_followers(const Finding& finding) {
        std::vector<const Finding*> open{&finding};
        std::size_t n = 0;
        while (!open.empty()) {
            const auto children = children_.find(open.back());
            open.pop_back();
            if (children == children_.end()) continue;
            for (const Finding* child : children->second)
                if (printed_.insert(child).second) {
                    ++n;
                    open.push_back(child);
                }
        }
        if (n != 0) page_.labelled(2, "causes:", fmt::format("{} more of these findings", n));
    }

    const Triage& triage_;
    const Style& style_;
    Page& page_;
    std::map<std::string_view, const Finding*> by_id_;
    Findings shown_;
    std::map<const Finding*, Findings> children_;
    std::set<const Finding*> printed_;
};

std::string_view verdict_colour(const Triage& triage) {
    const Counts counts = count(triage);
    if (counts.of(Severity::critical) + counts.of(Severity::high) != 0) return "1;31";
    return counts.total() != 0 || !complete(triage) ? "33" : "32";
}

void print_gaps(const Triage& triage, const Style& style, Page& page) {
    bool titled = false, forbidden = false;
    const auto line = [&](const std::string& text) {
        if (!titled) page.blank(), page.unbroken(0, "Not seen:");
        titled = true;
        page.paragraph(text, "  ", "      ");
    };
    for (const auto& gap : gaps(triage)) {
        if (gap.state == kube::ReadState::absent && style.verbosity == 0) continue;
        forbidden |= gap.state == kube::ReadState::forbidden;
        line(fmt::format("{}: {}", gap_words(gap.state), gap.what));
        const std::size_t enough = style.verbosity > 0 ? gap.details.size() : 2;
        for (std::size_t i = 0; i < std::min(enough, gap.details.size()); ++i)
            page.paragraph(gap.details[i], "      ", "      ");
        if (gap.details.size() > enough)
            page.paragraph(fmt::format("and {} more (-v)", gap.details.size() - enough), "      ", "      ");
    }
    for (const auto& missing : missing_evidence(triage))
        line(fmt::format("for {}: {}", subject_words(triage.scope, missing.finding->root), missing.text));
    if (forbidden) page.paragraph("\"salve rbac reader\" prints the rights that reading takes.", "  ", "  ");
}

void print_list(Page& page, std::string_view title, const std::vector<std::string>& lines) {
    if (lines.empty()) return;
    page.blank();
    page.unbroken(0, title);
    for (const auto& line : lines) page.paragraph(one_line(line), "  ", "      ");
}

std::string write(std::span<const Triage> triages, const Style& style) {
    return triages.size() == 1 ? triage_human(triages.front(), style) : triages_human(triages, style);
}

}  // namespace

std::string triage_human(const Triage& triage, const Style& style) {
    Page page(style);
    page.paragraph(verdict(triage), "", "  ", verdict_colour(triage));
    FindingPrinter(triage, style, page).print();
    if (style.quiet) return page.take();
    print_gaps(triage, style, page);
    print_list(page, "Left out:", left_out(triage));
    print_list(page, "Warnings:", triage.warnings);
    page.blank();
    page.paragraph(source_words(triage), "", "  ");
    if (!triage.record_path.empty()) page.unbroken(0, "record: " + one_line(triage.record_path));
    return page.take();
}

std::string triages_human(std::span<const Triage> triages, const Style& style) {
    std::string all;
    for (const auto& triage : triages) {
        if (!all.empty()) all += '\n';
        const auto& context = triage.cluster.context;
        all += fmt::format("== {} ==\n", context.empty() ? "no context" : one_line(context));
        all += triage_human(triage, style);
    }
    return all.empty() ? "no cluster was asked\n" : all;
}

extern const Format human;
const Format human{"human", "for people: the verdict, what is broken and what to do next", write};

}  // namespace salve::report
