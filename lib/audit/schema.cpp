#include "audit/schema.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/json.hpp"
#include "base/text.hpp"

namespace salve::audit {

using base::ErrorKind;
using base::JsonView;
using nlohmann::json;

namespace {

// Kinds of values, as a set of bits.
using Kinds = unsigned;
constexpr Kinds string_kind = 1, integer_kind = 2, boolean_kind = 4, array_kind = 8, object_kind = 16, null_kind = 32,
                float_kind = 64, any_kind = 127;

struct KindWords {
    Kinds kind;
    std::string_view word, phrase;  // in a schema, in a sentence
};
// In the order of a sentence: null comes last. A schema cannot ask for floats.
constexpr std::array<KindWords, 6> kind_words{{{string_kind, "string", "a string"},
                                               {integer_kind, "integer", "an integer"},
                                               {boolean_kind, "boolean", "a boolean"},
                                               {array_kind, "array", "an array"},
                                               {object_kind, "object", "an object"},
                                               {null_kind, "null", "null"}}};

Kinds kind_of(const json& value) {
    switch (value.type()) {
        case json::value_t::null:
            return null_kind;
        case json::value_t::object:
            return object_kind;
        case json::value_t::array:
            return array_kind;
        case json::value_t::string:
            return string_kind;
        case json::value_t::boolean:
            return boolean_kind;
        case json::value_t::number_integer:
        case json::value_t::number_unsigned:
            return integer_kind;
        case json::value_t::number_float:
            return float_kind;
        case json::value_t::binary:
        case json::value_t::discarded:
            break;
    }
    return 0;
}

// "a", "a or b", "a, b or c".
std::string either(const std::vector<std::string>& choices) {
    std::string text;
    for (std::size_t i = 0; i < choices.size(); ++i) {
        if (i != 0) text += i + 1 == choices.size() ? " or " : ", ";
        text += choices[i];
    }
    return text;
}

std::string phrase(Kinds kinds) {
    std::vector<std::string> phrases;
    for (const KindWords& one : kind_words)
        if ((kinds & one.kind) != 0) phrases.emplace_back(one.phrase);
    return phrases.empty() ? "a number with a fraction" : either(phrases);
}

// A scalar as it is, what has parts by its kind.
std::string shown(const json& value) {
    const Kinds kind = kind_of(value);
    if (kind == string_kind) return base::quoted(base::cut(value.get_ref<const std::string&>(), 80));
    if (kind == boolean_kind || kind == integer_kind) return value.dump();
    return phrase(kind);
}

// 1 and 1.0 are one value to nlohmann, and two to us.
bool same(const json& a, const json& b) { return kind_of(a) == kind_of(b) && a == b; }

std::size_t code_points(std::string_view text) {
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size(); ++count) at += base::code_point_at(text, at).bytes;
    return count;
}

}  // namespace

struct Schema::Node {
    struct Property {
        std::string name;
        const Node* node = nullptr;
        bool required = false;
    };
    Kinds kinds = any_kind;  // that `type` and the alternatives allow
    std::vector<json> values;
    std::unique_ptr<RE2> pattern;
    std::size_t min_length = 0, max_length = std::numeric_limits<std::size_t>::max();
    std::optional<std::int64_t> minimum, maximum;
    std::vector<Property> properties;  // sorted by name
    bool closed = false;
    const Node* additional = nullptr;
    const Node* items = nullptr;
    std::vector<const Node*> any_of;
};

// ---- compiling

class Schema::Compiler {
public:
    Compiler(Schema& schema, const JsonView& root) : schema_(schema), root_(root) {}

    const Node* root() {
        const Node* top = compile(root_);
        // One that nothing refers to is checked as well.
        if (root_.value().contains("$defs"))
            for (const std::string& name : root_.at("$defs").keys()) definition(root_.at("$defs"), name);
        return top;
    }

private:
    const Node* compile(const JsonView& view) {
        const std::vector<std::string> keywords = view.keys();
        if (view.value().contains("$ref")) return reference(view, keywords);
        auto node = std::make_unique<Node>();
        if (view.value().contains("const") && view.value().contains("enum")) view.fail("\"const\" beside \"enum\"");
        for (const std::string& keyword : keywords) add(*node, keyword, view);
        if (view.value().contains("required")) require(*node, view.at("required"));
        for (const auto& [keyword, kind] : bound_to)
            if (view.value().contains(keyword) && (!view.value().contains("type") || (node->kinds & kind) == 0))
                view.fail(fmt::format("\"{}\" needs {} in \"type\"", keyword, phrase(kind)));
        narrow(*node);
        if (node->kinds == 0) view.fail("allows nothing");
        schema_.nodes_.push_back(std::move(node));
        return schema_.nodes_.back().get();
    }

