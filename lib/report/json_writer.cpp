#include "report/json_writer.hpp"

#include "base/text.hpp"

namespace salve::report {
namespace {

constexpr std::size_t indent = 2;

bool is_plain(std::string_view text) {
    for (const char c : text)
        if (c < ' ' || c > '~' || c == '"' || c == '\\') return false;
    return true;
}

// Of what visible() leaves only these two need it.
void escape(std::string& out, std::string_view shown) {
    for (const char c : shown) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
}

}  // namespace

void JsonWriter::line() {
    out_ += '\n';
    out_.append(level_ * indent, ' ');
}

void JsonWriter::next() {
    if (!after_key_) {
        if (!first_) out_ += ',';
        line();
    }
    after_key_ = false;
    first_ = false;
}

void JsonWriter::open(char bracket) {
    next();
    out_ += bracket;
    ++level_;
    first_ = true;
}

void JsonWriter::close(char bracket) {
    --level_;
    if (!first_) line();
    out_ += bracket;
    first_ = false;
}

void JsonWriter::key(std::string_view name) {
    next();
    out_.append("\"").append(name).append("\": ");
    after_key_ = true;
}

void JsonWriter::text(std::string_view value) {
    next();
    out_ += '"';
    if (is_plain(value))
        out_ += value;
    else
        escape(out_, base::visible(value));
    out_ += '"';
}

void JsonWriter::null() {
    next();
    out_ += "null";
}

}  // namespace salve::report
