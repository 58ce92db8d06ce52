// Checks of what we may read and change, and of what the configuration lets us change.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "kube/names.hpp"
#include "report/doctor.hpp"
#include "report/doctor_mend.hpp"

namespace salve::report::doctor {
namespace {

using base::ErrorKind;
using kube::Allowed;

// Rights by their answer.
struct Sorted {
    std::vector<kube::Right> refused, optional, unknown;
    std::string why;  // the first reason of an unknown one
    std::size_t granted = 0, waiting = 0;
};

Sorted sorted(const std::vector<AskedRight>& rights) {
    Sorted result;
    for (const auto& one : rights) {
        if (!one.asked) {
            ++result.waiting;
            continue;
        }
        const bool optional = kube::info(one.right.resource).optional;
        switch (one.answer.allowed) {
            case Allowed::yes:
                ++result.granted;
                break;
            case Allowed::no:
                (optional ? result.optional : result.refused).push_back(one.right);
                break;
            case Allowed::not_served:
                break;
            case Allowed::unknown:
                result.unknown.push_back(one.right);
                if (result.why.empty()) result.why = one.answer.reason;
        }
    }
    return result;
}

using Pairs = std::vector<std::pair<std::string, std::vector<std::string>>>;

// Adds a value to the entry of that key, in the order of their coming.
void gather(Pairs& pairs, const std::string& key, const std::string& value) {
    const auto found = std::find_if(pairs.begin(), pairs.end(), [&](const auto& pair) { return pair.first == key; });
    if (found == pairs.end())
        pairs.push_back({key, {value}});
    else
        found->second.push_back(value);
}

// "get and patch deployments.apps, cronjobs.batch; create pods/eviction": kinds with the same verbs together.
std::string listed(const std::vector<kube::Right>& rights) {
    Pairs verbs_of, kinds_of;
    for (const auto& right : rights)
        gather(verbs_of, what_of(right), std::string(base::word(kube::access_names, right.access)));
    for (const auto& [what, verbs] : verbs_of) gather(kinds_of, base::join(verbs, " and "), what);
    std::vector<std::string> groups;
    for (const auto& [verbs, kinds] : kinds_of) groups.push_back(verbs + " " + base::join(kinds, ", "));
    return base::join(groups, "; ");
}

// "19 of 21 rights; may not: list pods, events".
std::string words(const Sorted& rights, std::size_t all) {
    auto text = fmt::format("{} of {} rights", rights.granted, all);
    if (!rights.refused.empty()) text += "; may not: " + listed(rights.refused);
    if (!rights.optional.empty()) text += "; may not, and need not: " + listed(rights.optional);
    if (!rights.unknown.empty()) text += fmt::format("; not known: {} ({})", listed(rights.unknown), rights.why);
    if (rights.waiting > 0) text += fmt::format("; {} not asked, for time was up", rights.waiting);
    return text;
}

bool doubtful(const Sorted& rights) { return !rights.unknown.empty() || rights.waiting > 0; }

// An unanswered question is asked again by hand; it may have been a slow server.
std::string ask_again(const Facts& facts, const std::string& ns) {
    std::vector<std::string> question{"auth", "can-i", "--list"};
    if (!ns.empty()) question.insert(question.end(), {"-n", ns});
    return kubectl_command(facts, std::move(question));
}

// Who lacks a right can hardly give it to himself.
void to_be_granted(const Facts& facts, Check& check, std::string_view role, const std::string& ns) {
    check.detail += "; an administrator of the cluster can grant it";
    check.mend = grant(facts, role, ns);
}

Check reading(const Facts& facts, const std::string& ns, const std::vector<AskedRight>& rights) {
    const auto found = sorted(rights);
    Check check{ns.empty() ? "read cluster-wide" : "read " + ns, State::ok, words(found, rights.size()), "", {}};
    // Without anything of the namespace nothing can be said about it; what is cluster-wide is a help only.
    if (!ns.empty() && found.granted == 0 && !found.refused.empty() && !doubtful(found)) {
        check.state = State::failure;
        check.kind = ErrorKind::cluster_unreadable;
    } else if (!found.refused.empty() || doubtful(found)) {
        check.state = State::warning;
    }
    if (check.state == State::ok) return check;
    if (found.refused.empty())
        check.mend = ask_again(facts, ns);
    else
        to_be_granted(facts, check, "reader", ns);
    return check;
}

bool allowed_in(const Remediation& remediation, const std::string& ns) {
    const auto& allowed = remediation.namespaces;
    return remediation.enabled && std::find(allowed.begin(), allowed.end(), ns) != allowed.end();
}

Check changing(const Facts& facts, const Namespace& ns) {
    const auto name = "change " + ns.name;
    if (kube::is_system_namespace(ns.name))
        return {name, State::skipped, "nothing is ever changed in a namespace of the system", "", {}};
    const auto found = sorted(ns.changing);
    const auto text = words(found, ns.changing.size());
    // What may be done is told even where nothing is going to be done (S3.49).
    if (!allowed_in(facts.remediation, ns.name))
        return {name, State::ok, text + "; none is needed, for the configuration allows no change here", "", {}};
    Check check{name, State::ok, text, "", {}};
    if (found.refused.empty() && !doubtful(found)) return check;
    check.state = State::warning;
    if (found.refused.empty()) {
        check.mend = ask_again(facts, ns.name);
        return check;
    }
    // The question names no object, and the server does not say that some could be changed.
    const auto patch = [](const kube::Right& right) { return right.access == kube::Access::patch; };
    if (std::any_of(found.refused.begin(), found.refused.end(), patch))
        check.detail += "; a Role that is limited to names counts as no";
    to_be_granted(facts, check, "remediator", ns.name);
    return check;
}

Check missing(const Facts& facts, const Namespace& ns) {
    return {"read " + ns.name, State::failure, fmt::format("namespace {} does not exist", ns.name),
            kubectl_command(facts, {"get", "namespaces"}), ErrorKind::cluster_unreadable};
}

}  // namespace

std::vector<Check> rights(const Facts& facts) {
    if (facts.namespaces.empty() && facts.cluster_reading.empty())
        return {{"rights", State::skipped, "there is nobody to ask", "", {}}};
    std::vector<Check> all;
    for (const auto& ns : facts.namespaces) {
        if (ns.found == kube::Failure::not_found) {
            all.push_back(missing(facts, ns));
            continue;
        }
        all.push_back(reading(facts, ns.name, ns.reading));
        all.push_back(changing(facts, ns));
    }
    all.push_back(reading(facts, "", facts.cluster_reading));
    return all;
}

Check remediation(const Facts& facts) {
    const auto& found = facts.remediation;
    const auto names = base::join(found.namespaces, ", ");
    if (!found.enabled)
        return {"remediation",
                State::ok,
                "off: nothing can be changed" + (names.empty() ? "" : " (named: " + names + ")"),
                "",
                {}};
    const auto mend = edit(facts.configuration.file);
    if (found.namespaces.empty())
        return {"remediation",
                State::warning,
                "enabled, but remediation.allowed_namespaces names none: nothing can be changed",
                mend,
                {}};
    for (const auto& ns : found.namespaces)
        if (kube::is_system_namespace(ns))
            return {"remediation",
                    State::warning,
                    fmt::format("allowed in {}; nothing is ever changed in {}", names, ns),
                    mend,
                    {}};
    return {"remediation", State::ok, "enabled in " + names, "", {}};
}

}  // namespace salve::report::doctor
