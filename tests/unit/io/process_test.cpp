#include "io/process.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "base/error.hpp"
#include "io/child_environment.hpp"
#include "io/run_kubectl.hpp"
#include "test_paths.hpp"

using namespace salve;
using namespace salve::io;

namespace {

constexpr auto kubectl_unavailable = base::ErrorKind::kubectl_unavailable;
constexpr base::Duration ms(std::int64_t n) { return {n * 1000}; }

const Program misbehave{SALVE_MISBEHAVE, SALVE_MISBEHAVE};

struct Ran {
    ProcessResult result;
    std::string out;
    long code() const {
        const auto* end = std::get_if<Exited>(&result.end);
        return end == nullptr ? -1 : end->code;
    }
    int signal() const {
        const auto* end = std::get_if<Signalled>(&result.end);
        return end == nullptr ? -1 : end->signal;
    }
    bool timed_out() const { return std::holds_alternative<TimedOut>(result.end); }
};

ProcessOptions quick() {
    ProcessOptions options;
    options.budget = ms(20'000);
    options.grace = ms(200);
    options.drain = ms(200);
    options.cancel_grace = ms(200);
    return options;
}

Ran run(const std::vector<std::string>& args, const ProcessOptions& options = quick(),
        const std::vector<std::string>& environment = {}) {
    Ran ran;
    ran.result = run_process(
        misbehave, args, environment,
        [&ran](std::string_view bytes) {
            ran.out += bytes;
            return true;
        },
        options);
    return ran;
}

base::ErrorKind error_kind(const std::function<void()>& act) {
    try {
        act();
    } catch (const base::Error& error) {
        return error.kind();
    }
    return base::ErrorKind::internal;
}

std::size_t open_fds() {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
    return count;
}

bool has_child() {
    siginfo_t info{};
    return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

// Gone, or a zombie that init has yet to collect.
bool is_gone(long pid) {
    for (int i = 0; i < 100; ++i) {
        std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
        std::string line;
        if (!std::getline(file, line) || line.find(") Z ") != std::string::npos) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

long resident_kib() {
    std::ifstream file("/proc/self/status");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("VmRSS:")) return std::stol(line.substr(6));
    return 0;
}

class TempDir {
public:
    TempDir() {
        std::string name = (std::filesystem::temp_directory_path() / "salve-process-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    ~TempDir() { std::filesystem::remove_all(path_); }
    std::string file(const std::string& name, mode_t mode, const std::string& text = "#!/bin/sh\nexit 7\n") const {
        const std::string path = path_ / name;
        std::ofstream(path) << text;
        REQUIRE(::chmod(path.c_str(), mode) == 0);
        return path;
    }
    std::string str() const { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace

TEST_CASE("exit codes and signals come back as they were") {
    CHECK(run({"exit", "0"}).code() == 0);
    CHECK(run({"exit", "1"}).code() == 1);
    CHECK(run({"exit", "255"}).code() == 255);
    const Ran ran = run({"partial-then-signal", "11"});
    CHECK(ran.signal() == SIGSEGV);
    CHECK(ran.out == R"({"kind":"PodList","items":[{)");
    CHECK(ran.result.out_bytes == ran.out.size());
}

TEST_CASE("S3.45: a child gets nothing but what it is given") {
    const int leak = ::open("/dev/null", O_RDONLY);  // without O_CLOEXEC: must not arrive
    ::signal(SIGUSR1, SIG_IGN);
    sigset_t blocked;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGUSR2);
    ::pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
    const Ran ran = run({"facts"}, quick(), {"A=1", "B=two words"});
    ::pthread_sigmask(SIG_UNBLOCK, &blocked, nullptr);
    ::signal(SIGUSR1, SIG_DFL);
    ::close(leak);
    CHECK(ran.out == "fds 0 1 2\nstdin 0\nblocked 0\nnot default 0\nown group 1\ncore 0/0\nenv A=1\nenv B=two words\n");
}

TEST_CASE("S3.56: a hanging child is asked, then killed, then reaped") {
    ProcessOptions options = quick();
    options.budget = ms(150);
    Ran ran = run({"hang"}, options);
    REQUIRE(ran.timed_out());
    CHECK_FALSE(std::get<TimedOut>(ran.result.end).killed);
    CHECK(ran.result.took >= ms(150));
    CHECK(ran.result.took < ms(5000));

    ran = run({"ignore-term"}, options);
    REQUIRE(ran.timed_out());
    CHECK(std::get<TimedOut>(ran.result.end).killed);
    CHECK(ran.result.took >= ms(350));
    CHECK(ran.result.took < ms(5000));

    // Leaving with 0 on the SIGTERM does not turn a timeout into success.
    ran = run({"leave-on-term", "0"}, options);
    REQUIRE(ran.timed_out());
    CHECK_FALSE(std::get<TimedOut>(ran.result.end).killed);
    CHECK(outcome(ran.result).state == kube::ReadState::timeout);
    CHECK_FALSE(has_child());
}

TEST_CASE("a drip never outlives the budget") {
    ProcessOptions options = quick();
    options.budget = ms(300);
    const Ran ran = run({"drip", "20"}, options);
    CHECK(ran.timed_out());
    CHECK(ran.out.size() >= 2);
    CHECK(ran.result.took < ms(5000));
}

TEST_CASE("200 MB pass through without being held") {
    constexpr std::uint64_t size = 200'000'000;
    std::uint64_t seen = 0;
    const long before = resident_kib();
    const ProcessResult result = run_process(
        misbehave, {"flood-out", std::to_string(size)}, {},
        [&seen](std::string_view bytes) {
            seen += bytes.size();
            return true;
        },
        quick());
    CHECK(std::get<Exited>(result.end).code == 0);
    CHECK(seen == size);
    CHECK(result.out_bytes == size);
    CHECK_FALSE(result.out_truncated);
    CHECK(resident_kib() - before < 16 * 1024);
}

TEST_CASE("caps cut exactly, kill the child and say so") {
    ProcessOptions options = quick();
    options.out_cap = 1'000'000;
    Ran ran = run({"flood-out", "200000000"}, options);
    CHECK(ran.out.size() == 1'000'000);
    CHECK(ran.result.out_truncated);
    CHECK(ran.signal() == SIGKILL);
    CHECK(outcome(ran.result).state == kube::ReadState::truncated);

    ran = run({"flood-out", "1000000"}, options);  // exactly the cap
    CHECK(ran.out.size() == 1'000'000);
    CHECK_FALSE(ran.result.out_truncated);
    CHECK(ran.code() == 0);

    const long before = resident_kib();
    ran = run({"flood-err", "200000000"}, options);
    CHECK(ran.result.err.size() == options.err_cap);
    CHECK(ran.result.err_truncated);
    CHECK_FALSE(ran.result.out_truncated);
    CHECK(ran.signal() == SIGKILL);
    CHECK(resident_kib() - before < 16 * 1024);

    ran = run({"flood-both", "200000000"}, options);
    CHECK((ran.result.out_truncated || ran.result.err_truncated));
    CHECK(ran.result.err.size() <= options.err_cap);
    CHECK(ran.out.size() <= options.out_cap);

    options.out_cap = options.err_cap = 50'000'000;
    ran = run({"flood-both", "20000000"}, options);  // both pipes full at once: no deadlock
    CHECK(ran.code() == 0);
    CHECK(ran.out.size() >= 20'000'000);
    CHECK(ran.result.err.size() == ran.out.size());
}

TEST_CASE("garbage, an empty list and klog noise end in a state, never in data") {
    Ran ran = run({"garbage"});
    CHECK(ran.code() == 0);
    CHECK(ran.out.size() == 4096);
    CHECK(ran.result.err == ran.out);

    ran = run({"empty-list"});
    CHECK(outcome(ran.result).state == kube::ReadState::forbidden);

    ran = run({"klog"});
    CHECK(outcome(ran.result).failure == kube::Failure::unreachable);
    CHECK(outcome(ran.result).detail.starts_with("The connection to the server 127.0.0.1:1 was refused"));

    ran = run({"partial-then-signal", "9"});
    CHECK(outcome(ran.result).state == kube::ReadState::error);
}

TEST_CASE("a grandchild that holds the pipes is given the drain time and killed") {
    Ran ran = run({"grandchild"});
    CHECK(ran.code() == 0);
    CHECK(ran.result.took >= ms(200));
    CHECK(ran.result.took < ms(5000));
    CHECK(is_gone(std::stol(ran.out)));

    ProcessOptions options = quick();
    options.budget = ms(150);
    ran = run({"grandchild-stays"}, options);
    CHECK(ran.timed_out());
    CHECK(is_gone(std::stol(ran.out)));
}

TEST_CASE("closing both streams early does not end the wait for the exit code") {
    const Ran ran = run({"close-early", "3"});
    CHECK(ran.code() == 3);
    CHECK(ran.out == "partial");
    CHECK(ran.result.took >= ms(190));
}

TEST_CASE("the sink can stop the child, and its exceptions leave no child behind") {
    const std::size_t fds = open_fds();
    std::size_t calls = 0;
    const ProcessResult result = run_process(
        misbehave, {"flood-out", "200000000"}, {}, [&calls](std::string_view) { return ++calls < 3; }, quick());
    REQUIRE(std::holds_alternative<Stopped>(result.end));
    CHECK_FALSE(std::get<Stopped>(result.end).cancelled);
    CHECK(calls == 3);
    CHECK(outcome(result).state == kube::ReadState::truncated);

    // Told to stop by a child whose leader has already left with 0: still not a complete read.
    ProcessOptions patient = quick();
    patient.drain = ms(5000);
    const ProcessResult last = run_process(
        misbehave, {"late-output"}, {}, [](std::string_view) { return false; }, patient);
    CHECK(std::holds_alternative<Stopped>(last.end));

    CHECK_THROWS_AS(run_process(
                        misbehave, {"flood-out", "200000000"}, {},
                        [](std::string_view) -> bool { throw std::runtime_error("parser"); }, quick()),
                    std::runtime_error);
    CHECK_FALSE(has_child());
    CHECK(open_fds() == fds);
}

TEST_CASE("a cancel ends every running child promptly") {
    Cancel cancel;
    CHECK_FALSE(cancel.requested());
    ProcessOptions options = quick();
    options.cancel = &cancel;
    std::atomic<int> cancelled{0};
    std::vector<std::thread> threads;
    const auto start = std::chrono::steady_clock::now();
    for (const char* mode : {"hang", "ignore-term", "drip", "grandchild-stays"})
        threads.emplace_back([&, mode] {
            const Ran ran = run({mode, "10"}, options);
            const auto* end = std::get_if<Stopped>(&ran.result.end);
            if (end != nullptr && end->cancelled) ++cancelled;
        });
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    cancel.request();
    for (std::thread& thread : threads) thread.join();
    CHECK(cancelled == 4);
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));

    const Ran late = run({"exit", "0"}, options);  // not even started
    REQUIRE(std::holds_alternative<Stopped>(late.result.end));
    CHECK(late.result.took.us == 0);
    CHECK_FALSE(has_child());
}

TEST_CASE("four threads and 200 spawns leave no descriptor and no zombie") {
    const std::size_t fds = open_fds();
    std::atomic<int> right{0};
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread)
        threads.emplace_back([&right, thread] {
            for (int i = 0; i < 50; ++i) {
                const int code = (thread * 50 + i) % 200;
                if (run({"exit", std::to_string(code)}).code() == code) ++right;
            }
        });
    for (std::thread& thread : threads) thread.join();
    CHECK(right == 200);
    CHECK(open_fds() == fds);
    CHECK_FALSE(has_child());
}

TEST_CASE("what cannot start is an error of its own kind") {
    const TempDir dir;
    const std::size_t fds = open_fds();
    const auto start = [](const std::string& path) {
        return error_kind([&] {
            run_process(
                {path, path}, {}, {}, [](std::string_view) { return true; }, quick());
        });
    };
    CHECK(start(dir.str() + "/missing") == kubectl_unavailable);
    CHECK(start(dir.file("plain", 0644)) == kubectl_unavailable);
    CHECK(start(dir.file("noise", 0755, "\x01\x02\x03")) == kubectl_unavailable);
    CHECK(start("relative") == base::ErrorKind::internal);
    CHECK(error_kind([] { run({std::string("a\0b", 3)}); }) == base::ErrorKind::internal);
    CHECK(error_kind([] { run({std::string(3'000'000, 'a')}); }) == kubectl_unavailable);  // argument list too long
    CHECK(open_fds() == fds);
    CHECK_FALSE(has_child());
}

TEST_CASE("argv[0] is the path as found, the file behind the link is what runs") {
    const TempDir dir;
    std::filesystem::create_symlink(SALVE_MISBEHAVE, dir.str() + "/kubectl");
    const Program program{dir.str() + "/kubectl", SALVE_MISBEHAVE};
    std::string out;
    run_process(
        program, {"argv0"}, {},
        [&out](std::string_view bytes) {
            out += bytes;
            return true;
        },
        quick());
    CHECK(out == dir.str() + "/kubectl");
}

TEST_CASE("S2.22 S3.44: run_kubectl runs exactly the arguments of the command") {
    const TempDir dir;
    const std::string path = dir.file("kubectl", 0755, "#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
    std::string out;
    const auto command = kube::Command::logs({"ctx with space", {}, {}, 30}, "demo", "web-0", "app");
    run_kubectl(
        find_program(path, ""), command, child_environment({}),
        [&out](std::string_view bytes) {
            out += bytes;
            return true;
        },
        quick());
    std::string expected;
    for (const std::string& arg : command.args()) expected += arg + "\n";
    CHECK(out == expected);
}
