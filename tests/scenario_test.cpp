// S2.1, S2.2, B5: runs the real binary, without a network, on every folder of scenarios/: with the fake kubectl on
// PATH, started for each read, again through one proxy, and again with --from; and holds all three against expect/.
//
//   scenario_test SALVE FAKE_KUBECTL CLOCK_LIBRARY SCENARIOS [NAME...]      ACCEPT=1 rewrites expect/
//
// A scenario holds  args (one a line),  cluster.json,  expect/{stdout,stderr,exit,calls}; what is no triage also
// expect/stdout.from, what it prints of the recording; and salve.yaml, where it is run with one. Run ids, records and
// durations are normalised.
#include <fcntl.h>
#include <fmt/format.h>
#include <re2/re2.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "base/time.hpp"

namespace fs = std::filesystem;

namespace {

struct Tools {
    fs::path salve, kubectl, clock;
};

std::string read(const fs::path& file) {
    std::ifstream in(file);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

std::vector<std::string> lines(const std::string& text) {
    std::vector<std::string> result;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);)
        if (!line.empty()) result.push_back(line);
    return result;
}

using Result = std::map<std::string, std::string>;  // stdout, stderr, exit, calls

std::string normalised(std::string text) {
    RE2::GlobalReplace(&text, R"("run": "[0-9a-f]{12}")", R"("run": "RUN")");
    RE2::GlobalReplace(&text, R"("mono_us": \d+)", R"("mono_us": 0)");
    RE2::GlobalReplace(&text, R"(\S*/runs/\d{8}-\d{8}T\d{6}Z-([a-z]+)-[0-9a-f]{12}\.json)", R"(runs/TIME-\1-RUN.json)");
    RE2::GlobalReplace(&text, R"(\b(run|Run|record) [0-9a-f]{12}\b)", R"(\1 RUN)");
    RE2::GlobalReplace(&text, R"("catalog_sha256": "[0-9a-f]{64}")", R"("catalog_sha256": "SHA256")");
    // A plan is named by its digest, and each change is marked with the run that planned it.
    RE2::GlobalReplace(&text, R"(Plan [0-9a-f]{16}\b)", "Plan PLAN");
    RE2::GlobalReplace(&text, R"("plan": "[0-9a-f]{16}")", R"("plan": "PLAN")");
    RE2::GlobalReplace(&text, R"(\b[0-9a-f]{12}\.(\d+)\b)", R"(RUN.\1)");
    RE2::GlobalReplace(&text, R"(--approve [0-9a-f]{16}\b)", "--approve PLAN");
    RE2::GlobalReplace(&text, R"(undo [0-9a-f]{12}\b)", "undo RUN");
    RE2::GlobalReplace(&text, R"("undoes": "[0-9a-f]{12}")", R"("undoes": "RUN")");
    return text;
}

int spawn(const std::vector<std::string>& args, const std::vector<std::string>& environment, const fs::path& out,
          const fs::path& err) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    posix_spawn_file_actions_addopen(&actions, 2, err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    std::vector<char*> argv, envp;
    for (const auto& arg : args) argv.push_back(const_cast<char*>(arg.c_str()));
    for (const auto& pair : environment) envp.push_back(const_cast<char*>(pair.c_str()));
    argv.push_back(nullptr);
    envp.push_back(nullptr);
    pid_t pid = 0;
    const int error = posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), envp.data());
    posix_spawn_file_actions_destroy(&actions);
    if (error) return 1000 + error;
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 2000 + WTERMSIG(status);
}

