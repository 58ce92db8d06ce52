#include "policy/input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "policy/field.hpp"

namespace salve::policy {
namespace {

using base::JsonView;
using nlohmann::json;

// Text that the canonical spelling of a record takes, whatever the cluster wrote.
json to_json(const Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return base::sanitize_utf8(*text);
    if (const auto* flag = std::get_if<bool>(&value)) return *flag;
    if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
    const auto* texts = std::get_if<std::vector<std::string>>(&value);
    if (!texts) return nullptr;
    auto list = json::array();
    for (const auto& text : *texts) list.push_back(base::sanitize_utf8(text));
    return list;
}

// Keys of labels are ASCII wherever Kubernetes checked them.
json to_json(const std::map<std::string, std::string>& labels) {
    auto object = json::object();
    for (const auto& [key, value] : labels) {
        std::string ascii;
        for (const char c : key)
            ascii += static_cast<unsigned char>(c) < 0x80 ? std::string(1, c)
                                                          : fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        object[ascii] = base::sanitize_utf8(value);
    }
    return object;
}

template <typename Enum, std::size_t Count>
Enum word_of(const base::Names<Enum, Count>& names, const JsonView& view) {
    const auto text = view.text();
    if (const auto value = base::parse(names, text)) return *value;
    std::vector<std::string_view> known;
    for (const auto& [unused, name] : names) known.push_back(name);
    const auto near = base::nearest(text, known);
    view.fail(fmt::format("unknown word {}", base::quoted(base::cut(text, 80))),
              near ? fmt::format("did you mean \"{}\"?", *near) : "known: " + base::join(known, ", "));
}

// One overload for each kind of member: reads what was found there.
struct Setter {
    Input& input;
    const Field& field;
    const JsonView& view;

    void operator()(Member<std::string> member) const { input.*member = view.text(); }
    void operator()(Member<bool> member) const { input.*member = view.boolean(); }
    void operator()(Member<std::int64_t> member) const { input.*member = view.integer(0, field.most); }
    void operator()(Member<std::vector<std::string>> member) const { input.*member = view.texts(); }
    void operator()(Member<plan::Risk> member) const { input.*member = word_of(plan::risk_names, view); }
    void operator()(Member<Trust> member) const { input.*member = word_of(trust_names, view); }
    void operator()(Member<Preview> member) const { input.*member = word_of(preview_names, view); }
    void operator()(Member<Weekday> member) const { input.*member = word_of(weekday_names, view); }
    void operator()(Member<base::Time> member) const {
        const auto time = base::parse_time(view.text());
        if (!time) view.fail("expected a time such as 2026-11-21T08:00:00Z");
        input.*member = *time;
    }
    void operator()(Member<std::map<std::string, std::string>> member) const {
        auto& labels = (input.*member).emplace();
        for (const auto& key : view.keys()) labels[key] = view.at(key).text();
    }
    void operator()(bool Judgement::*member) const { input.llm.*member = view.boolean(); }
    void operator()(std::vector<std::string> Judgement::*member) const { input.llm.*member = view.texts(); }
};

bool is_group(std::string_view key) {
    return std::any_of(fields().begin(), fields().end(), [&](const Field& field) {
        return field.name.size() > key.size() && field.name.starts_with(key) && field.name[key.size()] == '.';
    });
}

[[noreturn]] void unknown_key(const JsonView& in, const std::string& name) {
    const auto known = field_names();
    const auto near = base::nearest(name, known);
    in.fail(fmt::format("unknown input {}", base::quoted(base::cut(name, 80))),
            near ? fmt::format("did you mean \"{}\"?", *near) : "known: " + base::join(known, ", "));
}

void read(const JsonView& in, const std::string& prefix, Input& input) {
    for (const auto& key : in.keys()) {
        const auto name = prefix + key;
        const auto view = in.find(key);
        if (prefix.empty() && is_group(key)) {
            if (view) read(*view, key + ".", input);
            continue;
        }
        const auto found =
            std::find_if(fields().begin(), fields().end(), [&](const Field& f) { return f.name == name; });
        if (found == fields().end()) unknown_key(in, name);
        // One spelling, so that of two values for one field none is lost.
        if (prefix.empty() && key.find('.') != std::string::npos)
            in.fail(
                fmt::format("unknown key {}", base::quoted(key)),
                fmt::format("nest it: {}: {{{}: ...}}", key.substr(0, key.find('.')), key.substr(key.find('.') + 1)));
        if (view) std::visit(Setter{input, *found, *view}, found->member);
    }
}

}  // namespace

json input_json(const Input& input) {
    json document = json::object();
    for (const auto& field : fields()) {
        const auto dot = field.name.find('.');
        auto& place = dot == std::string_view::npos
                          ? document[std::string(field.name)]
                          : document[std::string(field.name.substr(0, dot))][std::string(field.name.substr(dot + 1))];
        place = field.type != FieldType::labels ? to_json(value_of(field, field.name, input))
                : input.namespace_labels        ? to_json(*input.namespace_labels)
                                                : json();
    }
    return document;
}

Input parse_input(const JsonView& view) {
    Input input;
    read(view, "", input);
    return input;
}

}  // namespace salve::policy
