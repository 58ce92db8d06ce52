// How conditions relate to each other, as far as comparing their tests tells.
#include <algorithm>

#include "policy/lint.hpp"

namespace salve::policy {
namespace {

using Tests = std::vector<const Condition*>;

bool is_test(const Condition& condition) { return condition.field != nullptr; }

// The parts that all have to hold.
void collect(const Condition& condition, Tests& parts) {
    if (condition.op != Op::all) return parts.push_back(&condition);
    for (const auto& part : condition.parts) collect(part, parts);
}

Tests conjuncts(const Condition& condition) {
    Tests parts;
    collect(condition, parts);
    return parts;
}

bool same_input(const Condition& a, const Condition& b) { return is_test(a) && is_test(b) && a.name == b.name; }

// A field with one value, of which a test names all that it may be.
bool names_values(const Condition& test) {
    return is_test(test) && (test.op == Op::eq || test.op == Op::in) && test.field->type != FieldType::list &&
           !test.ignore_case;
}

bool each_value_holds(const Condition& test, const Condition& other) {
    return std::all_of(test.values.begin(), test.values.end(), [&](const Value& value) { return holds(other, value); });
}

bool bound_implies(const Condition& test, const Condition& other) {
    return test.op == other.op && (test.op == Op::lte || test.op == Op::gte) && holds(other, test.values.at(0));
}

bool same(const Condition& a, const Condition& b) { return to_words(a) == to_words(b); }

bool part_implies(const Condition& part, const Condition& other) {
    if (same(part, other)) return true;
    if (other.op == Op::any)
        return std::any_of(other.parts.begin(), other.parts.end(),
                           [&](const Condition& choice) { return implies(part, choice); });
    if (part.op == Op::any)
        return std::all_of(part.parts.begin(), part.parts.end(),
                           [&](const Condition& choice) { return implies(choice, other); });
    if (!same_input(part, other)) return false;
    return (names_values(part) && each_value_holds(part, other)) || bound_implies(part, other);
}

bool exclude(const Condition& a, const Condition& b) {
    if (a.op == Op::negation && implies(b, a.parts.at(0))) return true;
    if (!same_input(a, b)) return false;
    if (names_values(a))
        return std::none_of(a.values.begin(), a.values.end(), [&](const Value& value) { return holds(b, value); });
    return a.op == Op::lte && b.op == Op::gte && !holds(b, a.values.at(0));
}

}  // namespace

bool implies(const Condition& condition, const Condition& other) {
    const auto mine = conjuncts(condition), theirs = conjuncts(other);
    return std::all_of(theirs.begin(), theirs.end(), [&](const Condition* wanted) {
        return std::any_of(mine.begin(), mine.end(),
                           [&](const Condition* part) { return part_implies(*part, *wanted); });
    });
}

bool is_contradiction(const Condition& condition) {
    if (condition.op == Op::any) return std::all_of(condition.parts.begin(), condition.parts.end(), is_contradiction);
    if (condition.op != Op::all) return false;
    const auto parts = conjuncts(condition);
    for (const auto* a : parts) {
        if (a->op == Op::any && is_contradiction(*a)) return true;
        for (const auto* b : parts)
            if (a != b && exclude(*a, *b)) return true;
    }
    return false;
}

}  // namespace salve::policy
