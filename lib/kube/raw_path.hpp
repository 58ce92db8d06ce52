// The path of a raw GET, built from this program's tables and validated words only: no function takes a path, so none
// can be smuggled in (SAFETY 5.3 "user-given --raw"). Subresources do not exist here either: GET of nodes/proxy can
// execute commands (SAFETY 5.1).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kube/meta.hpp"
#include "kube/resource.hpp"

namespace salve::kube {

// Paths of the server itself.
enum class ServerPath : std::uint8_t { version, readyz, livez, api, apis };

// The fields that lists are cut by on the server.
enum class SelectableField : std::uint8_t {
    metadata_name,
    metadata_namespace,
    status_phase,
    status_successful,  // Jobs
    spec_node_name,
    event_type,
    event_reason,
    involved_uid,
    involved_kind,
    involved_name,
    involved_namespace,
};

// field=value, or field!=value.
struct FieldTerm {
    SelectableField field;
    std::string value;  // is_selector_value
    bool equal = true;
};

// How many API versions of the kind are known, at least 1. Version 0 is the one to ask for first, the next ones after a
// missing_resource_type.
std::size_t version_count(Resource resource);

class RawPath {
public:
    // "/version", "/readyz" ...
    static RawPath server(ServerPath path);
    // Every object of the kind in the cluster. version counts into ResourceInfo::versions; beyond them is
    // Error(internal).
    static RawPath list(Resource resource, std::size_t version = 0);
    // Every object of the kind in one namespace. Error(usage) for an invalid namespace, Error(internal) for a kind
    // without namespaces.
    static RawPath list_in(Resource resource, std::string_view ns, std::size_t version = 0);
    // One object. The namespaced form needs a namespaced kind and the other one a cluster-wide kind, else
    // Error(internal).
    static RawPath object(Resource resource, std::string_view name, std::size_t version = 0);
    static RawPath object_in(Resource resource, std::string_view ns, std::string_view name, std::size_t version = 0);

    // Each adds one query pair and may be used once. Values are percent-encoded; the token may hold any bytes.
    RawPath& limit(std::uint32_t count);              // 1 to 100000, else Error(internal)
    RawPath& continue_token(std::string_view token);  // as the server sent it; empty or over 16 KiB is Error(usage)
    RawPath& fields(const std::vector<FieldTerm>& terms);  // all must hold; none is Error(internal)
    // Only expressions, In with values or DoesNotExist; their keys and values must be is_label_key and is_label_value
    // (not empty), else Error(usage).
    RawPath& labels(const LabelSelector& selector);
    // Not the objects of these namespaces. Error(usage) for an invalid one, Error(internal) for none.
    RawPath& outside_of(const std::vector<std::string>& namespaces);
    RawPath& any_recent_version();  // resourceVersion=0: served from the server's cache

    const std::string& str() const { return text_; }
    // What labels() and outside_of() were given: who holds the whole list can answer for the server.
    const std::optional<LabelSelector>& label_selector() const { return labels_; }
    const std::vector<std::string>& left_out() const { return left_out_; }

private:
    explicit RawPath(std::string text) : text_(std::move(text)) {}
    RawPath& pair(std::string_view key, std::string_view value);
    std::string text_;
    std::optional<LabelSelector> labels_;
    std::vector<std::string> left_out_;
};

// Every byte outside A-Z a-z 0-9 - . _ ~ as %XX (RFC 3986 section 2.3).
std::string percent_encoded(std::string_view value);

}  // namespace salve::kube
