#include "kube/raw_path.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/names.hpp"
#include "kube/names.hpp"

namespace salve::kube {
namespace {

constexpr base::Names<ServerPath, 5> server_paths{{
    {ServerPath::version, "/version"},
    {ServerPath::readyz, "/readyz"},
    {ServerPath::livez, "/livez"},
    {ServerPath::api, "/api"},
    {ServerPath::apis, "/apis"},
}};

constexpr base::Names<SelectableField, 11> field_names{{
    {SelectableField::metadata_name, "metadata.name"},
    {SelectableField::metadata_namespace, "metadata.namespace"},
    {SelectableField::status_phase, "status.phase"},
    {SelectableField::status_successful, "status.successful"},
    {SelectableField::spec_node_name, "spec.nodeName"},
    {SelectableField::event_type, "type"},
    {SelectableField::event_reason, "reason"},
    {SelectableField::involved_uid, "involvedObject.uid"},
    {SelectableField::involved_kind, "involvedObject.kind"},
    {SelectableField::involved_name, "involvedObject.name"},
    {SelectableField::involved_namespace, "involvedObject.namespace"},
}};

[[noreturn]] void misuse(const char* what) { throw base::Error(base::ErrorKind::internal, what); }

// "/api/v1" or "/apis/apps/v1".
std::string prefix(const ResourceInfo& kind, std::size_t version) {
    if (kind.resource == Resource::logs) misuse("raw path: logs are read with Command::logs");
    if (version >= version_count(kind.resource)) misuse("raw path: no such API version");
    std::string text = kind.group.empty() ? "/api" : "/apis/" + std::string(kind.group);
    return text + "/" + std::string(kind.versions[version]);
}

std::string collection(Resource resource, std::size_t version) {
    return prefix(info(resource), version) + "/" + std::string(info(resource).plural);
}

std::string collection_in(Resource resource, std::string_view ns, std::size_t version) {
    if (!info(resource).namespaced) misuse("raw path: this kind has no namespace");
    return prefix(info(resource), version) + "/namespaces/" + checked_namespace(ns) + "/" +
           std::string(info(resource).plural);
}

}  // namespace

std::size_t version_count(Resource resource) {
    const auto& versions = info(resource).versions;
    return static_cast<std::size_t>(
        std::count_if(versions.begin(), versions.end(), [](auto version) { return !version.empty(); }));
}

RawPath RawPath::server(ServerPath path) { return RawPath(std::string(base::word(server_paths, path))); }

RawPath RawPath::list(Resource resource, std::size_t version) { return RawPath(collection(resource, version)); }

RawPath RawPath::list_in(Resource resource, std::string_view ns, std::size_t version) {
    return RawPath(collection_in(resource, ns, version));
}

RawPath RawPath::object(Resource resource, std::string_view name, std::size_t version) {
    if (info(resource).namespaced) misuse("raw path: this kind needs a namespace");
    return RawPath(collection(resource, version) + "/" + checked_object_name(name));
}

RawPath RawPath::object_in(Resource resource, std::string_view ns, std::string_view name, std::size_t version) {
    return RawPath(collection_in(resource, ns, version) + "/" + checked_object_name(name));
}

RawPath& RawPath::pair(std::string_view key, std::string_view value) {
    for (const char before : {'?', '&'})
        if (text_.find(before + std::string(key) + "=") != std::string::npos) misuse("raw path: query key used twice");
    text_ += text_.find('?') == std::string::npos ? '?' : '&';
    text_ += std::string(key) + "=" + percent_encoded(value);
    return *this;
}

RawPath& RawPath::limit(std::uint32_t count) {
    if (count == 0 || count > 100'000) misuse("raw path: limit out of range");
    return pair("limit", std::to_string(count));
}

RawPath& RawPath::continue_token(std::string_view token) {
    if (token.empty() || token.size() > 16'384)
        throw base::Error(base::ErrorKind::usage,
                          "the server sent a continue token of " + std::to_string(token.size()) + " bytes");
    return pair("continue", token);
}

RawPath& RawPath::fields(const std::vector<FieldTerm>& terms) {
    if (terms.empty()) misuse("raw path: empty field selector");
    std::string selector;
    for (const FieldTerm& term : terms) {
        if (!selector.empty()) selector += ',';
        selector += std::string(base::word(field_names, term.field)) + (term.equal ? "=" : "!=");
        selector += checked_selector_value(term.value);
    }
    return pair("fieldSelector", selector);
}

RawPath& RawPath::labels(const LabelSelector& selector) {
    if (!selector.match_labels.empty() || selector.match_expressions.empty())
        misuse("raw path: no such label selector");
    std::string text;
    for (const auto& [key, op, values] : selector.match_expressions) {
        if (!text.empty()) text += ',';
        if (op == "DoesNotExist" && values.empty()) {
            text += '!' + checked_label_key(key);
            continue;
        }
        if (op != "In" || values.empty()) misuse("raw path: no such label selector");
        text += checked_label_key(key) + " in (";
        for (const auto& value : values) text += (&value == &values.front() ? "" : ",") + checked_label_value(value);
        text += ')';
    }
    labels_ = selector;
    return pair("labelSelector", text);
}

RawPath& RawPath::outside_of(const std::vector<std::string>& namespaces) {
    std::vector<FieldTerm> terms;
    for (const auto& ns : namespaces)
        terms.push_back({SelectableField::metadata_namespace, checked_namespace(ns), false});
    left_out_ = namespaces;
    return fields(terms);
}

RawPath& RawPath::any_recent_version() { return pair("resourceVersion", "0"); }

std::string percent_encoded(std::string_view value) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string text;
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                           c == '.' || c == '_' || c == '~';
        if (plain) {
            text += c;
        } else {
            text += '%';
            text += digits[byte >> 4];
            text += digits[byte & 15];
        }
    }
    return text;
}

}  // namespace salve::kube