// The clock stands where it stood when the recording was made.
std::string recorded_time(const fs::path& folder) {
    const auto text = read(folder / "cluster.json");
    std::string at;
    RE2::PartialMatch(text, R"re("taken_at":\s*"([^"]+)")re", &at);
    const auto time = salve::base::parse_time(at);
    return fmt::format("{}", time ? time->us : 0);
}

// What the commands before it told last, in place of {plan} and {run}.
std::string filled(std::string arg, const std::string& told) {
    const auto last = [&](const char* pattern) {
        std::string found, one;
        re2::StringPiece rest(told);
        const RE2 expression(pattern);
        while (RE2::FindAndConsume(&rest, expression, &one)) found = one;
        return found;
    };
    if (arg == "{plan}") return last(R"re((?:Plan |"plan": ")([0-9a-f]{16}))re");
    if (arg == "{run}") return last(R"re(salve undo ([0-9a-f]{12}))re");
    return arg;
}

// The commands of the scenario: args, then args.2, args.3, ...
std::vector<std::vector<std::string>> commands(const fs::path& folder) {
    std::vector<std::vector<std::string>> all{lines(read(folder / "args"))};
    for (int number = 2; fs::exists(folder / fmt::format("args.{}", number)); ++number)
        all.push_back(lines(read(folder / fmt::format("args.{}", number))));
    return all;
}

// The model of the scenario, where it has one: a server that says what ollama.json tells it to (tests/fakes/ollama). It
// ends with the end of its standard input.
class Model {
public:
    Model(const fs::path& script, const fs::path& work) {
        int in[2], out[2];
        if (!fs::exists(script) || pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) return;
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, in[0], 0);
        posix_spawn_file_actions_adddup2(&actions, out[1], 1);
        posix_spawn_file_actions_addopen(&actions, 2, (work / "model.err").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
        const std::string program = (script.parent_path() / "../../tests/fakes/ollama").lexically_normal();
        const std::string argument = script;
        char* argv[] = {const_cast<char*>(program.c_str()), const_cast<char*>(argument.c_str()), nullptr};
        posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv, environ);
        posix_spawn_file_actions_destroy(&actions);
        close(in[0]);
        close(out[1]);
        end_ = in[1];
        for (char c = 0; ::read(out[0], &c, 1) == 1 && c != '\n';) port_ += c;
        close(out[0]);
    }
    ~Model() {
        if (end_ < 0) return;
        close(end_);
        waitpid(pid_, nullptr, 0);
    }
    Model(const Model&) = delete;
    Model& operator=(const Model&) = delete;
    const std::string& port() const { return port_; }

private:
    pid_t pid_ = 0;
    int end_ = -1;
    std::string port_;
};

enum class Reads { spawn, proxy, from };

// The scenario's own configuration, with the port of its model in place of {ollama}, and how lists are read.
void write_config(const fs::path& folder, const Model& model, const fs::path& work, Reads reads) {
    auto text = read(folder / "salve.yaml");
    RE2::GlobalReplace(&text, R"(\{ollama\})", model.port());
    std::ofstream(work / "salve.yaml") << text << "kubectl: {transport: " << (reads == Reads::proxy ? "proxy" : "spawn")
                                       << "}\n";
}

Result run(const Tools& tools, const fs::path& folder, const fs::path& work, Reads reads) {
    const bool from = reads == Reads::from;
    fs::create_directories(work / "bin");
    fs::create_directories(work / "runs");
    fs::remove(work / "calls");
    const Model model(folder / "ollama.json", work);
    write_config(folder, model, work, reads);
    if (!fs::exists(work / "bin/kubectl")) fs::copy_file(tools.kubectl, work / "bin/kubectl");
    fs::remove(work / "changes");
    const std::vector<std::string> environment = {fmt::format("PATH={}", (work / "bin").string()),
                                                  fmt::format("KUBECONFIG={}", (folder / "cluster.json").string()),
                                                  fmt::format("TMPDIR={}", work.string()),
                                                  fmt::format("HOME={}", work.string()),
                                                  fmt::format("SALVE_RUNS={}", (work / "runs").string()),
                                                  fmt::format("LD_PRELOAD={}", tools.clock.string()),
                                                  fmt::format("SALVE_TEST_TIME={}", recorded_time(folder)),
                                                  "ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0"};
    std::string told, out, err, codes;
    for (auto args : commands(folder)) {
        for (auto& arg : args) arg = filled(std::move(arg), told);
        args.insert(args.begin(), tools.salve);
        args.insert(args.end(), {"--config", work / "salve.yaml"});
        if (fs::exists(folder / "policy.yaml")) args.insert(args.end(), {"--policy", folder / "policy.yaml"});
        if (from) args.insert(args.end(), {"--from", folder / "cluster.json"});
        codes += fmt::format("{}\n", spawn(args, environment, work / "out", work / "err"));
        told += read(work / "out");
        out += normalised(read(work / "out"));
        err += normalised(read(work / "err"));
        if (from) break;  // what follows needs a cluster
    }
    auto calls = lines(read(work / "calls"));
    std::sort(calls.begin(), calls.end());
    std::string call_text;
    for (const auto& call : calls) call_text += normalised(call) + "\n";
    return {{"stdout", out}, {"stderr", err}, {"exit", codes}, {"calls", call_text}};
}

bool same(const std::string& name, const std::string& what, const std::string& expected, const std::string& got,
          const fs::path& work) {
    if (expected == got) return true;
    std::ofstream(work / (what + ".got")) << got;
    std::ofstream(work / (what + ".expected")) << expected;
    std::cout << fmt::format("FAIL {}: {} differs; see diff {}/{}.expected {}/{}.got\n", name, what, work.string(),
                             what, work.string(), what);
    return false;
}

