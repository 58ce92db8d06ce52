// The bytes of one Kubernetes object -> facts. Pure; what the rules do not read is not kept.
#pragma once
#include <simdjson.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/redact.hpp"
#include "kube/field.hpp"
#include "kube/snapshot.hpp"

namespace salve::kube {

// What was asked of the server; every object of the answer is held against it (SAFETY 5.3).
struct Asked {
    Resource what = Resource::pods;
    std::string api_version;  // "apps/v1": items of a list do not say it themselves
    std::string ns;           // empty: all namespaces, or a kind that has none
    bool lean = false;        // what no rule asks for need not be decoded: it may be there or not (kube/slim.hpp)
    Time now{};               // not before the time that the facts are judged at; the epoch: not known
};

// "v1" or "apps/v1": the version at that index of the resource's table row.
std::string api_version(Resource resource, std::size_t version_index = 0);

// How the bytes of an object say what they say.
enum class Form : std::uint8_t { json, proto };

// Decodes objects one after the other, reusing its buffers; one per thread. All free text is redacted on the way in
// (TAXONOMY 4).
class Decoder {
public:
    // The redactor must outlive the decoder.
    explicit Decoder(const base::Redactor& redactor) : context_("", redactor) {}

    // Decodes one item of a list, or one object asked for by name, and appends it to the vector of its kind.
    // An object that was not asked for (another namespace or kind, no or no valid name) is dropped, and the answer says
    // why, as in `pods "web-1": namespace "b" instead of "a"` (SAFETY 5.3, scope_mismatch); else nothing is returned.
    // Throws Error(cluster_unreadable), and appends nothing, when the text is not one JSON object, or one protocol
    // buffer of its kind (which must have a proto::message_of), or a field has the wrong type.
    std::optional<std::string> add(const Asked& asked, std::string_view item, Snapshot& into, Form form = Form::json);

private:
    std::optional<std::string> add(const Asked& asked, const Field& object, Snapshot& into);
    simdjson::dom::element parse(const ResourceInfo& row, std::string_view item);
    FieldContext context_;
    simdjson::dom::parser parser_;
    std::string buffer_;  // the item, with the padding that simdjson wants
};

}  // namespace salve::kube
