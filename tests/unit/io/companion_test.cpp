#include "io/companion.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "base/error.hpp"
#include "test_paths.hpp"

using namespace salve;
using namespace salve::io;

namespace {

constexpr base::Duration ms(std::int64_t n) { return {n * 1000}; }
constexpr auto patience = base::seconds(20);

const Program misbehave{SALVE_MISBEHAVE, SALVE_MISBEHAVE};

// Gone, or a zombie that init has yet to collect.
bool is_gone(long pid) {
    for (int i = 0; i < 500; ++i) {
        std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
        std::string line;
        if (!std::getline(file, line) || line.find(") Z ") != std::string::npos) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

struct Pids {
    long leader = 0, child = 0;
};

Pids pids_of(const std::string& line) {
    char* end = nullptr;
    Pids pids;
    pids.leader = std::strtol(line.c_str(), &end, 10);
    pids.child = std::strtol(end, nullptr, 10);
    return pids;
}

// Starts a companion in a process of its own, tells what it said, and is killed as nothing else could be.
[[noreturn]] void start_and_die(int tell) {
    const auto companion = start_process(misbehave, {"say-and-stay"}, {});
    const auto line = companion->first_line(patience, nullptr).value_or("");
    [[maybe_unused]] const auto told = ::write(tell, line.data(), line.size());
    ::kill(::getpid(), SIGKILL);
    std::abort();
}

}  // namespace

TEST_CASE("a companion says its first line, stays, and ends with its object") {
    Pids pids;
    {
        const auto companion = start_process(misbehave, {"say-and-stay"}, {"A=b"});
        const auto line = companion->first_line(patience, nullptr);
        REQUIRE(line);
        CHECK(line->find('\n') == std::string::npos);
        pids = pids_of(*line);
        REQUIRE(pids.leader > 1);
        REQUIRE(pids.child > 1);
        CHECK(companion->running());
        CHECK(::kill(static_cast<pid_t>(pids.child), 0) == 0);
    }
    CHECK(is_gone(pids.leader));
    CHECK(is_gone(pids.child));
}

TEST_CASE("a companion ends with us, even if we are killed") {
    int ends[2] = {-1, -1};
    REQUIRE(::pipe(ends) == 0);
    const pid_t middle = ::fork();
    REQUIRE(middle >= 0);
    if (middle == 0) start_and_die(ends[1]);
    ::close(ends[1]);
    std::string line;
    char buffer[256];
    for (ssize_t count = 0; (count = ::read(ends[0], buffer, sizeof buffer)) > 0;)
        line.append(buffer, static_cast<std::size_t>(count));
    ::close(ends[0]);
    int status = 0;
    REQUIRE(::waitpid(middle, &status, 0) == middle);
    CHECK(WIFSIGNALED(status));
    const auto pids = pids_of(line);
    REQUIRE(pids.leader > 1);
    REQUIRE(pids.child > 1);
    CHECK(is_gone(pids.leader));
    CHECK(is_gone(pids.child));
}

TEST_CASE("a companion that says nothing, too much or ends is no companion") {
    CHECK_FALSE(start_process(misbehave, {"hang"}, {})->first_line(ms(50), nullptr));
    CHECK_FALSE(start_process(misbehave, {"flood-out", "1000000"}, {})->first_line(patience, nullptr));
    const auto ended = start_process(misbehave, {"exit", "3"}, {});
    CHECK_FALSE(ended->first_line(patience, nullptr));
    for (int i = 0; i < 500 && ended->running(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    CHECK_FALSE(ended->running());
}

TEST_CASE("waiting for a companion can be cancelled") {
    const Cancel cancel;
    cancel.request();
    CHECK_FALSE(start_process(misbehave, {"hang"}, {})->first_line(base::seconds(3600), &cancel));
}

TEST_CASE("a companion that cannot be started is an error") {
    for (const Program& program : {Program{"/nowhere/kubectl", "/nowhere/kubectl"}, Program{"kubectl", "kubectl"}})
        CHECK_THROWS_AS(start_process(program, {"x"}, {}), base::Error);
}
