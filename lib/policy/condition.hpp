// The `when` of a rule: tests of input fields, joined by all, any and not. No patterns but globs, no arithmetic, no
// input but Input: it always ends.
#pragma once
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/names.hpp"
#include "policy/field.hpp"

namespace salve::policy {

enum class Op { eq, in, not_in, glob, lte, gte, exists, all, any, negation };
inline constexpr base::Names<Op, 10> op_names{{{Op::eq, "eq"},
                                               {Op::in, "in"},
                                               {Op::not_in, "not_in"},
                                               {Op::glob, "glob"},
                                               {Op::lte, "lte"},
                                               {Op::gte, "gte"},
                                               {Op::exists, "exists"},
                                               {Op::all, "all"},
                                               {Op::any, "any"},
                                               {Op::negation, "not"}}};

inline constexpr std::size_t max_condition_depth = 8;  // of all, any and not within each other

struct Condition {
    Op op = Op::all;
    std::vector<Condition> parts;  // of all, any and not (one part)
    // Of a test:
    std::string name;              // the field as it was written
    const Field* field = nullptr;  // which one that is
    std::vector<Value> values;     // one, or several of in, not_in and glob: any of them
    bool ignore_case = false;
};

// Three values, as in Kleene's logic: what depends on missing input is unknown, through all, any and not. A rule reads
// unknown in the way that tightens (see evaluate.hpp).
enum class Match { no, yes, unknown };
inline constexpr base::Names<Match, 3> match_names{
    {{Match::no, "no"}, {Match::yes, "yes"}, {Match::unknown, "unknown"}}};
Match negated(Match match);

// A test that was made, or a floor rule's reason, for explanations. All text is visible.
struct Check {
    std::string condition;  // `namespace: {glob: "prod-*"}`
    std::string value;      // `"prod-a"`, or "missing"
    std::string words;      // `namespace "prod-a" matches prod-*`
    Match match = Match::unknown;
    bool operator==(const Check&) const = default;
};

struct Judged {
    Match match = Match::unknown;
    std::vector<Check> decided_by;  // the tests that settled it: enough of them to come to the same result
};

// Reads a `when`: {FIELD: {OP: VALUE, ...}, all: [...], any: [...], not: {...}}, all of which must hold; {} always
// does. Error names the path, and for an unknown field, operator or word the nearest known one; also for a value of the
// wrong type or out of range, an empty list, a null, a depth beyond the limit.
Condition parse_condition(const base::JsonView& view);

// A test of a field that is missing is unknown. So is one whose result the model changed: what a model says is never
// more than a reason for doubt.
Judged judge(const Condition& condition, const Input& input);

// As it would be written on one line: `namespace: {glob: "prod-*"}, not: {kind: {eq: "Node"}}`; visible.
std::string to_words(const Condition& condition);

// "*" is any text, "?" one byte. The whole text must match.
bool glob_matches(std::string_view pattern, std::string_view text);

// Does the test hold for this value, which is not missing?
bool holds(const Condition& test, const Value& value);

}  // namespace salve::policy
