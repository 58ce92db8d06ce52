#include "diagnose/wait_text.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <map>

#include "diagnose/log_facts.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose {
namespace {

using kube::LogLine;
using kube::World;
using re2::RE2;

constexpr std::size_t recent_lines = 4;  // a loop of two lines a turn shows twice in these
constexpr int loop_turns = 3;            // the same line this often is a loop

// Words of programs that wait: their own, and those of what they call.
bool says_waiting(const std::string& text) {
    static const RE2 pattern(
        R"((?i)\bwaiting (?:for|on|until)\b|\bstill waiting\b|\bwait(?:ing)? for .{1,80} to (?:be|become|start|come)|)"
        R"(\bnot (?:yet )?(?:ready|available|reachable|up|found|resolvable|listening)\b|\b(?:un|not )(?:reachable|available)\b|)"
        R"(\bconnection (?:refused|timed out|reset)|could(?:n't| not) (?:connect|resolve|translate)|failed to connect|)"
        R"(can(?:'t|not) (?:connect|resolve|find)|unable to (?:connect|resolve)|no such host|bad address|no route to host|)"
        R"(name or service not known|name does not resolve|temporary failure in name resolution|NXDOMAIN|SERVFAIL|)"
        R"(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|getaddrinfo|no response|\bis unavailable\b|\bretry(?:ing)?\b.{0,40}\b(?:in|after)\b)");
    return RE2::PartialMatch(text, pattern);
}

// The text without the time that a program writes before it.
std::string without_time(const std::string& text) {
    static const RE2 stamp(R"(^[\s\[(]*\d{2,4}[-/:.]\d{2}[-/:.]\d{2}[\dT:.,+Zz/\s\])-]*)");
    auto out = text;
    RE2::Replace(&out, stamp, "");
    return out;
}

std::vector<const LogLine*> tail(const kube::Log& log) {
    std::vector<const LogLine*> out;
    for (auto at = log.lines.rbegin(); at != log.lines.rend() && out.size() < log_tail_lines; ++at)
        if (!at->text.empty() && !is_missing_log_text(at->text)) out.push_back(&*at);
    return out;  // newest first
}

void add_once(std::vector<const LogLine*>& lines, const LogLine* line) {
    const auto same = [&](const LogLine* have) { return without_time(have->text) == without_time(line->text); };
    if (lines.size() < 3 && std::none_of(lines.begin(), lines.end(), same)) lines.push_back(line);
}

// The lines that show the loop, those that name somebody first; empty when there is none.
std::vector<const LogLine*> loop_lines(const std::vector<const LogLine*>& newest_first) {
    std::vector<const LogLine*> out;
    const auto recent = std::min(recent_lines, newest_first.size());
    for (std::size_t i = 0; i < recent; ++i)
        if (says_waiting(newest_first[i]->text)) add_once(out, newest_first[i]);
    if (out.empty()) {
        std::map<std::string, int> counts;
        for (const auto* line : newest_first) ++counts[without_time(line->text)];
        for (std::size_t i = 0; i < recent; ++i) {
            const auto text = without_time(newest_first[i]->text);
            const bool a_word = std::any_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'z'; });
            if (a_word && counts[text] >= loop_turns) add_once(out, newest_first[i]);
        }
    }
    std::stable_partition(out.begin(), out.end(),
                          [](const LogLine* line) { return endpoint_in(line->text).has_value(); });
    return out;
}

// "waiting for HOST", "wait-for HOST", "nslookup HOST", "nc -z HOST PORT", "pg_isready -h HOST": names without a port.
std::optional<Endpoint> named_in(const std::string& text) {
    static const RE2 known(
        R"((?i)(?:waiting (?:for|on)|nslookup|getent (?:hosts|ahosts)|dig|host|ping(?: -\w+(?: \d+)?)*|-h|--host[= ]|)"
        R"(nc(?: -\w+(?: \d+)?)*|telnet|tcp://|resolve(?: host)?:?|lookup|can't find) ?['"]?([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)['"]?(?:[: ](\d{2,5})\b)?)");
    Endpoint out;
    if (!RE2::PartialMatch(text, known, &out.host, &out.port)) return std::nullopt;
    return out;
}

void resolve(const World& world, const std::string& ns, const Endpoint& endpoint, WaitTarget& target) {
    target.host = endpoint.host;
    target.port = endpoint.port;
    const auto named = service_of(world, ns, endpoint);
    if (!named) return;
    target.ns = named->ns;
    target.name = named->name;
    target.service = named->service.found;
    target.absent = named->service.absent();
    if (target.service) target.ready = ready_addresses(world, *target.service);
}

// A word after "waiting for" may be any word: without a port it counts only if it is a Service, or the text is about
// looking a name up.
bool is_vague(const std::string& text, const WaitTarget& target) {
    static const RE2 lookup(R"((?i)nslookup|getent|resolve|lookup|NXDOMAIN|bad address|can't find|no such host)");
    return !target.service && target.port.empty() && !RE2::PartialMatch(text, lookup);
}

// The first text that names somebody tells the target; one that names a Service that exists is better.
WaitTarget find_target(const World& world, const std::string& ns, const std::vector<std::string>& texts) {
    WaitTarget best;
    const auto consider = [&](const std::string& text, const std::optional<Endpoint>& endpoint, bool sure) {
        if (!endpoint) return;
        WaitTarget target;
        resolve(world, ns, *endpoint, target);
        if (!sure && is_vague(text, target)) return;
        if (best.host.empty() || (target.service && !best.service)) best = std::move(target);
    };
    for (const auto& text : texts) {
        consider(text, endpoint_in(text), true);
        consider(text, named_in(text), false);
    }
    return best;
}

std::string command_text(const kube::Container& spec) {
    auto text = fmt::format("{}", fmt::join(spec.command, " "));
    if (!spec.args.empty()) text += fmt::format("{}{}", text.empty() ? "" : " ", fmt::join(spec.args, " "));
    return text;
}

bool is_wait_command(const std::string& text) {
    static const RE2 loop(
        R"((?is)\b(?:until|while)\b.*\b(?:nc|curl|wget|nslookup|getent|dig|ping|telnet|pg_isready|mysqladmin|mysql|psql|redis-cli|mongosh?|kubectl|test|\[)\b.*\bsleep\b)");
    static const RE2 tool(
        R"(\b(?:wait-for-it(?:\.sh)?|wait-for|wait4x|wait4ports|dockerize\b.*-wait|k8s-wait-for|kubectl\b.*\bwait)\b)");
    return RE2::PartialMatch(text, loop) || RE2::PartialMatch(text, tool);
}

}  // namespace

std::optional<Wait> read_wait(const World& world, const kube::Pod& pod, std::string_view container) {
    const auto* spec = kube::container_spec(pod.spec, container);
    const auto command = spec ? command_text(*spec) : "";
    Wait out;
    std::vector<std::string> texts;
    if (const auto* log = world.log(pod.meta.ns, pod.meta.name, container, false)) {
        const auto lines = tail(*log);
        out.lines = loop_lines(lines);
        // A loop that prints nothing leaves an empty log; one that prints other things is at work.
        if (out.lines.empty() && !lines.empty()) return std::nullopt;
        for (const auto* line : out.lines) texts.push_back(line->text);
    }
    if (out.lines.empty()) {
        if (!is_wait_command(command)) return std::nullopt;
        out.command = command;
    }
    texts.push_back(command);
    out.target = find_target(world, pod.meta.ns, texts);
    return out;
}

}  // namespace salve::diagnose
