// The kubectl of the scenario tests: answers from the recording that KUBECONFIG names (the only variable that reaches
// it), as the real one would, and writes its arguments to $TMPDIR/calls. What was not recorded fails loudly. After the
// first change it answers from after.json beside that recording, after the second from after2.json, with the marks that
// the changes bore in place of {mark 1} and {mark 2}; without such a file a change fails loudly.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

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

void note(const std::vector<std::string>& args) {
    std::string line = "kubectl";
    for (const auto& arg : args) line += " " + arg;
    line += "\n";
    std::ofstream(std::string(std::getenv("TMPDIR")) + "/calls", std::ios::app) << line;
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

int run(const std::vector<std::string>& args) {
    note(args);
    const auto recording = recorded();
    if (has(args, "config")) return config_view(recording);
    if (has(args, "can-i")) return std::puts("yes") < 0;
    if (args[0] == "patch" || args[0] == "create" || args[0] == "delete") return rehearse(recording, args);
    const auto path = flag(args, "--raw");
    const bool logs = has(args, "logs");
    const auto key = logs ? flag(args, "--namespace") + "/" + args.back() + "/" + flag(args, "--container") : "";
    for (const auto& read : recording["reads"]) {
        if (!path.empty() && read.contains("get") && read["get"] == path) return answer(read);
        if (logs && read.contains("log") && read["log"] == key && read["previous"] == has(args, "--previous"))
            return answer(read);
    }
    if (const auto object = from_list(recording, path); !object.is_null())
        return answer({{"state", "ok"}, {"body", object}});
    std::fprintf(stderr, "error: not in the recording: %s%s\n", path.c_str(), key.c_str());
    return 1;
}

}  // namespace

int main(int argc, char** argv) { return run(std::vector<std::string>(argv + 1, argv + argc)); }
