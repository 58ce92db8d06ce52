#include "advise/plain.hpp"

#include <re2/re2.h>

#include <memory>
#include <vector>

#include "advise/names.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"

namespace salve::advise {
namespace {

using re2::RE2;

// The code points of names within the text, as words.
std::string names_in(std::string_view text) {
    std::string names;
    for (std::size_t at = 0; at < text.size();) {
        const auto point = base::code_point_at(text, at);
        if (point.valid && is_name_mark(point.value)) {
            if (!names.empty()) names += ' ';
            names += text.substr(at, point.bytes);
        }
        at += point.bytes;
    }
    return names;
}

// What stands in double quotes or backticks is what somebody chose: of it only known names are kept. A quote that is
// not closed hides the rest.
std::string without_quoted(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        if (c != '"' && c != '`') {
            out += c;
            ++at;
            continue;
        }
        auto end = at + 1;
        while (end < text.size() && text[end] != c) end += text[end] == '\\' ? 2 : 1;
        end = std::min(end, text.size());
        const auto names = names_in(text.substr(at + 1, end - at - 1));
        out += names.empty() ? "<quoted>" : names;
        at = end + 1;
    }
    return out;
}

struct Rule {
    std::unique_ptr<RE2> pattern;
    const char* placeholder;
    bool number = false;
};

// In this order: what comes first may hold what comes later.
const std::vector<Rule>& rules() {
    static const auto made = [] {
        std::vector<Rule> list;
        const auto add = [&](const char* pattern, const char* placeholder, bool number = false) {
            list.push_back({std::make_unique<RE2>(pattern), placeholder, number});
        };
        add(R"(<redacted:[^>]{0,80}>)", "<secret>");
        add(R"((?i)\b[a-z][a-z0-9+.-]{1,15}://[^\s<>]+)", "<url>");
        add(R"((^|[\s=(:\[,])'[^'\n]{1,300}')", R"(\1<quoted>)");
        add(R"(\d{4}[-/]\d{2}[-/]\d{2}([T ]\d{2}:\d{2}:\d{2}([.,]\d+)?(Z|[+-]\d{2}:?\d{2})?)?)", "<time>");
        add(R"(\b\d{1,2}:\d{2}:\d{2}([.,]\d+)?\b)", "<time>");
        add(R"((?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b)", "<id>");
        add(R"((?i)\b[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,}\b)", "<address>");
        add(R"((?i)\b(sha256:)?[0-9a-f]{12,}\b)", "<id>");
        add(R"(\b\d{1,3}(\.\d{1,3}){3}(/\d+)?(:\d+)?\b)", "<address>");
        add(R"((?i)\[?\b[0-9a-f]{0,4}(:[0-9a-f]{0,4}){4,7}\]?(:\d+)?)", "<address>");
        add(R"([\w.@-]*(/[\w.@%+=:-]+){2,}/?)", "<path>");
        add(R"((^|[\s=(:\[,])/[\w.@%+-]{2,}/?)", R"(\1<path>)");
        add(R"((?i)\b[a-z0-9-]+(\.[a-z][a-z0-9-]*)+(:\d+)?(/[\w.-]+)?\b)", "<host>");
        add(R"((?i)\b[a-z][a-z0-9-]*:\d{2,5}\b)", "<host>");
        add(R"((?i)\b[a-z0-9][a-z0-9._-]*/[a-z0-9][a-z0-9._-]*:[a-z0-9][a-z0-9._-]*\b)", "<image>");
        add(R"([A-Za-z0-9+/_=-]{32,})", "<blob>");
        add(R"(\b[A-Za-z_][\w-]*\d[\w-]*\b)", "<id>", true);
        add(R"(\b\d+(\.\d+)*(%|[a-zA-Z]{1,2}\b)?)", "<n>", true);
        return list;
    }();
    return made;
}

}  // namespace

std::string plain(std::string_view marked, Numbers numbers) {
    auto text = without_quoted(base::sanitize_utf8(marked));
    for (const auto& rule : rules())
        if (!rule.number || numbers == Numbers::hide) RE2::GlobalReplace(&text, *rule.pattern, rule.placeholder);
    return text;
}

std::string shortened(std::string_view text) {
    std::string line;
    for (const auto& part : base::wrap(base::visible(text), text.size() * 4 + 16)) {
        if (!line.empty()) line += ' ';
        line += part;
    }
    return base::cut(line, max_text);
}

}  // namespace salve::advise
