#include "report/runs_diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "audit/fields.hpp"
#include "base/text.hpp"
#include "report/json_values.hpp"
#include "report/page.hpp"
#include "report/words.hpp"

namespace salve::report {
namespace {

using audit::fields::boolean;
using audit::fields::integer;
using audit::fields::items;
using audit::fields::member;
using nlohmann::json;

std::optional<Severity> severity_of(const json& finding) {
    return base::parse(diagnose::severity_names, audit::fields::text(finding, "severity"));
}

// What a run has looked at.
class View {
public:
    explicit View(const json& record) : record_(record) {
        for (const auto& ns : audit::fields::texts(member(record, "scope"), "namespaces")) namespaces_.insert(ns);
        for (const auto& target : audit::fields::texts(member(record, "scope"), "targets")) targets_.insert(target);
        for (const auto& read : items(record, "reads")) {
            if (!member(read, "object").is_null()) continue;
            lists_[{audit::fields::text(read, "what"), audit::fields::text(read, "namespace")}] = &read;
        }
        for (const auto& finding : items(record, "findings"))
            findings_.emplace(audit::fields::text(finding, "id"), &finding);
    }

    using Lists = std::map<std::pair<std::string, std::string>, const json*>;
    const Lists& lists() const { return lists_; }
    const json* finding(const std::string& id) const {
        const auto found = findings_.find(id);
        return found == findings_.end() ? nullptr : found->second;
    }

    // Why this run may have missed a finding that the other one has; empty: it would have seen it.
    std::string may_have_missed(const json& finding, const View& other) const {
        const auto ns = audit::fields::text(member(finding, "root"), "namespace");
        if (lists_.empty()) return "nothing was read";
        if (!ns.empty() && !boolean(member(record_, "scope"), "all").value_or(false) && namespaces_.count(ns) == 0)
            return "namespace " + name_words(ns) + " was not asked for";
        if (!targets_.empty() && targets_ != other.targets_) return "only other targets were asked for";
        const auto mode = audit::fields::text(finding, "rule");
        if (integer(member(record_, "below_min_severity"), mode).value_or(0) > 0)
            return "findings of this kind were left out as not severe enough";
        for (const auto& [key, read] : other.lists_)
            if (read_answered(*read) && concerns(key.second, ns) && !could_read(key.first, ns))
                return one_line(key.first) + " could not be read";
        return "";
    }

private:
    // A read of all namespaces, or of none, concerns every object.
    static bool concerns(const std::string& read_ns, const std::string& ns) {
        return read_ns.empty() || ns.empty() || read_ns == ns;
    }
    bool could_read(const std::string& what, const std::string& ns) const {
        bool any = false;
        for (auto it = lists_.lower_bound({what, ""}); it != lists_.end() && it->first.first == what; ++it) {
            if (!concerns(it->first.second, ns)) continue;
            if (!read_answered(*it->second)) return false;
            any = true;
        }
        return any;
    }