    // A keyword that is known and null is refused by at().
    void add(Node& node, const std::string& keyword, const JsonView& view) {
        constexpr auto greatest = std::numeric_limits<std::int64_t>::max();
        if (keyword == "const")
            node.values.push_back(scalar(view, view.value()["const"]));
        else if (keyword == "enum")
            node.values = scalars(view.at(keyword));
        else if (keyword == "type")
            node.kinds = kinds(view.at(keyword));
        else if (keyword == "pattern")
            node.pattern = pattern(view.at(keyword));
        else if (keyword == "minLength")
            node.min_length = static_cast<std::size_t>(view.at(keyword).integer(0, greatest));
        else if (keyword == "maxLength")
            node.max_length = static_cast<std::size_t>(view.at(keyword).integer(0, greatest));
        else if (keyword == "minimum")
            node.minimum = view.at(keyword).integer();
        else if (keyword == "maximum")
            node.maximum = view.at(keyword).integer();
        else
            add_part(node, keyword, view);
    }

    void add_part(Node& node, const std::string& keyword, const JsonView& view) {
        if (keyword == "properties") {
            const JsonView properties = view.at(keyword);
            for (const std::string& name : properties.keys())
                node.properties.push_back({name, compile(properties.at(name)), false});
        } else if (keyword == "additionalProperties") {
            const JsonView rest = view.at(keyword);
            node.closed = rest.value() == false;
            if (!node.closed) node.additional = compile(rest);
        } else if (keyword == "items") {
            node.items = compile(view.at(keyword));
        } else if (keyword == "anyOf") {
            for (const JsonView& one : view.at(keyword).items()) node.any_of.push_back(compile(one));
            if (node.any_of.empty()) view.at(keyword).fail("is empty");
        } else if (annotates(keyword)) {
            (void)view.at(keyword).text();
        } else if (keyword != "required" && (keyword != "$defs" || &view != &root_)) {  // both come later
            view.fail("keyword " + base::quoted(base::cut(keyword, 80)) + " is not supported here");
        }
    }

    static bool annotates(std::string_view keyword) {
        return keyword == "$schema" || keyword == "$id" || keyword == "title" || keyword == "description";
    }

    static json scalar(const JsonView& where, const json& value) {
        if ((kind_of(value) & (array_kind | object_kind | float_kind)) != 0)
            where.fail("expected values that are text, integers, booleans or null");
        return value;
    }

    static std::vector<json> scalars(const JsonView& list) {
        std::vector<json> all;
        for (const JsonView& item : list.items()) all.push_back(scalar(item, item.value()));
        if (all.empty()) list.fail("is empty");
        return all;
    }

    static Kinds kinds(const JsonView& type) {
        Kinds all = 0;
        for (const std::string& word : type.value().is_array() ? type.texts() : std::vector{type.text()}) {
            const auto known = std::find_if(kind_words.begin(), kind_words.end(),
                                            [&](const KindWords& one) { return one.word == word; });
            if (known == kind_words.end()) type.fail("type " + base::quoted(base::cut(word, 80)) + " is not supported");
            all |= known->kind;
        }
        if (all == 0) type.fail("is empty");
        return all;
    }

    static std::unique_ptr<RE2> pattern(const JsonView& view) {
        RE2::Options options;
        options.set_log_errors(false);
        auto compiled = std::make_unique<RE2>(view.text(), options);
        if (!compiled->ok()) view.fail("no pattern: " + compiled->error());
        return compiled;
    }

