// Builds the one JSON patch of a change (TAXONOMY 2.1): first the tests of what must still hold, then the change, then
// the mark of the run. Every value that is replaced or taken away is tested, so that a change of somebody else's is
// never overwritten.
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "plan/step.hpp"

namespace salve::plan {

// The annotation that tells which run made a change; its value is "RUN.ORDINAL".
inline constexpr std::string_view marker = "salve/run";

// The pointer with one more step, escaped: ("/a", "b/c") is "/a/b~1c".
std::string pointer(std::string_view parent, std::string_view key);

// The value at the pointer, or null.
const json* value_at(const json& object, const std::string& pointer);

// The text at the path, or empty.
std::string text_at(const json& object, const std::string& path);
// A whole number at the path, or nothing.
std::optional<std::int64_t> number_at(const json& object, const std::string& path);

// The value in at most 80 bytes, or "not there"; not escaped.
std::string words_of(const json* value);

// Whether a redaction tag stands anywhere in it: such a value is not known, and must never be sent.
bool is_redacted(const json& value);

class Patch {
public:
    // For the object as it is: tests its uid, and its generation where it has one.
    explicit Patch(const json& live);

    // The value at this path must be what it is now. Nothing is there: nothing can be tested.
    Patch& hold(const std::string& path);
    // The container of that list ("containers", "initContainers") at that index still has its name.
    Patch& hold_name(const std::string& container_path);
    // Sets the value; what stands there now is tested. The parent must be there.
    Patch& put(const std::string& path, json value);
    // As put, and makes the maps above it that are not there.
    Patch& put_deep(const std::string& path, json value);
    // Makes an empty map there where there is nothing; that is not taken back by the inverse.
    Patch& make(const std::string& path);
    Patch& remove(const std::string& path);
    // Puts the mark of the run on metadata.annotations.
    Patch& mark(const std::string& run, int ordinal);

    // The whole patch: tests, changes, mark.
    json body() const;
    const std::vector<Change>& changes() const { return changes_; }
    Preconditions preconditions() const;
    // A value that would be sent or tested is redacted: it cannot be known, so nothing may be sent.
    bool touches_redacted() const;

    // The patch that puts back what `changes` changed, for the object as it will be: it tests that the values are still
    // ours, the uid, and nothing of the generation, which moves on.
    json inverse_body() const;

private:
    void test(const std::string& path, const json& value);
    const json& live_;
    std::vector<Change> tests_;
    json operations_ = json::array();
    std::vector<Change> changes_;
    json mark_ = json::array();
};

// What a patch tests, in its order, and that as preconditions.
std::vector<Change> tests_of(const json& patch);
Preconditions preconditions_of(const std::vector<Change>& tests);

// The patch that undoes these changes, made under these tests (Patch::inverse_body).
json inverse_of(const std::vector<Change>& tests, const std::vector<Change>& changes);

// Writes the place of the step into the mark of a patch that has one.
void set_ordinal(json& patch, const std::string& run, int ordinal);

}  // namespace salve::plan
