// JSON written straight into a text, laid out as nlohmann::json::dump(2) does: for lists of which a tree would cost ten
// times their text.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace salve::report {

class JsonWriter {
public:
    // level: how deep in its document the first value stands.
    JsonWriter(std::string& out, std::size_t level) : out_(out), level_(level) {}

    // Every value stands in an array, after a key(), or alone.
    void open(char bracket);            // '{' or '['
    void close(char bracket);           // '}' or ']'
    void key(std::string_view name);    // of this program: nothing in it is escaped
    void text(std::string_view value);  // as base::visible() shows it
    void null();

    // A key and its value.
    void text(std::string_view name, std::string_view value) {
        key(name);
        text(value);
    }
    void text_or_null(std::string_view name, std::string_view value) {
        key(name);
        value.empty() ? null() : text(value);
    }
    void time_or_null(std::string_view name, const std::optional<base::Time>& time) {
        text_or_null(name, time ? base::to_rfc3339(*time) : "");
    }
    template <typename Range>
    void texts(std::string_view name, const Range& values) {
        key(name);
        open('[');
        for (const auto& value : values) text(value);
        close(']');
    }

private:
    void next();  // to where the next value begins
    void line();

    std::string& out_;
    std::size_t level_;
    bool first_ = true;      // in its object or array
    bool after_key_ = true;  // the value stands behind a key, or alone
};

}  // namespace salve::report