    static void require(Node& node, const JsonView& required) {
        for (const JsonView& item : required.items()) {
            const std::string name = item.text();
            const auto at = std::find_if(node.properties.begin(), node.properties.end(),
                                         [&](const Node::Property& one) { return one.name == name; });
            if (at == node.properties.end()) item.fail("no property " + base::quoted(base::cut(name, 80)));
            at->required = true;
        }
    }

    // What no alternative takes is not taken at all: so a fault can say which kinds are.
    static void narrow(Node& node) {
        if (node.any_of.empty()) return;
        Kinds taken = 0;
        for (const Node* one : node.any_of) taken |= one->kinds;
        node.kinds &= taken;
    }

    const Node* reference(const JsonView& view, const std::vector<std::string>& keywords) {
        constexpr std::string_view prefix = "#/$defs/";
        for (const std::string& keyword : keywords)
            if (keyword != "$ref" && !annotates(keyword))
                view.fail("keyword " + base::quoted(base::cut(keyword, 80)) + " is not supported beside \"$ref\"");
        const std::string target = view.at("$ref").text();
        if (!target.starts_with(prefix) || target.find_first_of("/~%", prefix.size()) != std::string::npos)
            view.fail("a \"$ref\" that is not to \"#/$defs/NAME\"");
        return definition(root_.at("$defs"), target.substr(prefix.size()));
    }

    // Compiled at most once. Nothing leads back to itself, so that a document cannot make us go deeper and deeper.
    const Node* definition(const JsonView& definitions, const std::string& name) {
        const auto [at, fresh] = defined_.try_emplace(name, nullptr);
        if (fresh)
            at->second = compile(definitions.at(name));
        else if (at->second == nullptr)
            definitions.at(name).fail("leads back to itself");
        return at->second;
    }

    static constexpr std::array<std::pair<std::string_view, Kinds>, 9> bound_to{
        {{"pattern", string_kind},
         {"minLength", string_kind},
         {"maxLength", string_kind},
         {"minimum", integer_kind},
         {"maximum", integer_kind},
         {"items", array_kind},
         {"properties", object_kind},
         {"required", object_kind},
         {"additionalProperties", object_kind}}};
    Schema& schema_;
    const JsonView& root_;
    std::map<std::string, const Node*> defined_;  // nullptr: being compiled
};

Schema::Schema(std::string_view text) {
    const json document = base::parse_json(text, "schema", ErrorKind::internal);
    const JsonView root(document, "schema", ErrorKind::internal);
    root_ = Compiler(*this, root).root();
}

Schema::~Schema() = default;
Schema::Schema(Schema&&) noexcept = default;
Schema& Schema::operator=(Schema&&) noexcept = default;

// ---- validating

struct Schema::Fault {
    std::string path, reason;  // the path grows at its front, on the way back up
};

class Schema::Check {
public:
    explicit Check(bool newer_minor) : newer_minor_(newer_minor) {}

    std::optional<Fault> any(const Node& node, const json& value) const {
        const Kinds kind = kind_of(value);
        if ((node.kinds & kind) == 0)
            return Fault{"", fmt::format("expected {}, found {}", phrase(node.kinds), phrase(kind))};
        if (!node.values.empty() && std::none_of(node.values.begin(), node.values.end(),
                                                 [&](const json& allowed) { return same(allowed, value); }))
            return unlisted(node, value);
        std::optional<Fault> fault;
        if (kind == string_kind)
            fault = text(node, value.get_ref<const std::string&>());
        else if (kind == integer_kind)
            fault = integer(node, value);
        else if (kind == array_kind)
            fault = array(node, value);
        else if (kind == object_kind)
            fault = object(node, value);
        if (!fault && !node.any_of.empty()) fault = alternatives(node, value, kind);
        return fault;
    }

private:
    static Fault unlisted(const Node& node, const json& value) {
        std::vector<std::string> allowed;
        for (const json& one : node.values) allowed.push_back(shown(one));
        return {"", fmt::format("expected {}, found {}", either(allowed), shown(value))};
    }

    static std::optional<Fault> text(const Node& node, const std::string& value) {
        // A code point has at most four bytes: what is far too long is not even counted.
        if (value.size() > node.max_length &&
            (value.size() / 4 > node.max_length || code_points(value) > node.max_length))
            return Fault{"", fmt::format("longer than {} characters", node.max_length)};
        if (node.min_length > 0 && code_points(value) < node.min_length)
            return Fault{"", fmt::format("shorter than {} characters", node.min_length)};
        if (node.pattern && !RE2::PartialMatch(value, *node.pattern))
            return Fault{"", fmt::format("expected {}, found {}", node.pattern->pattern(), shown(value))};
        return std::nullopt;
    }

