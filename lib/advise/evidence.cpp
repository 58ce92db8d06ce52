#include "advise/evidence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "advise/plain.hpp"
#include "advise/scan.hpp"
#include "base/text.hpp"

namespace salve::advise {
namespace {

using diagnose::Evidence;
using diagnose::Source;
using nlohmann::ordered_json;

// What the kubelet or the server counted: exit codes, replicas. A message may hold what a workload wrote.
Numbers numbers_of(const Evidence& one) {
    const bool counted = one.source == Source::status || one.source == Source::condition;
    return counted && !one.path.ends_with("terminated.message") ? Numbers::keep : Numbers::hide;
}

// A path without what stands in brackets: keys and names are the workload's.
std::string path_of(const Evidence& one) {
    constexpr std::string_view letters_and_dot = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.";
    std::string path;
    int depth = 0;
    for (const char c : one.path) {
        if (c == '[') ++depth;
        if (depth == 0) path += c;
        if (c == ']' && depth > 0) --depth;
    }
    const bool plain_path = path.size() <= 80 && path.find_first_not_of(letters_and_dot) == std::string::npos;
    return plain_path ? path : "other";
}

std::string told(const Evidence& one, bool raw_logs, const Names& names) {
    const auto marked = names.marked(one.text);
    const bool raw = raw_logs && one.source == Source::log;
    return shortened(names.aliases(raw ? marked : plain(marked, numbers_of(one))));
}

Sent sent_of(const Case& about, std::size_t finding, std::size_t number, bool raw_logs, Prompt& prompt) {
    const auto& one = about.findings[finding]->evidence[number - 1];
    Sent sent;
    sent.id = fmt::format("E{}", prompt.evidence.size() + 1);
    sent.finding = finding;
    sent.number = number;
    sent.object = {one.object, one.container};
    if (const auto why = suspicion(one.text)) {
        sent.withheld = true;
        sent.reason = *why;
    }
    ordered_json line{{"id", sent.id},
                      {"of", fmt::format("F{}", finding + 1)},
                      {"source", base::word(diagnose::source_names, one.source)},
                      {"object", prompt.names.object(one.object)}};
    if (!one.container.empty()) line["container"] = prompt.names.container(one.container);
    line["path"] = path_of(one);
    if (one.at && *one.at <= about.now) line["ago"] = base::to_words(about.now - *one.at);
    line["text"] = sent.withheld ? "<withheld>" : told(one, raw_logs, prompt.names);
    sent.line = line.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
    return sent;
}

// Texts that only together say something: then none of them is sent.
void withhold_joint(const Case& about, Prompt& prompt) {
    std::vector<std::string_view> texts;
    for (const auto& one : prompt.evidence)
        if (!one.withheld) texts.push_back(about.findings[one.finding]->evidence[one.number - 1].text);
    const auto why = joint_suspicion(texts);
    if (!why) return;
    for (auto& one : prompt.evidence) {
        if (one.withheld) continue;
        one.withheld = true;
        one.reason = *why;
        auto line = ordered_json::parse(one.line);
        line["text"] = "<withheld>";
        one.line = line.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
    }
}

}  // namespace

void name_all(const Case& about, Names& names) {
    const auto add = [&](const diagnose::Subject& one) {
        names.object(one.object);
        if (!one.container.empty()) names.container(one.container);
    };
    for (const auto& one : about.candidates) add(one.target);
    for (const auto* finding : about.findings) {
        add(finding->root);
        for (const auto& one : finding->affected) add(one);
        for (const auto& one : finding->evidence) add({one.object, one.container});
    }
}

std::size_t add_evidence(const Case& about, bool raw_logs, std::size_t room, Prompt& prompt) {
    std::size_t left_out = 0, used = 0, longest = 0;
    for (const auto* finding : about.findings) longest = std::max(longest, finding->evidence.size());
    std::set<std::tuple<diagnose::Subject, std::string, std::string>> known;
    for (std::size_t number = 1; number <= longest; ++number)
        for (std::size_t at = 0; at < about.findings.size(); ++at) {
            const auto& list = about.findings[at]->evidence;
            if (number > list.size()) continue;
            const auto& one = list[number - 1];
            if (!known.emplace(diagnose::Subject{one.object, one.container}, one.path, one.text).second) continue;
            auto sent = sent_of(about, at, number, raw_logs, prompt);
            const auto size = marked_line(sent, prompt.mark).size();
            if (prompt.evidence.size() >= max_lines || used + size > room) {
                ++left_out;
                continue;
            }
            used += size;
            prompt.evidence.push_back(std::move(sent));
        }
    withhold_joint(about, prompt);
    return left_out;
}

std::string marked_line(const Sent& sent, const std::string& mark) {
    auto line = ordered_json::parse(sent.line);
    auto& text = line["text"].get_ref<std::string&>();
    std::string out;
    // Nothing that was in the text can look like the mark: its first character is taken out.
    for (const char c : text)
        if (c != mark.front()) out += c == ' ' ? mark : std::string(1, c);
    text = out;
    return line.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace salve::advise
