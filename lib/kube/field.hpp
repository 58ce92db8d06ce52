// Reads one Kubernetes object out of foreign JSON, or out of the protocol buffer that says the same: what is absent or
// null is "not there", what has the wrong type is an Error that says where, as in `pods "web-1":
// spec.containers[0].image is not a string`.
#pragma once
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/redact.hpp"
#include "base/symbol.hpp"
#include "base/text_map.hpp"
#include "base/time.hpp"
#include "base/utf8.hpp"
#include "kube/proto/value.hpp"

namespace salve::kube {

struct Recalls;

// A name that is known when this is compiled.
template <std::size_t Size>
struct Literal {
    char text[Size]{};
    // NOLINTNEXTLINE(google-explicit-constructor): written as the text itself
    consteval Literal(const char (&literal)[Size]) { std::copy(literal, literal + Size, text); }
    constexpr std::string_view view() const { return {text, Size - 1}; }
};

// What the fields of one object share: how they were reached, whose they are, and how free text is cleaned.
class FieldContext {
public:
    // `what` (a plural, such as "pods") and `redactor` must outlive the context.
    FieldContext(std::string_view what, const base::Redactor& redactor);
    ~FieldContext();

    // For the next object; fields of the one before must not be used any more.
    void restart(std::string_view what) {
        what_ = what;
        name_.clear();
        steps_.clear();
        mended_.clear();
    }

    // What base::Redactor makes of them. Most texts stand in many objects, one after the other: those that were lately
    // found to hold no secret are not searched again.
    std::string clean(std::string_view text);
    std::optional<std::string> clean_annotation(std::string_view key, std::string_view text);
    std::vector<std::string> clean_args(std::vector<std::string> arguments);
    // base::is_open_env, which is asked of the same names again and again.
    bool is_open_env(base::Symbol name);

    // The text itself if it is UTF-8; else with U+FFFD for each byte that is none, as the API server's JSON has it.
    // Lives until restart().
    std::string_view valid(std::string_view text) { return base::is_valid_utf8(text) ? text : mended(text); }

    const base::Redactor& redactor() const { return *redactor_; }
    // How many texts did not stay as they were.
    std::size_t cleaned() const { return cleaned_; }
    // Of the objects before as well.
    Recalls& recalls() { return *recalls_; }
    void set_name(std::string_view name) { name_ = name; }

    // Throws Error(cluster_unreadable): `pods "web-1": PATH reason`.
    [[noreturn]] void fail(std::uint32_t step, std::string_view reason) const;

private:
    friend class Field;
    // How a field is reached: a member or an element of the field of step `parent`.
    struct Step {
        const char* key = nullptr;  // of a member
        std::uint32_t size = 0;     // of the key; of an element: its place
        std::uint32_t parent = 0;
    };
    struct Clean {
        std::string key, text;  // key: of an annotation, or of what no annotation can be called
    };
    // The one place where the text would be noted; null where it is too long. Another may have taken it since.
    Clean* place_of(std::string_view key, std::string_view text);
    // What search() makes of the text, unless it was noted that it stays as it is.
    template <typename Search>
    auto searched(std::string_view key, std::string_view text, Search search);
    std::uint32_t add(Step step) {
        steps_.push_back(step);
        return static_cast<std::uint32_t>(steps_.size() - 1);
    }
    std::string path(std::uint32_t step) const;
    std::string_view mended(std::string_view text);

    std::string_view what_;
    std::string name_;
    const base::Redactor* redactor_;
    std::vector<Step> steps_;
    std::deque<std::string> mended_;
    std::unique_ptr<Recalls> recalls_;
    std::size_t cleaned_ = 0;
    struct Env {
        base::Symbol name;
        bool is_open = false;
    };
    std::array<Env, 256> env_;  // by the hash of the name
    std::vector<Clean> clean_;  // by the hash of the text: a list of pods has some hundred texts over and over
};

// A value that may not be there. Every getter throws FieldContext's Error when the value is there and of another type.
// A Field is a small handle: it lives as long as its context and the parser or bytes that own the text. Of a protocol
// buffer every function throws proto::Malformed where the bytes are not what they should be.
class Field {
public:
    Field(FieldContext& context, simdjson::dom::element root) : Field(&context, root, root_step) {}
    Field(FieldContext& context, proto::Value root) : Field(&context, root, root_step) {}

    // There and not null.
    explicit operator bool() const { return kind_ != Kind::none; }

    // A member of this object; not there if this is not. The key must be a literal or a part of the parsed text.
    Field operator[](std::string_view key) const;

    // The members of these names, as [] would give them: where many are asked for, an object is gone through but once.
    template <Literal... Names>
    std::array<Field, sizeof...(Names)> get() const {
        static_assert(sizeof...(Names) <= proto::Message::most);
        static constexpr std::array names{Names.view()...};
        // For each message that has such members, made once. Never freed.
        static constinit std::atomic<const Known*> known{nullptr};
        std::array found{(static_cast<void>(Names), Field(context_))...};
        if (*this) fill(known, names, found.data());
        return found;
    }

