// The kubectl of the scenario tests: answers from the recording that KUBECONFIG names (the only variable that reaches
// it), as the real one would, and writes its arguments to $TMPDIR/calls. What was not recorded fails loudly. After the
// first change it answers from after.json beside that recording, after the second from after2.json, with the marks that
// the changes bore in place of {mark 1} and {mark 2}; without such a file a change fails loudly. `proxy` serves the
// same recording over HTTP, with the filters that it was given; what these refuse is noted as REFUSED, and what only a
// kubectl of its own can word as UNWORDED.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <vector>

#include "http_server.hpp"

namespace {

using nlohmann::json;

std::string flag(const std::vector<std::string>& args, const std::string& name) {
    for (const auto& arg : args)
        if (arg.rfind(name + "=", 0) == 0) return arg.substr(name.size() + 1);
    return "";
}

bool has(const std::vector<std::string>& args, const std::string& word) {
    for (const auto& arg : args)
        if (arg == word || arg == word + "=true") return true;
    return false;
}

void note_line(const std::string& line) {
    std::ofstream(std::string(std::getenv("TMPDIR")) + "/calls", std::ios::app) << line + "\n";
}

void note(const std::vector<std::string>& args) {
    std::string line = "kubectl";
    for (const auto& arg : args) line += " " + arg;
    note_line(line);
}

int config_view(const json& recording) {
    const auto& scope = recording["scope"]["namespaces"];
    const std::string ns = scope.empty() ? "default" : scope[0].get<std::string>();
    const json context = recording["context"].is_null() ? json("recorded") : recording["context"];
    std::puts(json{{"kind", "Config"},
                   {"current-context", context},
                   {"contexts", {{{"name", context}, {"context", {{"namespace", ns}}}}}}}
                  .dump()
                  .c_str());
    return 0;
}

int answer(const json& read) {
    if (read["state"] == "ok") {
        const auto text = read["body"].is_string() ? read["body"].get<std::string>() : read["body"].dump();
        std::fwrite(text.data(), 1, text.size(), stdout);
        return 0;
    }
    // A log that is gone: the real one says so on stdout, with exit code 0.
    const auto detail = read["detail"].is_null() ? std::string("error: unknown") : read["detail"].get<std::string>();
    if (detail.rfind("unable to retrieve container logs", 0) == 0) {
        std::fputs(detail.c_str(), stdout);
        return 0;
    }
    // The real one prints an empty List beside "Forbidden".
    if (read["state"] == "forbidden")
        std::puts(R"({"apiVersion":"v1","items":[],"kind":"List","metadata":{"resourceVersion":""}})");
    std::fprintf(stderr, "%s\n",
                 read["detail"].is_null() ? "error: unknown" : read["detail"].get<std::string>().c_str());
    return 1;
}

// An object that was recorded as an item of its list; null if it was not.
json from_list(const json& recording, const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return nullptr;
    for (const auto& read : recording["reads"]) {
        if (!read.contains("get") || read["get"] != path.substr(0, slash) || read["state"] != "ok") continue;
        if (!read["body"].contains("items")) continue;
        for (auto item : read["body"]["items"]) {
            if (item["metadata"]["name"] != path.substr(slash + 1)) continue;
            const auto kind = read["body"]["kind"].get<std::string>();
            item["apiVersion"] = read["body"]["apiVersion"];
            item["kind"] = kind.substr(0, kind.size() - 4);  // without "List"
            return item;
        }
    }
    return nullptr;
}

// Changes and their rehearsals, as the server answers them: the patched object, or that a test failed.
json listed(const json& recording, const std::string& plural, const std::string& ns, const std::string& name) {
    const auto end = "/namespaces/" + ns + "/" + plural;
    for (const auto& read : recording["reads"]) {
        const auto path = read.contains("get") ? read["get"].get<std::string>() : "";
        if (path.size() > end.size() && path.compare(path.size() - end.size(), end.size(), end) == 0)
            return from_list(recording, path + "/" + name);
    }
    return nullptr;
}

int not_found(const std::string& name) {
    std::fprintf(stderr, "Error from server (NotFound): \"%s\" not found\n", name.c_str());
    return 1;
}

std::string text(const char* file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string changes_file() { return std::string(std::getenv("TMPDIR")) + "/changes"; }

// The marks of the changes that were made, "-" for one that bears none.
std::vector<std::string> marks() {
    std::vector<std::string> list;
    std::ifstream in(changes_file());
    for (std::string line; std::getline(in, line);) list.push_back(line);
    return list;
}

std::string recording_after(std::size_t changes) {
    const std::string first = std::getenv("KUBECONFIG");
    if (changes == 0) return first;
    const auto name = changes == 1 ? std::string("after.json") : "after" + std::to_string(changes) + ".json";
    return first.substr(0, first.rfind('/') + 1) + name;
}

bool may_change() { return std::ifstream(recording_after(marks().size() + 1)).good(); }

void change(const std::string& mark) { std::ofstream(changes_file(), std::ios::app) << mark + "\n"; }

json recorded() {
    const auto made = marks();
    auto recording = text(recording_after(made.size()).c_str());
    for (std::size_t i = 0; i < made.size(); ++i) {
        const auto mark = "{mark " + std::to_string(i + 1) + "}";
        for (auto at = recording.find(mark); at != std::string::npos; at = recording.find(mark, at))
            recording.replace(at, mark.size(), made[i]);
    }
    return json::parse(recording);
}

int patch(const json& recording, const std::vector<std::string>& args) {
    const auto kind = args[args.size() - 2];
    auto object = listed(recording, kind.substr(0, kind.find('.')), flag(args, "--namespace"), args.back());
    if (object.is_null()) return not_found(args.back());
    try {
        object = object.patch(json::parse(flag(args, "--patch")));
    } catch (const json::exception&) {
        std::fputs("The request is invalid: the server rejected our request due to an error in our request\n", stderr);
        return 1;
    }
    if (object["metadata"].contains("generation"))
        object["metadata"]["generation"] = object["metadata"]["generation"].get<int>() + 1;
    const auto path = json::json_pointer("/metadata/annotations/salve~1run");
    if (flag(args, "--dry-run").empty()) change(object.contains(path) ? object[path].get<std::string>() : "-");
    std::puts(object.dump().c_str());
    return 0;
}

int rehearse(const json& recording, const std::vector<std::string>& args) {
    const bool real = flag(args, "--dry-run").empty();
    if (args[0] == "patch" && (!real || may_change())) return patch(recording, args);
    if (args[0] == "create" && args[1] == "job" && flag(args, "--dry-run") == "server") {
        std::puts(json{{"apiVersion", "batch/v1"},
                       {"kind", "Job"},
                       {"metadata", {{"name", args.back()}, {"namespace", flag(args, "--namespace")}}}}
                      .dump()
                      .c_str());
        return 0;
    }
    const auto path = flag(args, "--raw");
    const std::string dry = "?dryRun=All";
    if (path.size() > dry.size() && path.compare(path.size() - dry.size(), dry.size(), dry) == 0) {
        std::puts(R"({"apiVersion":"v1","kind":"Status","status":"Success"})");
        return 0;
    }
    if (!path.empty() && may_change()) {
        change("-");
        std::puts(R"({"apiVersion":"v1","kind":"Status","status":"Success"})");
        return 0;
    }
    std::fputs("error: the fake changes nothing\n", stderr);
    return 1;
}

std::string decoded(const std::string& text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            plain += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
            i += 2;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

// Leaves what a selector "!key" or "key in (a,b)" selects, outside of namespaces "metadata.namespace!=a,", as the
// server does.
void cut(json& items, const std::string& selector, const std::string& fields) {
    const std::regex in("^(\\S+) in \\((.*)\\)$");
    std::smatch parts;
    const bool listed = std::regex_match(selector, parts, in);
    const auto key = listed ? parts[1].str() : selector.substr(1);
    const auto values = listed ? "," + parts[2].str() + "," : "";
    auto left = json::array();
    for (auto& item : items) {
        const auto labels = item["metadata"].value("labels", json::object());
        const bool has = labels.contains(key);
        const bool wanted =
            listed ? has && values.find("," + labels[key].get<std::string>() + ",") != std::string::npos : !has;
        const auto ns = item["metadata"].value("namespace", "");
        if (wanted && fields.find("metadata.namespace!=" + ns + ",") == std::string::npos) left.push_back(item);
    }
    items = left;
}

// What of a recording answers a request; null if nothing does.
json read_of(const json& recording, const std::string& path, const std::string& log, bool previous) {
    for (const auto& read : recording["reads"]) {
        if (!path.empty() && read.contains("get") && read["get"] == path) return read;
        if (!log.empty() && read.contains("log") && read["log"] == log && read["previous"] == previous) return read;
    }
    // A list that was recorded whole holds what a selector asks for.
    const std::string events = "/api/v1/events";
    if (path.rfind(events + "?fieldSelector=reason", 0) == 0) return read_of(recording, events, "", false);
    const std::string selector = "?labelSelector=";
    if (const auto at = path.find(selector); at != std::string::npos) {
        auto whole = read_of(recording, path.substr(0, at), "", false);
        const auto end = std::min(path.find('&', at), path.size());
        const auto labels = path.substr(at + selector.size(), end - at - selector.size());
        if (!whole.is_null() && whole["state"] == "ok")
            cut(whole["body"]["items"], decoded(labels), decoded(path.substr(end)) + ",");
        return whole;
    }
    if (const auto object = from_list(recording, path); !object.is_null()) return {{"state", "ok"}, {"body", object}};
    return nullptr;
}

// Whether one of the expressions, which stand between commas, is found in the word.
bool matches(const std::string& word, const std::string& list) {
    std::size_t from = 0;
    while (from <= list.size()) {
        const auto end = std::min(list.find(',', from), list.size());
        if (std::regex_search(word, std::regex(list.substr(from, end - from)))) return true;
        from = end + 1;
    }
    return false;
}

std::string query_value(const std::string& query, const std::string& key) {
    const auto at = ("&" + query).find("&" + key + "=");
    if (at == std::string::npos) return "";
    const auto from = at + key.size() + 1;
    return query.substr(from, query.find('&', from) - from);
}

// The recording's read for "/api/v1/namespaces/NS/pods/POD/log?container=C", or for any other path.
json read_at(const json& recording, const std::string& path) {
    const auto mark = std::min(path.find('?'), path.size());
    const std::regex log("^/api/v1/namespaces/([^/]+)/pods/([^/]+)/log$");
    std::smatch parts;
    const auto head = path.substr(0, mark);
    if (!std::regex_match(head, parts, log)) return read_of(recording, path, "", false);
    const auto query = path.substr(std::min(mark + 1, path.size()));
    const auto key = parts[1].str() + "/" + parts[2].str() + "/" + query_value(query, "container");
    return read_of(recording, "", key, query_value(query, "previous") == "true");
}

fakes::HttpReply unworded(const std::string& path) {
    note_line("UNWORDED " + path);
    return {500, "text/plain; charset=utf-8", "dial tcp: no such luck"};
}

// The server's answer from which kubectl would have made that line.
fakes::HttpReply refusal(const std::string& path, const std::string& line) {
    if (line == "Error from server (NotFound): the server could not find the requested resource")
        return {404, "text/plain; charset=utf-8", "404 page not found\n"};
    const std::regex words("^Error from server( \\(([A-Za-z]+)\\))?: (.*)$");
    std::smatch parts;
    if (!std::regex_match(line, parts, words)) return unworded(path);
    const auto reason = parts[2].str();
    const int code = reason == "Forbidden" ? 403 : reason == "NotFound" ? 404 : reason == "BadRequest" ? 400 : 500;
    return {code, "application/json",
            json{{"kind", "Status"},
                 {"apiVersion", "v1"},
                 {"metadata", json::object()},
                 {"status", "Failure"},
                 {"reason", reason},
                 {"message", parts[3].str()},
                 {"code", code}}
                .dump()};
}

fakes::HttpReply reply_to(const std::vector<std::string>& args, const fakes::HttpQuestion& question) {
    const auto path = question.path.substr(0, question.path.find('?'));
    if (matches(question.method, flag(args, "--reject-methods")) || !matches(path, flag(args, "--accept-paths")) ||
        !matches(question.host, flag(args, "--accept-hosts"))) {
        note_line("REFUSED " + question.method + " " + question.path);
        return {403, "text/plain; charset=utf-8", "Forbidden\n"};
    }
    const auto read = read_at(recorded(), question.path);
    if (read.is_null()) return unworded(question.path);
    const auto detail = !read.contains("detail") || read["detail"].is_null() ? "" : read["detail"].get<std::string>();
    if (read["state"] == "ok")
        return {200, "application/json",
                read["body"].is_string() ? read["body"].get<std::string>() : read["body"].dump()};
    if (detail.rfind("unable to retrieve container logs", 0) == 0) return {200, "text/plain", detail};
    return refusal(question.path, detail);
}

int proxy(const std::vector<std::string>& args) {
    const auto socket = flag(args, "--unix-socket");
    const int listener = fakes::listen_at(socket);
    if (listener < 0) return 1;
    std::printf("Starting to serve on %s\n", socket.c_str());
    std::fflush(stdout);
    fakes::serve(listener, [&args](const fakes::HttpQuestion& question) { return reply_to(args, question); });
    return 0;
}

int run(const std::vector<std::string>& args) {
    note(args);
    if (args[0] == "proxy") return proxy(args);
    const auto recording = recorded();
    if (has(args, "config")) return config_view(recording);
    if (has(args, "can-i")) return std::puts("yes") < 0;
    if (args[0] == "patch" || args[0] == "create" || args[0] == "delete") return rehearse(recording, args);
    const auto path = flag(args, "--raw");
    const bool logs = has(args, "logs");
    const auto key = logs ? flag(args, "--namespace") + "/" + args.back() + "/" + flag(args, "--container") : "";
    if (const auto read = read_of(recording, path, key, has(args, "--previous")); !read.is_null()) return answer(read);
    std::fprintf(stderr, "error: not in the recording: %s%s\n", path.c_str(), key.c_str());
    return 1;
}

}  // namespace

int main(int argc, char** argv) { return run(std::vector<std::string>(argv + 1, argv + argc)); }
