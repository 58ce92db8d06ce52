#include "policy/field.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace salve::policy {
namespace {

constexpr std::int64_t any_number = (std::int64_t{1} << 53) - 1;  // what JSON can carry

template <typename Enum, std::size_t Count>
constexpr std::array<std::string_view, Count> words_of(const base::Names<Enum, Count>& names) {
    std::array<std::string_view, Count> words;
    for (std::size_t i = 0; i < Count; ++i) words[i] = names[i].second;
    return words;
}
constexpr auto risk_words = words_of(plan::risk_names);
constexpr auto trust_words = words_of(trust_names);
constexpr auto preview_words = words_of(preview_names);
constexpr auto weekday_words = words_of(weekday_names);

constexpr Field text(std::string_view name, Member<std::string> member) { return {name, FieldType::text, member}; }
constexpr Field flag(std::string_view name, Member<bool> member) { return {name, FieldType::flag, member}; }
constexpr Field list(std::string_view name, Member<std::vector<std::string>> member) {
    return {name, FieldType::list, member};
}
constexpr Field number(std::string_view name, Member<std::int64_t> member, std::int64_t most = any_number) {
    return {name, FieldType::number, member, most};
}

// In the order in which they are written out.
constexpr std::array table{
    text("action", &Input::action),
    text("rule_id", &Input::rule_id),
    Field{"risk", FieldType::word, &Input::risk, 0, risk_words, true},
    flag("reversible", &Input::reversible),
    flag("destructive", &Input::destructive),
    flag("deletes_without_uid", &Input::deletes_without_uid),
    flag("off_by_default", &Input::off_by_default),
    Field{"preview", FieldType::word, &Input::preview, 0, preview_words},
    number("evidence_count", &Input::evidence_count),
    number("confidence", &Input::confidence, 1000),
    number("confidence_threshold", &Input::confidence_threshold, 1000),
    flag("alternatives_close", &Input::alternatives_close),
    text("namespace", &Input::ns),
    text("kind", &Input::kind),
    text("name", &Input::name),
    Field{"namespace_labels", FieldType::labels, &Input::namespace_labels},
    flag("target_exists", &Input::target_exists),
    flag("cluster_scoped", &Input::cluster_scoped),
    flag("hpa", &Input::hpa),
    number("replicas", &Input::replicas),
    number("blast.pods", &Input::blast_pods),
    number("blast.percent", &Input::blast_percent, 100),
    list("managed_by", &Input::managed_by),
    text("cluster.uid", &Input::cluster_uid),
    text("cluster.context", &Input::cluster_context),
    text("environment", &Input::environment),
    number("time.utc_hour", &Input::utc_hour, 23),
    Field{"time.weekday", FieldType::word, &Input::weekday, 0, weekday_words, true},
    flag("freeze", &Input::freeze),
    number("plan.steps", &Input::plan_steps),
    Field{"plan.expires_at", FieldType::text, &Input::plan_expires_at},
    flag("cooldown", &Input::cooldown),
    flag("unknown_outcome", &Input::unknown_outcome),
    number("verified_successes", &Input::verified_successes),
    Field{"trust_level", FieldType::word, &Input::trust_level, 0, trust_words, true},
    flag("graduated", &Input::graduated),
    flag("enabled", &Input::enabled),
    flag("allow_high_risk", &Input::allow_high_risk),
    list("allowed_namespaces", &Input::allowed_namespaces),
    list("enabled_actions", &Input::enabled_actions),
    Field{"llm.used", FieldType::flag, &Judgement::used},
    Field{"llm.warnings", FieldType::list, &Judgement::warnings},
    Field{"llm.actionable", FieldType::flag, &Judgement::actionable},
    Field{"llm.unstable", FieldType::flag, &Judgement::unstable},
};

constexpr std::string_view labels_prefix = "namespace_labels.";

std::string_view word_of(plan::Risk risk) { return base::word(plan::risk_names, risk); }
std::string_view word_of(Trust trust) { return base::word(trust_names, trust); }
std::string_view word_of(Preview preview) { return base::word(preview_names, preview); }
std::string_view word_of(Weekday day) { return base::word(weekday_names, day); }
std::string word_of(base::Time time) { return base::to_rfc3339(time); }

// One overload for each kind of member.
struct Reader {
    const Input& input;
    std::string_view name;

    Value operator()(Member<std::string> member) const { return maybe(input.*member); }
    Value operator()(Member<bool> member) const { return maybe(input.*member); }
    Value operator()(Member<std::int64_t> member) const { return maybe(input.*member); }
    Value operator()(Member<std::vector<std::string>> member) const { return maybe(input.*member); }
    Value operator()(bool Judgement::*member) const { return input.llm.*member; }
    Value operator()(std::vector<std::string> Judgement::*member) const { return input.llm.*member; }
    Value operator()(Member<std::map<std::string, std::string>> member) const {
        const auto& labels = input.*member;
        if (!labels || !name.starts_with(labels_prefix)) return {};
        const auto label = labels->find(std::string(name.substr(labels_prefix.size())));
        return label == labels->end() ? Value() : Value(label->second);
    }
    template <typename Enum>
    Value operator()(Member<Enum> member) const {
        return input.*member ? Value(std::string(word_of(*(input.*member)))) : Value();
    }

private:
    template <typename T>
    static Value maybe(const Maybe<T>& value) {
        return value ? Value(*value) : Value();
    }
};

struct Remover {
    Input& input;
    template <typename T>
    void operator()(Member<T> member) const {
        (input.*member).reset();
    }
    template <typename T>
    void operator()(T Judgement::*member) const {
        input.llm.*member = Judgement().*member;
    }
};

}  // namespace

std::span<const Field> fields() { return table; }

const Field* find_field(std::string_view name) {
    const bool label = name.starts_with(labels_prefix) && name.size() > labels_prefix.size();
    for (const auto& field : table) {
        const bool of_labels = field.type == FieldType::labels;
        if (of_labels ? label : field.name == name) return &field;
    }
    return nullptr;
}

std::vector<std::string_view> field_names() {
    std::vector<std::string_view> names;
    for (const auto& field : table) names.push_back(field.name);
    return names;
}

Value value_of(const Field& field, std::string_view name, const Input& input) {
    return std::visit(Reader{input, name}, field.member);
}

void remove(const Field& field, Input& input) { std::visit(Remover{input}, field.member); }

std::string value_words(const Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return base::quoted(base::cut(*text, 120));
    if (const auto* number = std::get_if<std::int64_t>(&value)) return fmt::format("{}", *number);
    if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
    const auto* list = std::get_if<std::vector<std::string>>(&value);
    if (!list) return "missing";
    constexpr std::size_t shown = 8;
    std::vector<std::string> words;
    for (const auto& item : *list)
        if (words.size() < shown) words.push_back(base::quoted(base::cut(item, 120)));
    if (list->size() > shown) words.push_back(fmt::format("{} more", list->size() - shown));
    return "[" + base::join(words, ", ") + "]";
}

}  // namespace salve::policy
