// Pieces that the actions share: most of them are one patch of a workload or of one of its containers.
#pragma once
#include <optional>
#include <string>

#include "plan/action.hpp"
#include "plan/patch.hpp"

namespace salve::plan {

// The root of the finding as it is now, or null.
const json* live_root(const Situation& situation);

// A container in the pod template of a live workload.
struct ContainerAt {
    std::string path;  // "/spec/template/spec/containers/0"
    const json* spec = nullptr;
    std::string name;
};
// The container that --set container=NAME names, else the one that the finding is about, else the only one. Nothing
// where it is not there or there are several.
std::optional<ContainerAt> container_of(const Situation& situation, const json& live);

// The operator's --set KEY, or nothing.
std::optional<std::string> value_of(const Situation& situation, const std::string& key);
// The same as a whole number of that range; Error(usage) that names the key.
std::optional<std::int64_t> number_of(const Situation& situation, const std::string& key, std::int64_t least,
                                      std::int64_t greatest);

// A draft that patches the root of the finding (or `target`), with its inverse and the mark of the run. The kind must
// be patchable.
Draft patch_draft(const Situation& situation, Patch& patch);
Draft patch_draft(const Situation& situation, Patch& patch, const diagnose::Subject& target);

// The same for a container of the root.
Draft container_draft(const Situation& situation, Patch& patch, const ContainerAt& container);

// What the operator gave and nothing vouches for: `given` is a sentence that says so, `unproven` what is not known.
void set_given_by_hand(Draft& draft, const Situation& situation, std::string_view given, std::string_view unproven);

// Whether pods that serve end by a change of that workload's pod template. What could not be read may serve.
bool replaces_ready(const kube::World& world, const kube::ObjectRef& workload);

// The text as one sentence: with a full stop at its end.
std::string sentence(std::string_view text);

// The checks that every change of a pod template ends with (V1), with a soak that is longer than two crash cycles.
std::vector<Check> rollout_checks();

}  // namespace salve::plan