// What a record of a plan says of the tool is what the plan was made with.
bool same_catalog(const std::string& name, const fs::path& runs) {
    for (const auto& file : fs::directory_iterator(runs)) {
        if (file.path().extension() != ".json" || file.path().filename().string().find("-plan-") == std::string::npos)
            continue;
        const auto record = nlohmann::json::parse(read(file.path()), nullptr, false);
        const auto plan = record.value("/plan/document/bound/catalog_sha256"_json_pointer, std::string());
        if (plan.empty() || record.value("/tool/catalog_sha256"_json_pointer, std::string()) == plan) continue;
        std::cout << fmt::format("FAIL {}: the record is of another catalog than its plan\n", name);
        return false;
    }
    return true;
}

std::size_t count(const std::vector<std::string>& calls, const char* start) {
    return static_cast<std::size_t>(
        std::count_if(calls.begin(), calls.end(), [&](const std::string& call) { return call.starts_with(start); }));
}

// Through the proxy kubectl is started for a read only where the proxy cannot know its words, and the filters let all
// reads pass. What is no read of that kind is done as ever.
bool same_reads(const std::string& name, bool triage, const std::vector<std::string>& spawned,
                const std::vector<std::string>& proxied) {
    constexpr const char *list = "kubectl get ", *log = "kubectl logs ", *door = "kubectl proxy ";
    const auto others = [&](const std::vector<std::string>& calls) {
        return count(calls, "kubectl ") - count(calls, list) - count(calls, log) - count(calls, door);
    };
    const auto read = count(proxied, list) + count(proxied, log), unworded = count(proxied, "UNWORDED ");
    // What watches over a change reads by itself.
    const bool few = triage ? read == unworded : read < count(spawned, list) + count(spawned, log);
    if (few && count(proxied, "REFUSED ") == 0 && others(spawned) == others(proxied) && count(spawned, door) == 0)
        return true;
    std::cout << fmt::format("FAIL {}: by proxy {} reads were spawned and {} unworded\n", name, read, unworded);
    return false;
}

bool check(const Tools& tools, const fs::path& folder, const fs::path& work, bool accept) {
    const auto name = folder.filename().string();
    const auto args = lines(read(folder / "args"));
    const auto live = run(tools, folder, work, Reads::spawn);
    const auto proxied = run(tools, folder, work, Reads::proxy);
    const auto replay = run(tools, folder, work, Reads::from);
    bool good = true;
    for (const auto& [what, got] : live) {
        if (accept) {
            fs::create_directories(folder / "expect");
            std::ofstream(folder / "expect" / what) << got;
        }
        good &= same(name, what, read(folder / "expect" / what), got, work);
    }
    for (const char* what : {"stdout", "stderr", "exit"})
        good &= same(name, std::string(what) + " by proxy", live.at(what), proxied.at(what), work);
    good &= same_reads(name, !args.empty() && args.front() == "triage", lines(live.at("calls")),
                       lines(proxied.at("calls")));
    // A recording says the same as the cluster it was made of, and needs no kubectl (B5); but nobody can rehearse a
    // change of it, so a plan has an output of its own.
    const auto own = folder / "expect/stdout.from";
    const bool plans = !args.empty() && args.front() != "triage";
    if (accept && plans) std::ofstream(own) << replay.at("stdout");
    good &= same(name, "stdout of --from", plans ? read(own) : live.at("stdout"), replay.at("stdout"), work);
    good &= same(name, "calls of --from", "", replay.at("calls"), work);
    good &= same_catalog(name, work / "runs");
    return good;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 5) return 2;
    const Tools tools{fs::absolute(argv[1]), fs::absolute(argv[2]), fs::absolute(argv[3])};
    const std::vector<std::string> only(argv + 5, argv + argc);
    std::vector<fs::path> folders;
    for (const auto& entry : fs::directory_iterator(argv[4]))
        if (entry.is_directory() && fs::exists(entry.path() / "cluster.json"))
            folders.push_back(fs::absolute(entry.path()));
    std::sort(folders.begin(), folders.end());
    char place[] = "/tmp/salve-scenarios.XXXXXX";
    const fs::path work = mkdtemp(place);
    int passed = 0, failed = 0;
    for (const auto& folder : folders) {
        const auto name = folder.filename().string();
        if (!only.empty() && std::find(only.begin(), only.end(), name) == only.end()) continue;
        (check(tools, folder, work / name, std::getenv("ACCEPT") != nullptr) ? passed : failed) += 1;
    }
    if (failed == 0) fs::remove_all(work);
    std::cout << fmt::format("scenarios: {} passed, {} failed\n", passed, failed);
    return failed == 0 && passed > 0 ? 0 : 1;
}
