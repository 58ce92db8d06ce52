#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "policy/condition.hpp"

namespace salve::policy {
namespace {

using base::JsonView;

constexpr std::size_t max_word = 256;
constexpr std::string_view ignore_case_key = "ignore_case";

std::string did_you_mean(std::string_view word, std::span<const std::string_view> known) {
    const auto near = base::nearest(word, known);
    return near ? fmt::format("did you mean \"{}\"?", *near) : "known: " + base::join(known, ", ");
}

std::string short_quote(std::string_view word) { return base::quoted(base::cut(word, 80)); }

JsonView member(const JsonView& in, const std::string& key) {
    const auto found = in.find(key);
    if (!found) in.fail(fmt::format("{} must not be null", short_quote(key)));
    return *found;
}

std::string text_value(const JsonView& view) {
    auto text = view.text();
    if (text.empty()) view.fail("must not be empty");
    if (text.size() > max_word) view.fail(fmt::format("longer than {} bytes", max_word));
    return text;
}

Value value_of_type(const JsonView& view, const Field& field) {
    switch (field.type) {
        case FieldType::flag:
            return view.boolean();
        case FieldType::number:
            if (view.value().is_number_float())
                view.fail("expected a whole number", field.most == 1000 ? "in thousandths: 0.8 is 800" : "");
            return view.integer(0, field.most);
        case FieldType::word: {
            auto word = view.text();
            if (std::find(field.words.begin(), field.words.end(), word) == field.words.end())
                view.fail(fmt::format("{} has no word {}", field.name, short_quote(word)),
                          did_you_mean(word, field.words));
            return word;
        }
        case FieldType::text:
        case FieldType::list:
        case FieldType::labels:
            return text_value(view);
    }
    return {};
}

std::vector<JsonView> filled_list(const JsonView& view) {
    auto items = view.items();
    if (items.empty()) view.fail("must not be empty");
    return items;
}

bool is_text(const Field& field) {
    return field.type == FieldType::text || field.type == FieldType::list || field.type == FieldType::labels;
}

void check_op(const JsonView& view, Op op, const Field& field) {
    const bool fits = op == Op::glob                   ? is_text(field)
                      : op == Op::lte || op == Op::gte ? field.type == FieldType::number || field.ordered
                                                       : true;
    if (!fits) view.fail(fmt::format("{} does not fit {}", base::word(op_names, op), field.name));
}

Condition parse_test(const JsonView& view, Op op, const std::string& name, const Field& field, bool ignore_case) {
    check_op(view, op, field);
    Condition test;
    test.op = op;
    test.name = name;
    test.field = &field;
    test.ignore_case = ignore_case;
    if (op == Op::exists) {
        test.values.emplace_back(std::in_place_type<bool>, view.boolean());
    } else if (op == Op::in || op == Op::not_in || (op == Op::glob && view.value().is_array())) {
        for (const auto& item : filled_list(view)) test.values.push_back(value_of_type(item, field));
    } else {
        test.values.push_back(value_of_type(view, field));
    }
    return test;
}

Condition joined(Op op, std::vector<Condition> parts) {
    Condition condition;
    condition.op = op;
    condition.parts = std::move(parts);
    return condition;
}

// Reads what may stand in a `when` (field is null), or in the tests of one field.
class Parser {
public:
    Parser(std::string name, const Field* field) : name_(std::move(name)), field_(field) {}

    Condition parse(const JsonView& view, std::size_t depth, bool ignore_case) const {
        if (depth > max_condition_depth)
            view.fail(fmt::format("more than {} levels of conditions", max_condition_depth));
        const auto keys = view.keys();
        if (field_ && std::find(keys.begin(), keys.end(), ignore_case_key) != keys.end())
            ignore_case = wish_of(member(view, std::string(ignore_case_key)));
        std::vector<Condition> parts;
        for (const auto& key : keys)
            if (!field_ || key != ignore_case_key) parts.push_back(part(view, key, depth, ignore_case));
        if (field_ && parts.empty()) view.fail("has no test", did_you_mean("", operators()));
        return parts.size() == 1 ? std::move(parts[0]) : joined(Op::all, std::move(parts));
    }

private:
    static std::span<const std::string_view> operators() {
        static constexpr auto words = [] {
            std::array<std::string_view, op_names.size()> all;
            for (std::size_t i = 0; i < all.size(); ++i) all[i] = op_names[i].second;
            return all;
        }();
        return words;
    }

    bool wish_of(const JsonView& wish) const {
        if (!field_->may_ignore_case()) wish.fail("only namespace and environment can ignore case");
        return wish.boolean();
    }

    Condition part(const JsonView& view, const std::string& key, std::size_t depth, bool ignore_case) const {
        const auto value = member(view, key);
        const auto op = base::parse(op_names, key);
        if (op == Op::negation) return joined(Op::negation, {parse(filled(value), depth + 1, ignore_case)});
        if (op == Op::all || op == Op::any) {
            std::vector<Condition> parts;
            for (const auto& item : filled_list(value)) parts.push_back(parse(filled(item), depth + 1, ignore_case));
            return joined(*op, std::move(parts));
        }
        if (!field_) return parse_field(view, key, value, depth);
        if (!op) view.fail(fmt::format("unknown operator {}", short_quote(key)), did_you_mean(key, operators()));
        return parse_test(value, *op, name_, *field_, ignore_case);
    }

    // A part that always holds is a slip of the pen.
    static JsonView filled(const JsonView& view) {
        if (view.keys().empty()) view.fail("must not be empty");
        return view;
    }

    static Condition parse_field(const JsonView& in, const std::string& name, const JsonView& tests,
                                 std::size_t depth) {
        const auto* field = find_field(name);
        if (!field) {
            auto known = field_names();
            known.insert(known.end(), {"all", "any", "not"});
            const bool is_operator = base::parse(op_names, name).has_value();
            in.fail(fmt::format("unknown input {}", short_quote(name)),
                    name == "namespace_labels" ? "name the label: namespace_labels.team"
                    : is_operator              ? "a test stands under its input: namespace: {glob: \"prod-*\"}"
                                               : did_you_mean(name, known));
        }
        return Parser(name, field).parse(tests, depth, false);
    }

    std::string name_;
    const Field* field_;
};

}  // namespace

Condition parse_condition(const JsonView& view) { return Parser("", nullptr).parse(view, 0, false); }

}  // namespace salve::policy
