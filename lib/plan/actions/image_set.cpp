// Another image for one container. The reference comes from the operator and is never guessed (TAXONOMY 2.4).
#include <fmt/format.h>
#include <re2/re2.h>

#include "base/error.hpp"
#include "base/text.hpp"
#include "plan/draft.hpp"

namespace salve::plan::actions {
namespace {

constexpr std::string_view kinds[] = {"Deployment", "StatefulSet", "DaemonSet"};
constexpr std::string_view values[] = {"image", "container"};

// github.com/distribution/reference: [domain/]path[:tag][@digest], at most 255 bytes of name.
bool is_image_reference(const std::string& image) {
    static const re2::RE2 reference(
        R"((?:(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*(?::[0-9]+)?/)?)"
        R"([a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*)"
        R"((?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?)");
    return image.size() <= 512 && re2::RE2::FullMatch(image, reference);
}

Proposal propose(const Situation& situation) {
    const auto* live = live_root(situation);
    if (!live) return Declined{"the workload could not be read"};
    const auto image = value_of(situation, "image");
    if (!image) return Declined{"it needs --set image=REFERENCE"};
    if (!is_image_reference(*image))
        throw base::Error(base::ErrorKind::usage,
                          fmt::format("--set image={} is no image reference", base::quoted(*image)),
                          "as in registry.example.com/shop/web:1.4.2 or ...@sha256:DIGEST");
    const auto container = container_of(situation, *live);
    if (!container) return Declined{"which container is meant is not clear: --set container=NAME"};
    const auto now = text_at(*container->spec, "/image");
    if (now == *image) return Declined{fmt::format("container {} has that image already", container->name)};
    Patch patch(*live);
    patch.hold_name(container->path).put(container->path + "/image", *image);
    auto draft = container_draft(situation, patch, *container);
    draft.description = fmt::format("Set the image of container {} of {} {} to {}.", container->name,
                                    draft.target.object.kind, draft.target.object.name, *image);
    set_given_by_hand(draft, situation, "The image was named by you.",
                      "the image was given by hand; nothing here says that it exists or what it does");
    draft.inverse.description = fmt::format("sets the image back to {}", now);
    return draft;
}

}  // namespace

extern const Action image_set;
constinit const Action image_set = {
    .id = "image.set",
    .summary = "Sets the image of one container to a reference that you name.",
    .risk = Risk::high,
    .reverses = "sets the old image",
    .kinds = kinds,
    .values = values,
    .asks_value = true,
    .propose = propose,
};

}  // namespace salve::plan::actions
