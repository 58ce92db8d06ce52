// A lower request for a container that asks for more than any node can give (TAXONOMY 2.4). Limits stay: what the
// program may use does not change, only what is kept free for it.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/quantity.hpp"
#include "base/text.hpp"
#include "plan/draft.hpp"
#include "plan/headroom.hpp"
#include "plan/lower_request.hpp"
#include "plan/places.hpp"

namespace salve::plan::actions {
namespace {

constexpr std::string_view kinds[] = {"Deployment"};
constexpr std::string_view values[] = {"cpu", "memory", "container"};

// One of the two resources: what is requested now, and what is wanted instead.
struct Lowered {
    std::string resource, old, wanted, limit;
};

// What the pod gets that names a limit only (API default of requests).
std::string present_request(const json& live, const std::string& resources, const std::string& resource) {
    const auto request = text_at(live, resources + "/requests/" + resource);
    return request.empty() ? text_at(live, resources + "/limits/" + resource) : request;
}

base::Quantity quantity(const std::string& resource, const std::string& text) {
    const auto amount = base::parse_quantity(text);
    // The API server takes whole thousandths of a core and whole bytes.
    const base::Int128 grain = resource == "cpu" ? 1'000'000 : 1'000'000'000;
    if (amount && amount->nano > 0 && amount->nano % grain == 0) return *amount;
    throw base::Error(base::ErrorKind::usage,
                      fmt::format("--set {}={} is no amount of {}", resource, base::quoted(text), resource),
                      resource == "cpu" ? "as in 500m or 2" : "as in 512Mi or 2Gi");
}

std::optional<std::string> refused(const Situation& situation, const Lowered& one) {
    const auto wanted = quantity(one.resource, one.wanted);
    const auto old = base::parse_quantity(one.old);
    if (!old) return fmt::format("it requests no {}", one.resource);
    if (wanted >= *old) return fmt::format("{} is not less than the present request {}", one.wanted, one.old);
    if (const auto limit = base::parse_quantity(one.limit); limit && wanted > *limit)
        return fmt::format("{} is more than the limit {}", one.wanted, one.limit);
    if (auto reason = beyond_nodes(situation.world, one.resource, one.wanted)) return reason;
    return against_limit_range(situation.world, situation.finding.root.object.ns, one.resource, wanted, one.limit);
}

// What the operator gave, else what the facts prove for the resource that is short.
std::variant<std::vector<Lowered>, Declined> wanted_amounts(const Situation& situation, const json& live,
                                                            const ContainerAt& container,
                                                            const kube::Workload& workload) {
    const auto resources = container.path + "/resources";
    std::vector<Lowered> list;
    for (const std::string resource : {"cpu", "memory"})
        if (const auto value = value_of(situation, resource))
            list.push_back({resource, present_request(live, resources, resource), *value,
                            text_at(live, fmt::format("{}/limits/{}", resources, resource))});
    if (!list.empty()) return list;
    const std::string resource = situation.finding.mode->id.ends_with("memory") ? "memory" : "cpu";
    const auto old = present_request(live, resources, resource);
    const auto amount = base::parse_quantity(old);
    const auto fits =
        amount ? fitting_request(situation.world, workload, container.name, resource, *amount) : std::nullopt;
    if (!fits)
        return Declined{fmt::format("only you know how little {} it can do with: --set {}=AMOUNT", resource, resource)};
    return std::vector<Lowered>{{resource, old, *fits, text_at(live, resources + "/limits/" + resource)}};
}

Proposal propose(const Situation& situation) {
    const auto id = situation.finding.mode->id;
    if (id != "pod.pending.insufficient-cpu" && id != "pod.pending.insufficient-memory")
        return Declined{"it is only for pods that no node has enough CPU or memory for"};
    const auto& root = situation.finding.root.object;
    const auto* live = live_root(situation);
    const auto workload = situation.world.deployment(root.ns, root.name);
    if (!live || !workload) return Declined{"the Deployment could not be read"};
    const auto container = container_of(situation, *live);
    if (!container) return Declined{"which container is meant is not clear: --set container=NAME"};
    if (auto reason = sets_requests(situation.world, root)) return Declined{*reason};
    const auto wanted = wanted_amounts(situation, *live, *container, *workload);
    if (const auto* no = std::get_if<Declined>(&wanted)) return *no;
    Patch patch(*live);
    patch.hold_name(container->path);
    std::string words;
    bool guaranteed = false;
    for (const auto& one : std::get<std::vector<Lowered>>(wanted)) {
        if (auto reason = refused(situation, one)) return Declined{*reason};
        patch.make(container->path + "/resources/requests");
        patch.put(container->path + "/resources/requests/" + one.resource, one.wanted);
        words += fmt::format("{}{} from {} to {}", words.empty() ? "" : ", ", one.resource, one.old, one.wanted);
        guaranteed = guaranteed || base::parse_quantity(one.limit) == base::parse_quantity(one.old);
    }
    auto draft = container_draft(situation, patch, *container);
    draft.description = fmt::format("Lower the request of container {} of Deployment {}: {}; its limits stay.",
                                    container->name, root.name, words);
    draft.why = sentence(situation.finding.summary) + " Less kept free for it fits on a node.";
    draft.risk = Risk::medium;
    draft.risk_reasons = {"every pod of the Deployment is replaced", "less is kept free for it than it was given"};
    if (guaranteed)
        draft.risk_reasons.emplace_back("request and limit differ then: it is evicted before pods where they do not");
    draft.ends_pods = replaces_ready(situation.world, draft.target.object);
    draft.cures = true;
    draft.inverse.description = "sets the old request, with which no node takes it";
    draft.verify = rollout_checks();
    return draft;
}

}  // namespace

extern const Action resources_set;
constinit const Action resources_set = {
    .id = "resources.set",
    .summary = "Lowers the request of one container that no node can give; limits stay.",
    .risk = Risk::medium,
    .reverses = "sets the old request",
    .kinds = kinds,
    .values = values,
    .propose = propose,
};

}  // namespace salve::plan::actions
