// The fields of the input by their names in files: the one table that conditions, JSON and explanations read.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "policy/input.hpp"

namespace salve::policy {

// A field's value; nothing when it is missing. Words of an enum are text here.
using Value = std::variant<std::monostate, bool, std::int64_t, std::string, std::vector<std::string>>;
inline bool is_missing(const Value& value) { return std::holds_alternative<std::monostate>(value); }

enum class FieldType { text, word, number, flag, list, labels };

template <typename T>
using Member = Maybe<T> Input::*;
using AnyMember =
    std::variant<Member<std::string>, Member<bool>, Member<std::int64_t>, Member<std::vector<std::string>>,
                 Member<plan::Risk>, Member<Trust>, Member<Preview>, Member<Weekday>, Member<base::Time>,
                 Member<std::map<std::string, std::string>>, bool Judgement::*, std::vector<std::string> Judgement::*>;

struct Field {
    std::string_view name;  // "blast.pods"; the labels are "namespace_labels.KEY"
    FieldType type;
    AnyMember member;
    std::int64_t most = 0;                         // of a number; the least is 0
    std::span<const std::string_view> words = {};  // of a word, in their order
    bool ordered = false;                          // of a word: lte and gte have a meaning

    bool of_model() const { return name.starts_with("llm."); }
    bool may_ignore_case() const { return name == "namespace" || name == "environment"; }
};

std::span<const Field> fields();
// "namespace_labels.team" finds the labels. Null for an unknown name.
const Field* find_field(std::string_view name);
// Of every field, for "did you mean".
std::vector<std::string_view> field_names();

// The value under that name, which find_field() gave this field for.
Value value_of(const Field& field, std::string_view name, const Input& input);
// Makes the field missing; of the model: as if it had not spoken.
void remove(const Field& field, Input& input);

// `"prod-a"`, `3`, `true`, `["a", "b"]`, for people; visible.
std::string value_words(const Value& value);

}  // namespace salve::policy
