#include "plan/request_json.hpp"

#include <array>

namespace salve::plan {
namespace {

using Json = nlohmann::ordered_json;

Json or_null(const std::string& value) { return value.empty() ? Json(nullptr) : Json(value); }

std::string text_or_empty(const base::JsonView& view, std::string_view key) {
    const auto found = view.find(key);
    return found ? found->text() : "";
}

kube::Resource resource_of(const base::JsonView& view) {
    if (const auto* known = kube::info_of_plural(view.text())) return known->resource;
    view.fail("no kind that salve knows");
}

// Operations of a patch: op and path, and value where the op has one.
void check_patch(const base::JsonView& patch) {
    static constexpr std::array<std::string_view, 3> known{"op", "path", "value"};
    for (const auto& operation : patch.items()) {
        operation.only(known);
        const auto op = operation.at("op").text();
        if (op != "test" && op != "add" && op != "replace" && op != "remove")
            operation.at("op").fail("not an operation");
        operation.at("path").text();
        if ((op == "remove") == operation.value().contains("value"))
            operation.fail("a value is missing, or is too much");
    }
}

}  // namespace

Json request_json(const Request& request) {
    const bool patch = request.verb == kube::WriteVerb::patch;
    Json body = nullptr;
    if (patch) {
        body = Json(request.patch);
    } else if (const auto input = command_of(request, {}).input(); !input.empty()) {
        body = Json::parse(input);
    }
    return {{"verb", base::word(kube::write_verb_names, request.verb)},
            {"patch_type", patch ? Json("json") : Json(nullptr)},
            {"resource", kube::info(request.resource).plural},
            {"namespace", or_null(request.ns)},
            {"name", or_null(request.name)},
            {"from", or_null(request.from)},
            {"uid", or_null(request.uid)},
            {"body", body}};
}

Request parse_request(const base::JsonView& view) {
    static constexpr std::array<std::string_view, 8> known{"verb", "patch_type", "resource", "namespace",
                                                           "name", "from",       "uid",      "body"};
    view.only(known);
    Request request;
    const auto verb = base::parse(kube::write_verb_names, view.at("verb").text());
    if (!verb) view.at("verb").fail("no verb that salve has");
    request.verb = *verb;
    request.resource = resource_of(view.at("resource"));
    request.ns = view.at("namespace").text();
    request.name = view.at("name").text();
    request.from = text_or_empty(view, "from");
    request.uid = text_or_empty(view, "uid");
    if (request.verb == kube::WriteVerb::patch) {
        check_patch(view.at("body"));
        request.patch = view.at("body").value();
    }
    const bool pod = kube::removes(request.verb);
    const bool job = request.verb == kube::WriteVerb::create_job;
    const bool kind = pod   ? request.resource == kube::Resource::pods
                      : job ? request.resource == kube::Resource::jobs
                            : kube::may_patch(request.resource);
    if (!kind || pod == request.uid.empty() || job == request.from.empty())
        view.fail("has what its verb does not take, or lacks what it takes");
    try {
        command_of(request, {});
    } catch (const base::Error& error) {
        view.fail(error.what());
    }
    // What a body says beside the request must be what the request gives: there is one truth.
    if (view.value() != json(request_json(request))) view.fail("its parts do not agree");
    return request;
}

}  // namespace salve::plan