    static std::optional<Fault> integer(const Node& node, const json& value) {
        constexpr auto greatest = std::numeric_limits<std::int64_t>::max();
        const bool huge = value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t{greatest};
        const std::int64_t number = huge ? greatest : value.get<std::int64_t>();
        if (node.minimum && number < *node.minimum)
            return Fault{"", fmt::format("expected at least {}, found {}", *node.minimum, number)};
        if (node.maximum && (huge || number > *node.maximum))
            return Fault{"", fmt::format("expected at most {}, found {}", *node.maximum, value.dump())};
        return std::nullopt;
    }

    std::optional<Fault> array(const Node& node, const json& value) const {
        if (node.items == nullptr) return std::nullopt;
        for (std::size_t i = 0; i < value.size(); ++i) {
            if (auto fault = any(*node.items, value[i])) {
                fault->path.insert(0, fmt::format("[{}]", i));
                return fault;
            }
        }
        return std::nullopt;
    }

    // Both the keys and the properties are sorted: one walk along the two.
    std::optional<Fault> object(const Node& node, const json& value) const {
        auto known = node.properties.begin();
        const auto missing = [](const Node::Property& one) {
            return Fault{"", "missing " + base::quoted(base::cut(one.name, 80))};
        };
        for (auto member = value.begin(); member != value.end(); ++member) {
            for (; known != node.properties.end() && known->name < member.key(); ++known)
                if (known->required) return missing(*known);
            const bool is_known = known != node.properties.end() && known->name == member.key();
            const Node* part = is_known ? (known++)->node : node.additional;
            std::optional<Fault> fault;
            if (part != nullptr)
                fault = any(*part, member.value());
            else if (node.closed && !newer_minor_)
                fault = Fault{"", "unknown key"};
            if (!fault) continue;
            fault->path.insert(0, base::json_step(member.key()));
            return fault;
        }
        known = std::find_if(known, node.properties.end(), [](const Node::Property& one) { return one.required; });
        return known == node.properties.end() ? std::nullopt : std::optional(missing(*known));
    }

    // The fault of the first alternative that takes this kind of value: it is the one that was meant.
    std::optional<Fault> alternatives(const Node& node, const json& value, Kinds kind) const {
        std::optional<Fault> first;
        for (const Node* alternative : node.any_of) {
            if ((alternative->kinds & kind) == 0) continue;
            auto fault = any(*alternative, value);
            if (!fault) return std::nullopt;
            if (!first) first = std::move(fault);
        }
        return first;
    }

    bool newer_minor_;
};

std::optional<std::string> Schema::fault(const json& document, bool newer_minor) const {
    const auto fault = Check(newer_minor).any(*root_, document);
    if (!fault) return std::nullopt;
    const char* top = fault->path.starts_with('.') ? "" : ".";
    return base::visible(fmt::format("{}{}: {}", top, fault->path, fault->reason));
}

// ---- run records

const Schema& run_schema() {
    static const Schema schema(run_schema_text());
    return schema;
}

std::optional<std::string> record_fault(const json& document) {
    constexpr std::string_view known = "salve.run/v1", family = "salve.run/v";
    bool newer = false;
    if (document.is_object()) {
        const auto schema = document.find("schema");
        if (schema == document.end()) return ".: missing \"schema\"";
        if (!schema->is_string() || schema->get_ref<const std::string&>() != known) {
            const bool another = schema->is_string() && schema->get_ref<const std::string&>().starts_with(family);
            return another ? fmt::format(".schema: this salve reads \"{}\", the record is {}", known, shown(*schema))
                           : fmt::format(".schema: expected \"{}\", found {}", known, shown(*schema));
        }
        const auto minor = document.find("schema_minor");
        newer = minor != document.end() && minor->is_number_integer() && *minor > schema_minor;
    }
    return run_schema().fault(document, newer);
}

}  // namespace salve::audit
