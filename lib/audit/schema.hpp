// The JSON Schema of run records, and the subset of JSON Schema (2020-12) that it is written in.
#pragma once
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace salve::audit {

// Compiled once, then read only: validating looks at no schema text again.
// Known are type (a word or a list of null, boolean, integer, string, array, object), const, enum (of scalars),
// properties, required, additionalProperties (false or a schema), items, pattern (RE2, matches anywhere unless
// anchored), minLength and maxLength (in code points), minimum and maximum, anyOf, $defs at the top, $ref to
// "#/$defs/NAME", and the annotations $schema, $id, title and description.
class Schema {
public:
    // Error(internal) for what would not be enforced as it is written: any other keyword, a keyword for a kind of value
    // that `type` does not name, a required key without a property, a $ref that leads nowhere, back to itself or has
    // another keyword beside it.
    explicit Schema(std::string_view text);
    ~Schema();
    Schema(Schema&&) noexcept;
    Schema& operator=(Schema&&) noexcept;

    // Nothing if the document is allowed; else its first fault, keys in their sorted order, with the path, as in
    // `.steps[0].rc: expected an integer or null, found a string` (the document itself is `.`). One line, short and
    // visible() whatever the document holds. newer_minor: unknown keys are allowed, what is known is checked all the
    // same. A float is no integer, 1.0 neither: canonical JSON has none.
    // It goes as deep as the schema, not as the document: where anything is allowed, nothing is looked at.
    std::optional<std::string> fault(const nlohmann::json& document, bool newer_minor) const;

private:
    struct Node;
    struct Fault;
    class Compiler;
    class Check;
    std::vector<std::unique_ptr<const Node>> nodes_;
    const Node* root_ = nullptr;
};

// The newest minor version of "salve.run/v1" that this program knows in full.
inline constexpr int schema_minor = 0;

// lib/audit/run.schema.json as it is published, byte for byte.
std::string_view run_schema_text();

const Schema& run_schema();

// Why this is no record of a run that we can read, or nothing. A record of a newer minor version may have keys that we
// do not know. What a schema cannot say (canonical bytes, digests, the chain) is not looked at. The document comes from
// base::parse_json, which bounds its depth and size.
std::optional<std::string> record_fault(const nlohmann::json& document);

}  // namespace salve::audit
