#include "plan/draft.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/error.hpp"
#include "base/text.hpp"

namespace salve::plan {
namespace {

kube::Resource resource_of_kind(const std::string& kind) {
    if (const auto* known = kube::info_of_kind(kind)) return known->resource;
    throw base::Error(base::ErrorKind::internal, "plan: a kind that is not read");
}

}  // namespace

const json* live_root(const Situation& situation) { return situation.objects.find(situation.finding.root.object); }

std::optional<ContainerAt> container_of(const Situation& situation, const json& live) {
    const std::string list = "/spec/template/spec/containers";
    const auto* containers = value_at(live, list);
    if (!containers || !containers->is_array()) return std::nullopt;
    auto wanted = value_of(situation, "container").value_or(situation.finding.root.container);
    if (wanted.empty() && containers->size() == 1) wanted = text_at(*containers, "/0/name");
    for (std::size_t i = 0; i < containers->size(); ++i)
        if (!wanted.empty() && text_at((*containers)[i], "/name") == wanted)
            return ContainerAt{fmt::format("{}/{}", list, i), &(*containers)[i], wanted};
    return std::nullopt;
}

std::optional<std::string> value_of(const Situation& situation, const std::string& key) {
    const auto at = situation.ask.values.find(key);
    return at == situation.ask.values.end() ? std::nullopt : std::optional(at->second);
}

std::optional<std::int64_t> number_of(const Situation& situation, const std::string& key, std::int64_t least,
                                      std::int64_t greatest) {
    const auto text = value_of(situation, key);
    if (!text) return std::nullopt;
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error != std::errc() || end != text->data() + text->size() || number < least || number > greatest)
        throw base::Error(base::ErrorKind::usage, fmt::format("--set {}={} is not valid", key, base::quoted(*text)),
                          fmt::format("a whole number from {} to {}", least, greatest));
    return number;
}

Draft patch_draft(const Situation& situation, Patch& patch) {
    return patch_draft(situation, patch, situation.finding.root);
}

Draft patch_draft(const Situation& situation, Patch& patch, const diagnose::Subject& target) {
    patch.mark(situation.run, 1);
    Draft draft;
    draft.target = target;
    draft.request.verb = kube::WriteVerb::patch;
    draft.request.resource = resource_of_kind(target.object.kind);
    draft.request.ns = target.object.ns;
    draft.request.name = target.object.name;
    draft.request.patch = patch.body();
    draft.changes = patch.changes();
    draft.preconditions = patch.preconditions();
    draft.writes_spec = true;
    Request back = draft.request;
    back.patch = patch.inverse_body();
    draft.inverse = {"puts the old values back, if nobody has changed them since", std::move(back)};
    return draft;
}

Draft container_draft(const Situation& situation, Patch& patch, const ContainerAt& container) {
    return patch_draft(situation, patch, {situation.finding.root.object, container.name});
}

void set_given_by_hand(Draft& draft, const Situation& situation, std::string_view given, std::string_view unproven) {
    draft.why = fmt::format("{} {}", given, sentence(situation.finding.summary));
    draft.risk = Risk::high;
    draft.risk_reasons = {std::string(unproven)};
    draft.verify = rollout_checks();
}

bool replaces_ready(const kube::World& world, const kube::ObjectRef& workload) {
    const auto known = world.workload(workload.kind, workload.ns, workload.name);
    return !known || known->ready > 0;
}

std::string sentence(std::string_view text) {
    std::string words(base::trim(text));
    if (!words.empty() && words.back() != '.') words += '.';
    return words;
}

std::vector<Check> rollout_checks() {
    return {{"rollout_complete", 60'000, 1}, {"restarts_flat", 120'000, 6}, {"finding_gone", 120'000, 6}};
}

}  // namespace salve::plan
