#include "report/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/text.hpp"
#include "base/utf8.hpp"
#include "kube/names.hpp"

namespace salve::report {
namespace {

constexpr std::array severities_down{Severity::critical, Severity::high, Severity::medium, Severity::low,
                                     Severity::info};

std::string plural(std::size_t n, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", n, n == 1 ? one : many);
}

bool one_namespace(const kube::Scope& scope) { return !scope.all && scope.namespaces.size() == 1; }

std::string reads_words(const Triage& triage) {
    const auto ok = std::count_if(triage.reads.begin(), triage.reads.end(), answered);
    return fmt::format("{} of {} reads ok", ok, triage.reads.size());
}

// Kinds of which something could not be seen.
std::size_t unseen_kinds(const Triage& triage) {
    std::set<kube::Resource> kinds;
    for (const auto& read : triage.reads)
        if (!answered(read)) kinds.insert(read.what);
    return kinds.size();
}

std::string nothing_to_report(const Triage& triage) {
    if (triage.findings.empty()) return "nothing wrong";
    if (!listed(triage).empty()) return "nothing that is not snoozed";
    return fmt::format("nothing at or above {}", base::word(diagnose::severity_names, triage.min_severity));
}

std::string nothing_wrong(const Triage& triage) {
    const auto what = nothing_to_report(triage);
    if (triage.reads.empty()) return fmt::format("nothing was read in {}", place(triage.scope));
    if (!complete(triage))
        return fmt::format("{} in what could be read of {}; {} not fully seen; {}", what, place(triage.scope),
                           plural(unseen_kinds(triage), "kind", "kinds"), reads_words(triage));
    std::size_t pods = 0, others = 0;
    for (const auto& read : triage.reads) {
        if (read.what == kube::Resource::logs) continue;
        (read.what == kube::Resource::pods ? pods : others) += read.objects;
    }
    return fmt::format("{} in {}: {} and {} read; {}", what, place(triage.scope), plural(pods, "pod", "pods"),
                       plural(others, "other object", "other objects"), reads_words(triage));
}

std::string object_words(const kube::Scope& scope, const kube::ObjectRef& object) {
    const bool shown_ns = !object.ns.empty() && !(one_namespace(scope) && scope.namespaces.front() == object.ns);
    return shown_ns ? name_words(object.ns) + "/" + name_words(object.name) : name_words(object.name);
}

std::string gap_what(kube::Resource resource, const std::set<std::string>& places) {
    const auto& info = kube::info(resource);
    auto what = std::string(info.plural);
    if (!info.group.empty()) what += "." + std::string(info.group);
    what += resource == kube::Resource::logs ? " (get)" : " (list)";
    if (places.count("") == 0)
        what += places.size() > 3 ? fmt::format(" in {} namespaces", places.size()) : " in " + base::join(places, ", ");
    return what;
}

void add_once(std::vector<std::string>& list, std::string text) {
    if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(std::move(text));
}

// As much of the line as fits.
std::string cut(std::string_view line, std::size_t columns) {
    std::size_t end = 0, used = 0;
    while (end < line.size()) {
        const auto bytes = base::code_point_at(line, end).bytes;
        used += base::display_width(line.substr(end, bytes));
        if (used > columns) break;
        end += bytes;
    }
    return std::string(line.substr(0, end));
}

}  // namespace

std::string one_line(std::string_view hostile) {
    std::string line(hostile);
    std::replace_if(
        line.begin(), line.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
    return base::visible(line);
}

std::string name_words(std::string_view name) {
    return kube::is_object_name(name) ? std::string(name) : base::quoted(name);
}

std::string place(const kube::Scope& scope) {
    std::string in = "all namespaces";
    if (!scope.all) {
        std::vector<std::string> names;
        for (const auto& ns : scope.namespaces) names.push_back(name_words(ns));
        in = names.size() > 3 ? fmt::format("{} namespaces", names.size()) : base::join(names, ", ");
    }
    if (scope.targets.empty()) return in.empty() ? "the cluster" : in;
    std::vector<std::string> targets;
    for (const auto& target : scope.targets) targets.push_back(one_line(target));
    const auto what = targets.size() > 3 ? fmt::format("{} targets", targets.size()) : base::join(targets, ", ");
    return in.empty() ? what : what + " in " + in;
}

std::string verdict(const Triage& triage) {
    const auto all = count(triage).total();
    if (all == 0) return nothing_wrong(triage);
    Counts counts = count_roots(triage);
    if (counts.total() == 0) counts = count(triage);  // causes that go in a circle have no root
    std::vector<std::string> parts;
    for (const auto severity : severities_down)
        if (counts.of(severity) != 0)
            parts.push_back(fmt::format("{} {}", counts.of(severity), base::word(diagnose::severity_names, severity)));
    const auto follow = all - counts.total();
    return fmt::format("{} in {}: {}{}; {}", plural(counts.total(), "problem", "problems"), place(triage.scope),
                       base::join(parts, ", "),
                       follow == 0 ? "" : fmt::format(", with {}", plural(follow, "consequence", "consequences")),
                       reads_words(triage));
}

std::string subject_words(const kube::Scope& scope, const diagnose::Subject& subject) {
    auto words = one_line(subject.object.kind) + " " + object_words(scope, subject.object);
    if (!subject.container.empty()) words += ", container " + name_words(subject.container);
    return words;
}

std::string count_of(std::size_t n, std::string_view kind) {
    if (const auto* known = kube::info_of_kind(kind)) return plural(n, base::lower_ascii(kind), known->plural);
    return plural(n, one_line(kind), one_line(kind) + " objects");
}

std::string affected_words(const kube::Scope& scope, const Finding& finding, std::size_t names) {
    std::map<std::string, std::set<std::string>> by_kind;
    for (const auto& subject : finding.affected)
        if (!subject.object.same_name(finding.root.object))
            by_kind[subject.object.kind].insert(object_words(scope, subject.object));
    std::vector<std::string> parts;
    for (const auto& [kind, objects] : by_kind) {
        std::vector<std::string> shown(
            objects.begin(), std::next(objects.begin(), static_cast<std::ptrdiff_t>(std::min(names, objects.size()))));
        if (objects.size() > shown.size()) shown.push_back(fmt::format("and {} more", objects.size() - shown.size()));
        parts.push_back(count_of(objects.size(), kind) + ": " + base::join(shown, ", "));
    }
    return base::join(parts, "; ");
}

std::string since_words(const Triage& triage, const Finding& finding) {
    std::vector<std::string> parts;
    if (finding.first_seen) {
        parts.push_back(base::to_words(triage.started_at - *finding.first_seen));
        parts.push_back("since " + time_words(*finding.first_seen));
    }
    if (finding.last_seen)
        parts.push_back(fmt::format("last seen {} ago", base::to_words(triage.started_at - *finding.last_seen)));
    return base::join(parts, ", ");
}

std::string time_words(Time time) { return base::to_rfc3339(time).substr(0, 19) + "Z"; }

std::vector<std::string> first_look(const kube::Scope& scope, const std::vector<Finding>& findings,
                                    diagnose::Severity min_severity, int width) {
    constexpr std::size_t most = 4;
    std::vector<const Finding*> worst;
    for (const auto& finding : findings)
        if (finding.severity >= min_severity) worst.push_back(&finding);
    if (worst.empty()) return {};
    std::stable_sort(worst.begin(), worst.end(),
                     [](const Finding* a, const Finding* b) { return a->severity > b->severity; });
    std::vector<std::string> lines{
        fmt::format("so far {}, before the logs:", plural(worst.size(), "finding", "findings"))};
    for (std::size_t i = 0; i < std::min(most, worst.size()); ++i)
        lines.push_back(fmt::format("  {:<8} {}: {}", base::word(diagnose::severity_names, worst[i]->severity),
                                    subject_words(scope, worst[i]->root), one_line(worst[i]->summary)));
    for (auto& line : lines) line = cut(line, static_cast<std::size_t>(width));
    return lines;
}

std::string_view doubt_words(diagnose::Confidence confidence) {
    switch (confidence) {
        case diagnose::Confidence::confirmed:
            return "";
        case diagnose::Confidence::probable:
            return "probable: an event says so and the status agrees";
        case diagnose::Confidence::possible:
            return "possible: only a log line or a coincidence points to it";
    }
    return "";
}

std::vector<Gap> gaps(const Triage& triage) {
    struct Group {
        std::set<std::string> places;
        std::vector<std::string> details;
    };
    std::map<std::pair<kube::ReadState, kube::Resource>, Group> groups;
    for (const auto& read : triage.reads) {
        if (read.state == kube::ReadState::ok) continue;
        auto& group = groups[{read.state, read.what}];
        group.places.insert(read.ns.empty() ? "" : name_words(read.ns));
        const auto between = read.object.empty() || read.detail.empty() ? "" : ": ";
        if (auto detail = one_line(read.object + between + read.detail); !detail.empty())
            add_once(group.details, std::move(detail));
    }
    std::vector<Gap> list;
    for (auto& [key, group] : groups)
        list.push_back({key.first, gap_what(key.second, group.places), std::move(group.details)});
    return list;
}

std::string_view gap_words(kube::ReadState state) {
    switch (state) {
        case kube::ReadState::ok:
            return "read";
        case kube::ReadState::forbidden:
            return "forbidden";
        case kube::ReadState::timeout:
            return "timed out";
        case kube::ReadState::truncated:
            return "cut short";
        case kube::ReadState::absent:
            return "not served by this cluster";
        case kube::ReadState::error:
            return "failed";
    }
    return "failed";
}

std::vector<MissingEvidence> missing_evidence(const Triage& triage) {
    std::vector<MissingEvidence> list;
    std::set<std::string> seen;
    for (const Finding* finding : listed(triage))
        for (const auto& missing : finding->missing_evidence)
            if (auto text = one_line(missing); seen.insert(text).second) list.push_back({finding, std::move(text)});
    return list;
}

std::vector<std::string> left_out(const Triage& triage) {
    std::vector<std::string> lines;
    const Findings findings = listed(triage);
    for (const Finding* finding : findings)
        if (const auto until = snoozed_until(triage, *finding))
            lines.push_back(fmt::format("snoozed until {}: {} ({})", time_words(*until),
                                        subject_words(triage.scope, finding->root), one_line(finding->mode->id)));
    const auto below = triage.findings.size() - findings.size();
    if (below != 0)
        lines.push_back(
            fmt::format("{} below {} left out; --min-severity info shows {}", plural(below, "finding", "findings"),
                        base::word(diagnose::severity_names, triage.min_severity), below == 1 ? "it" : "them"));
    return lines;
}

std::string source_words(const Triage& triage) {
    std::string words = triage.cluster.context.empty() ? "cluster without a context name"
                                                       : "cluster " + one_line(triage.cluster.context);
    if (!triage.cluster.server_version.empty()) words += ", Kubernetes " + one_line(triage.cluster.server_version);
    return words + ", read at " + time_words(triage.started_at);
}

}  // namespace salve::report
