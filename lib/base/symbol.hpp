// A text that many facts repeat (a kind, a node, an image, the name of a label), kept once for the whole process: eight
// bytes, copied and compared as a pointer. Never forgotten, so not for what is different in each object.
#pragma once
#include <fmt/format.h>

#include <functional>
#include <string>
#include <string_view>

namespace salve::base {

// Reads as a const std::string. Safe to make in several threads at once.
class Symbol {
public:
    Symbol() = default;
    Symbol(std::string_view text);
    Symbol(const std::string& text) : Symbol(std::string_view(text)) {}
    Symbol(const char* text) : Symbol(std::string_view(text)) {}

    const std::string& str() const { return text_ ? *text_ : none(); }
    operator const std::string&() const { return str(); }
    operator std::string_view() const { return str(); }

    bool empty() const { return text_ == nullptr; }
    std::size_t size() const { return str().size(); }
    auto begin() const { return str().begin(); }
    auto end() const { return str().end(); }
    char front() const { return str().front(); }
    char back() const { return str().back(); }
    bool starts_with(std::string_view text) const { return str().starts_with(text); }
    bool ends_with(std::string_view text) const { return str().ends_with(text); }
    template <typename Text>
    std::size_t find(const Text& text, std::size_t from = 0) const {
        return str().find(text, from);
    }
    template <typename Text>
    std::size_t rfind(const Text& text) const {
        return str().rfind(text);
    }
    std::string substr(std::size_t from, std::size_t count = std::string::npos) const {
        return str().substr(from, count);
    }

    friend bool operator==(Symbol a, Symbol b) { return a.text_ == b.text_; }
    friend bool operator==(Symbol a, std::string_view b) { return a.str() == b; }
    friend bool operator==(Symbol a, const std::string& b) { return a.str() == b; }
    friend bool operator==(Symbol a, const char* b) { return a.str() == b; }
    friend auto operator<=>(Symbol a, Symbol b) { return a.str() <=> b.str(); }
    friend auto operator<=>(Symbol a, std::string_view b) { return std::string_view(a) <=> b; }
    friend auto operator<=>(Symbol a, const std::string& b) { return a.str() <=> b; }
    friend auto operator<=>(Symbol a, const char* b) { return a.str() <=> b; }
    friend std::string operator+(Symbol a, Symbol b) { return a.str() + b.str(); }
    friend std::string operator+(Symbol a, const char* b) { return a.str() + b; }
    friend std::string operator+(Symbol a, const std::string& b) { return a.str() + b; }
    friend std::string operator+(const char* a, Symbol b) { return a + b.str(); }
    friend std::string operator+(std::string a, Symbol b) { return std::move(a) + b.str(); }
    friend std::ostream& operator<<(std::ostream& out, Symbol symbol) { return out << symbol.str(); }

private:
    static const std::string& none();

    const std::string* text_ = nullptr;  // null: empty
};

}  // namespace salve::base

// As it is, with no width or precision: that of std::string_view would be compiled in every file.
template <>
struct fmt::formatter<salve::base::Symbol> {
    constexpr auto parse(fmt::format_parse_context& context) { return context.begin(); }
    fmt::format_context::iterator format(salve::base::Symbol symbol, fmt::format_context& context) const;
};

template <>
struct std::hash<salve::base::Symbol> {
    std::size_t operator()(salve::base::Symbol symbol) const { return std::hash<std::string_view>()(symbol); }
};