    std::string_view view() const;  // "" when absent
    std::string text() const { return std::string(view()); }
    std::string clean() const { return context_->clean(view()); }  // free text: redacted
    std::optional<std::string> maybe_text() const;
    bool is_text() const {
        return kind_ == Kind::proto ? proto_.text().has_value() : kind_ == Kind::json && value_.is_string();
    }
    std::string scalar() const;  // an int-or-string as written; "" when absent

    std::optional<std::int64_t> maybe_long() const;
    std::optional<int> maybe_number() const;  // beyond int is an Error
    int number(int absent = 0) const { return maybe_number().value_or(absent); }
    std::optional<bool> maybe_flag() const;
    bool flag(bool absent = false) const { return maybe_flag().value_or(absent); }
    std::optional<base::Time> time() const;  // RFC 3339; any other text is an Error

    std::vector<std::string> texts() const;  // an array of strings
    base::TextMap text_map() const;          // an object of strings
    std::size_t size() const;                // of an array; 0 when absent

    // Calls use(Field) for each element of this array: none when absent.
    template <typename Use>
    void each(Use use) const {
        if (!*this) return;
        Field element(context_);
        element.reached_ = {nullptr, 0, step()};
        if (kind_ == Kind::proto) {
            element.kind_ = Kind::proto;
            std::string_view name;
            for (auto values = list_elements(); values.next(element.proto_, name); ++element.reached_.size)
                use(std::as_const(element));
            return;
        }
        for (const auto value : array()) {
            use(Field(context_, value, element.reached_));
            ++element.reached_.size;
        }
    }

    // Calls use(std::string_view key, Field) for each member of this object that is not null.
    template <typename Use>
    void members(Use use) const {
        if (!*this) return;
        const auto parent = step();
        if (kind_ == Kind::proto) {
            Field entry(context_);
            entry.kind_ = Kind::proto;
            std::string_view name;
            for (auto entries = map_entries(); entries.next(entry.proto_, name);) {
                const auto key = context_->valid(name);
                entry.reached_ = member(key, parent);
                use(key, std::as_const(entry));
            }
            return;
        }
        for (const auto one : object())
            if (!one.value.is_null()) use(one.key, Field(context_, one.value, member(one.key, parent)));
    }

    // A list of facts: one make(Field) for each element of this array.
    template <typename Make>
    auto list(Make make) const {
        std::vector<decltype(make(*this))> made;
        made.reserve(size());
        each([&](const Field& element) { made.push_back(make(element)); });
        return made;
    }

    // The bytes that this is read from: what has the same is the same. Nothing of JSON, nor of what is not there.
    std::optional<std::string_view> bytes() const;
    // Appends bytes() without those of that member of this message, and their number. False where there are no bytes.
    bool append_bytes_without(std::string_view member, std::string& out) const;

    [[noreturn]] void fail(std::string_view reason) const { context_->fail(step(), reason); }
    FieldContext& context() const { return *context_; }

private:
    using Step = FieldContext::Step;
    enum class Kind : std::uint8_t { none, json, proto };
    static constexpr std::uint32_t no_step = std::numeric_limits<std::uint32_t>::max();
    static constexpr Step root_step{nullptr, no_step, no_step};
    friend class FieldContext;

    explicit Field(FieldContext* context) : context_(context), proto_() {}  // what is not there
    Field(FieldContext* context, simdjson::dom::element value, Step reached)
        : context_(context), value_(value), reached_(reached), kind_(value.is_null() ? Kind::none : Kind::json) {}
    Field(FieldContext* context, proto::Value value, Step reached)
        : context_(context), proto_(value), reached_(reached), kind_(Kind::proto) {}

    static Step member(std::string_view key, std::uint32_t parent) {
        return {key.data(), static_cast<std::uint32_t>(key.size()), parent};
    }
    // Noted where something below needs it: most fields have nothing below them.
    std::uint32_t step() const {
        return reached_.size == no_step && reached_.key == nullptr ? no_step : context_->add(reached_);
    }
    // What get() asks of one message.
    struct Known {
        proto::Wanted wanted;
        const Known* next;
    };
    using NameList = std::span<const std::string_view>;
    void fill(std::atomic<const Known*>& known, NameList names, Field* found) const;
    static const proto::Wanted& wanted_of(std::atomic<const Known*>& known, const proto::Message& message,
                                          NameList names);
    Field member_of_json(std::string_view key) const;
    proto::Elements list_elements() const;
    proto::Elements map_entries() const;
    simdjson::dom::array array() const;
    simdjson::dom::object object() const;

    FieldContext* context_;
    union {
        simdjson::dom::element value_;
        proto::Value proto_;
    };
    Step reached_ = root_step;
    Kind kind_ = Kind::none;
};

}  // namespace salve::kube