    const json& record_;
    std::set<std::string> namespaces_, targets_;
    Lists lists_;
    std::map<std::string, const json*> findings_;
};

RunsDiff::Finding finding_of(const json& finding) {
    return {field_line(finding, "id"),
            field_line(finding, "rule"),
            object_words(member(finding, "root")),
            field_line(finding, "summary"),
            std::nullopt,
            std::nullopt,
            ""};
}

void compare_findings(const json& before, const json& after, RunsDiff& diff) {
    const View first(before), second(after);
    for (const auto& finding : items(before, "findings")) {
        auto row = finding_of(finding);
        row.before = severity_of(finding);
        if (const auto* still = second.finding(audit::fields::text(finding, "id"))) {
            row.after = severity_of(*still);
            row.summary = field_line(*still, "summary");
            diff.remaining.push_back(std::move(row));
            continue;
        }
        row.doubt = diff.same_cluster ? second.may_have_missed(finding, first) : "another cluster was read";
        (row.doubt.empty() ? diff.resolved : diff.unproven).push_back(std::move(row));
    }
    for (const auto& finding : items(after, "findings")) {
        if (first.finding(audit::fields::text(finding, "id"))) continue;
        auto row = finding_of(finding);
        row.after = severity_of(finding);
        row.doubt = diff.same_cluster ? first.may_have_missed(finding, second) : "another cluster was read";
        diff.added.push_back(std::move(row));
    }
}

void compare_reads(const json& before, const json& after, RunsDiff& diff) {
    const View first(before), second(after);
    std::map<std::pair<std::string, std::string>, std::pair<const json*, const json*>> both;
    for (const auto& [key, read] : first.lists()) both[key].first = read;
    for (const auto& [key, read] : second.lists()) both[key].second = read;
    for (const auto& [key, reads] : both) {
        const auto [one, two] = reads;
        if ((one && read_answered(*one)) == (two && read_answered(*two))) continue;
        diff.reads.push_back({one_line(key.first), one_line(key.second), one ? field_line(*one, "state") : "",
                              two ? field_line(*two, "state") : ""});
    }
}

std::string_view name_of(const std::optional<Severity>& severity) {
    return severity ? base::word(diagnose::severity_names, *severity) : "-";
}

void print(Page& page, std::string_view title, const std::vector<RunsDiff::Finding>& findings) {
    if (findings.empty()) return;
    page.blank();
    page.unbroken(0, fmt::format("{} ({}):", title, findings.size()));
    for (const auto& finding : findings) {
        const bool changed = finding.before && finding.after && finding.before != finding.after;
        const auto severity = changed ? fmt::format("{}, was {}", name_of(finding.after), name_of(finding.before))
                                      : std::string(name_of(finding.after ? finding.after : finding.before));
        page.paragraph(fmt::format("{}: {} [{}]", severity, finding.subject, finding.id), "  ", "      ");
        page.paragraph(finding.summary, "      ", "      ");
        if (!finding.doubt.empty()) page.paragraph("not certain: " + finding.doubt, "      ", "      ");
    }
}

std::string state_words(const std::string& state) { return state.empty() ? "not asked for" : state; }

Json findings_json(const std::vector<RunsDiff::Finding>& findings) {
    const auto severity = [](const std::optional<Severity>& one) { return one ? Json(name_of(one)) : Json(nullptr); };
    Json list = Json::array();
    for (const auto& finding : findings)
        list.push_back({{"id", text(finding.id)},
                        {"mode", text(finding.mode)},
                        {"root", text(finding.subject)},
                        {"severity_before", severity(finding.before)},
                        {"severity_after", severity(finding.after)},
                        {"summary", text(finding.summary)},
                        {"doubt", text_or_null(finding.doubt)}});
    return list;
}

}  // namespace

RunsDiff runs_diff(const json& before, const json& after) {
    RunsDiff diff;
    diff.before_run = field_line(before, "run_id");
    diff.after_run = field_line(after, "run_id");
    diff.before_at = audit::fields::time(member(before, "time"), "started_at").value_or(Time{});
    diff.after_at = audit::fields::time(member(after, "time"), "started_at").value_or(Time{});
    const auto cluster = [](const json& record, std::string_view key) {
        return audit::fields::text(member(record, "cluster"), key);
    };
    const bool known = !cluster(before, "kube_system_uid").empty() && !cluster(after, "kube_system_uid").empty();
    const std::string_view key = known ? "kube_system_uid" : "context";
    diff.same_cluster = cluster(before, key) == cluster(after, key);
    diff.before = severity_counts(items(before, "findings"));
    diff.after = severity_counts(items(after, "findings"));
    compare_findings(before, after, diff);
    compare_reads(before, after, diff);
    return diff;
}

std::string diff_human(const RunsDiff& diff, const Style& style) {
    Page page(style, 11);
    page.paragraph(fmt::format("{} resolved, {} new, {} remaining, {} gone but not proven", diff.resolved.size(),
                               diff.added.size(), diff.remaining.size(), diff.unproven.size()),
                   "", "  ");
    const auto line = [](const std::string& run, Time at, const SeverityCounts& counts) {
        return fmt::format("run {} of {}: {}", run, time_words(at), counts_words(counts));
    };
    page.labelled(2, "before:", line(diff.before_run, diff.before_at, diff.before));
    page.labelled(2, "after:", line(diff.after_run, diff.after_at, diff.after));
    if (!diff.same_cluster) page.labelled(2, "warning:", "the runs read different clusters");
    print(page, "New", diff.added);
    print(page, "Remaining", diff.remaining);
    print(page, "Resolved", diff.resolved);
    print(page, "Gone, but not proven", diff.unproven);
    if (diff.reads.empty()) return page.take();
    page.blank();
    page.unbroken(0, "Read in one run only:");
    for (const auto& read : diff.reads)
        page.paragraph(fmt::format("{}{}: before {}, after {}", read.what, read.ns.empty() ? "" : " in " + read.ns,
                                   state_words(read.before), state_words(read.after)),
                       "  ", "      ");
    return page.take();
}

std::string diff_json(const RunsDiff& diff) {
    Json reads = Json::array();
    for (const auto& read : diff.reads)
        reads.push_back({{"what", text(read.what)},
                         {"namespace", text_or_null(read.ns)},
                         {"before", text_or_null(read.before)},
                         {"after", text_or_null(read.after)}});
    const auto side = [](const std::string& run, Time at, const SeverityCounts& counts) {
        return Json{{"run", text(run)}, {"started_at", base::to_rfc3339(at)}, {"findings", counts_json(counts)}};
    };
    const Json document = {{"schema", "salve.runs.diff/v1"},
                           {"before", side(diff.before_run, diff.before_at, diff.before)},
                           {"after", side(diff.after_run, diff.after_at, diff.after)},
                           {"same_cluster", diff.same_cluster},
                           {"resolved", findings_json(diff.resolved)},
                           {"unproven", findings_json(diff.unproven)},
                           {"new", findings_json(diff.added)},
                           {"remaining", findings_json(diff.remaining)},
                           {"reads", reads}};
    return document.dump(2) + "\n";
}

}  // namespace salve::report
