// A kubectl that misbehaves in one chosen way: misbehave MODE [NUMBER]. Used by tests of the process runner; no library
// of salve is linked. With the arguments of kubectl's own get, logs and proxy it is the cluster of two_ways.hpp.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <map>
#include <sstream>
#include <string>

#include "two_ways.hpp"

namespace {

void put(int fd, const std::string& text) {
    std::size_t done = 0;
    while (done < text.size()) {
        const auto n = ::write(fd, text.data() + done, text.size() - done);
        if (n <= 0) ::_exit(9);
        done += static_cast<std::size_t>(n);
    }
}

[[noreturn]] void sleep_for_ever() {
    while (true) ::pause();
}

int leave(long code) { return static_cast<int>(code); }

int hang(long) { sleep_for_ever(); }

int ignore_term(long) {
    ::signal(SIGTERM, SIG_IGN);
    put(1, "ready\n");
    sleep_for_ever();
}

int leave_on_term(long code) {
    static int exit_code = 0;
    exit_code = static_cast<int>(code);
    ::signal(SIGTERM, [](int) { ::_exit(exit_code); });
    put(1, "ready\n");
    sleep_for_ever();
}

void flood(int fd, long bytes) {
    const std::string block(1 << 16, 'x');
    for (long left = bytes; left > 0; left -= static_cast<long>(block.size()))
        put(fd, block.substr(0, static_cast<std::size_t>(left)));
}

int flood_out(long bytes) {
    flood(1, bytes);
    return 0;
}

int flood_err(long bytes) {
    flood(2, bytes);
    return 0;
}

// In turns, so that a reader of only one pipe would block us.
int flood_both(long bytes) {
    for (long left = bytes; left > 0; left -= 1 << 16) {
        flood(1, 1 << 16);
        flood(2, 1 << 16);
    }
    return 0;
}

int drip(long milliseconds) {
    while (true) {
        put(1, "x");
        ::usleep(static_cast<useconds_t>(milliseconds) * 1000);
    }
}

int garbage(long) {
    std::string bytes;
    for (int i = 0; i < 4096; ++i) bytes += static_cast<char>(i * 7 + (i >> 3));
    put(1, bytes);
    put(2, bytes);
    return 0;
}

int empty_list(long) {
    put(1, R"({"apiVersion":"v1","items":[],"kind":"List","metadata":{"resourceVersion":""}})");
    put(2,
        "Error from server (Forbidden): pods is forbidden: User \"u\" cannot list resource \"pods\" in API group \"\" "
        "in the namespace \"n\"\n");
    return 1;
}

int klog_noise(long) {
    for (int i = 0; i < 5; ++i)
        put(2,
            "E1121 12:28:50.763426     402 memcache.go:265] \"Unhandled Error\" err=\"couldn't get current server API "
            "group list\"\n");
    put(2, "The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?\n");
    return 1;
}

int partial_then_signal(long number) {
    put(1, R"({"kind":"PodList","items":[{)");
    ::raise(static_cast<int>(number));
    return 0;
}

// The leader leaves at once; its child keeps both pipes and sleeps. Its id is the output.
int grandchild(long) {
    const pid_t child = ::fork();
    if (child == 0) sleep_for_ever();
    put(1, std::to_string(child));
    return 0;
}

// The same, but the child ignores SIGTERM and the leader stays: both belong to the group that is killed.
int grandchild_stays(long) {
    ::signal(SIGTERM, SIG_IGN);
    const pid_t child = ::fork();
    if (child == 0) sleep_for_ever();
    put(1, std::to_string(child));
    sleep_for_ever();
}

// The leader has left when the output comes.
int late_output(long) {
    if (::fork() == 0) {
        ::usleep(100'000);
        put(1, "late");
    }
    return 0;
}

// As a proxy that serves: one line, and then it stays. Its child is of its group.
int say_and_stay(long) {
    const pid_t child = ::fork();
    if (child == 0) sleep_for_ever();
    put(1, std::to_string(::getpid()) + " " + std::to_string(child) + "\nmore\n");
    sleep_for_ever();
}

int close_early(long code) {
    put(1, "partial");
    ::close(1);
    ::close(2);
    ::usleep(200'000);
    return static_cast<int>(code);
}

// What the child was given, one fact a line.
int facts(long) {
    std::string open_fds;
    for (int fd = 0; fd < 256; ++fd)
        if (::fcntl(fd, F_GETFD) >= 0) open_fds.append(" ").append(std::to_string(fd));
    char byte = 0;
    const auto from_stdin = ::read(0, &byte, 1);
    sigset_t mask;
    ::sigprocmask(SIG_BLOCK, nullptr, &mask);
    int blocked = 0;
    int ignored = 0;
    for (int number = 1; number < NSIG; ++number) {
        struct sigaction now {};
        if (::sigismember(&mask, number) == 1) ++blocked;
        if (::sigaction(number, nullptr, &now) == 0 && now.sa_handler != SIG_DFL) ++ignored;
    }
    rlimit core{};
    ::usleep(50'000);  // the limit is set just after the start
    ::getrlimit(RLIMIT_CORE, &core);
    std::ostringstream text;
    text << "fds" << open_fds << "\nstdin " << from_stdin << "\nblocked " << blocked << "\nnot default " << ignored
         << "\nown group " << (::getpgrp() == ::getpid()) << "\ncore " << core.rlim_cur << "/" << core.rlim_max << "\n";
    for (char** entry = environ; *entry != nullptr; ++entry) text << "env " << *entry << "\n";
    put(1, text.str());
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::map<std::string, int (*)(long)> modes{
        {"exit", leave},
        {"hang", hang},
        {"ignore-term", ignore_term},
        {"leave-on-term", leave_on_term},
        {"flood-out", flood_out},
        {"flood-err", flood_err},
        {"flood-both", flood_both},
        {"drip", drip},
        {"garbage", garbage},
        {"empty-list", empty_list},
        {"klog", klog_noise},
        {"partial-then-signal", partial_then_signal},
        {"grandchild", grandchild},
        {"grandchild-stays", grandchild_stays},
        {"late-output", late_output},
        {"say-and-stay", say_and_stay},
        {"close-early", close_early},
        {"facts", facts},
    };
    if (argc > 1 && std::string(argv[1]) == "argv0") {
        put(1, argv[0]);
        return 0;
    }
    const std::string word = argc > 1 ? argv[1] : "";
    if (word == "proxy") return fakes::serve_all(argc, argv);
    if (word == "get" || word == "logs") return fakes::read_once(argc, argv);
    const auto mode = modes.find(argc > 1 ? argv[1] : "");
    if (mode == modes.end()) return 64;
    return mode->second(argc > 2 ? std::atol(argv[2]) : 0);
}
