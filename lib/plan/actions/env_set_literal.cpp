// Another value for a variable that stands in the template as a literal (TAXONOMY 2.4). Only names whose values may be
// shown: what could be a secret is neither read nor written.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/redact.hpp"
#include "base/text.hpp"
#include "plan/draft.hpp"

namespace salve::plan::actions {
namespace {

constexpr std::string_view kinds[] = {"Deployment", "StatefulSet", "DaemonSet"};
constexpr std::string_view values[] = {"name", "value", "container"};
constexpr std::size_t longest = 1024;

void check(const std::string& value) {
    const bool plain = std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~'; });
    // "$(OTHER)" would be replaced by the value of another variable, which may be secret.
    if (value.size() <= longest && plain && value.find("$(") == std::string::npos) return;
    throw base::Error(base::ErrorKind::usage,
                      fmt::format("--set value={} is not valid", base::quoted(value.substr(0, 80))),
                      fmt::format("at most {} printable ASCII characters, without $(", longest));
}

// Where the variable stands in the container's list, if it is there once and as a literal.
std::variant<std::string, Declined> path_of(const ContainerAt& container, const std::string& name) {
    const auto* list = value_at(*container.spec, "/env");
    std::optional<std::size_t> found;
    for (std::size_t i = 0; list && list->is_array() && i < list->size(); ++i) {
        if (text_at((*list)[i], "/name") != name) continue;
        if (found) return Declined{fmt::format("variable {} stands there twice", name)};
        found = i;
    }
    if (!found) return Declined{fmt::format("container {} has no variable {} of its own", container.name, name)};
    if ((*list)[*found].contains("valueFrom"))
        return Declined{fmt::format("variable {} comes from another object: change it there", name)};
    return fmt::format("{}/env/{}", container.path, *found);
}

Proposal propose(const Situation& situation) {
    const auto* live = live_root(situation);
    if (!live) return Declined{"the workload could not be read"};
    const auto name = value_of(situation, "name"), value = value_of(situation, "value");
    if (!name || !value) return Declined{"it needs --set name=NAME and --set value=VALUE"};
    check(*value);
    if (!base::is_open_env(*name))
        return Declined{fmt::format("the value of {} may be secret: salve neither reads nor writes it", *name)};
    if (base::Redactor("probe").text(*value) != *value)
        return Declined{"the value seems to hold a secret: it belongs into a Secret, not into a template"};
    const auto container = container_of(situation, *live);
    if (!container) return Declined{"which container is meant is not clear: --set container=NAME"};
    const auto path = path_of(*container, *name);
    if (const auto* no = std::get_if<Declined>(&path)) return *no;
    const auto& at = std::get<std::string>(path);
    const auto old = text_at(*live, at + "/value");
    if (old == *value) return Declined{fmt::format("{} has that value already", *name)};
    Patch patch(*live);
    patch.hold_name(container->path).hold_name(at).put(at + "/value", *value);
    auto draft = container_draft(situation, patch, *container);
    draft.description =
        fmt::format("Set variable {} of container {} of {} {} from {} to {}.", *name, container->name,
                    draft.target.object.kind, draft.target.object.name, base::quoted(old), base::quoted(*value));
    set_given_by_hand(draft, situation, "The value was given by you.",
                      "the value was given by hand; nothing here says what the program does with it");
    draft.inverse.description = "puts the old value back";
    return draft;
}

}  // namespace

extern const Action env_set_literal;
constinit const Action env_set_literal = {
    .id = "env.set-literal",
    .summary = "Sets a variable that stands in the template as a literal to a value that you give.",
    .risk = Risk::high,
    .reverses = "puts the old value back",
    .kinds = kinds,
    .values = values,
    .asks_value = true,
    .off = true,
    .propose = propose,
};

}  // namespace salve::plan::actions
