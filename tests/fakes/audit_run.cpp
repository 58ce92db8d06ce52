// A run that changes something, as far as its audit goes: what `salve apply` will be, with a file for a cluster. Each
// line of the request file is "the request that was sent". Used by tests/audit_faults.
//
//   audit_run --runs DIR --request FILE --fallback DIR [--target NAME] [--steps N] [--wait-for FILE]
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <map>
#include <string>

#include "audit/reconcile.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "io/run_log.hpp"
#include "io/system.hpp"

namespace {

using namespace salve;
using audit::Event;

volatile std::sig_atomic_t caught = 0;

struct Options {
    std::string runs, request, fallback, target = "web", wait_for;
    int steps = 1;
};

Options options_of(int argc, char** argv) {
    std::map<std::string, std::string> given;
    for (int i = 1; i + 1 < argc; i += 2) given[argv[i]] = argv[i + 1];
    Options options;
    options.runs = given["--runs"];
    options.request = given["--request"];
    options.fallback = given["--fallback"];
    if (given.count("--target") > 0) options.target = given["--target"];
    if (given.count("--steps") > 0) options.steps = std::stoi(given["--steps"]);
    options.wait_for = given["--wait-for"];
    return options;
}

// The child: what it was told to send has arrived when this returns.
void send(const std::string& file, const std::string& line) {
    const io::UniqueFd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (!fd) throw base::Error(base::ErrorKind::internal, "the request file cannot be opened");
    io::write_all(fd.get(), line, file);
}

class Run {
public:
    explicit Run(Options options) : options_(std::move(options)), begun_us_(io::monotonic_us()) {
        record_.run_id = io::random_hex(12);
        record_.kind = "apply";
        record_.tool = {"salve", "0.1.0", "test", "", "", "", ""};
        record_.actor = io::actor();
        record_.clock = io::clock_facts();
        record_.argv = {"audit_run"};
        record_.started_at = io::wall_clock();
        record_.cluster.context = "test";
        record_.cluster.uid = "uid-cluster";
        target_ = {{"apps/v1", "Deployment", "shop", options_.target, "uid-" + options_.target}, ""};
    }

    int run() {
        auto runs = io::RunsFolder::open_or_make(options_.runs);
        const auto target_lock = io::claim_target(runs, record_.cluster.uid, target_);
        io::RunLog log(std::move(runs), record_, now());
        std::printf("%s\n", record_.run_id.c_str());
        std::fflush(stdout);
        try {
            return act(log);
        } catch (const base::Error& failure) {
            throw io::after_failure(log, options_.fallback, failure,
                                    [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); });
        }
    }

private:
    io::Moment now() const {
        const auto since_boot_us = io::monotonic_us();
        return {io::wall_clock(), since_boot_us - begun_us_, since_boot_us};
    }

    // A child that takes its time: until there is such a file.
    void wait() const {
        while (!options_.wait_for.empty() && ::access(options_.wait_for.c_str(), F_OK) != 0) ::poll(nullptr, 0, 10);
    }

    int act(io::RunLog& log) {
        record_.warnings.emplace_back("the evidence of a test");
        log.write(Event::evidence, record_, now());
        if (caught != 0) return end(log);
        record_.transitions.push_back({io::wall_clock(), plan_, std::nullopt, "", "planned", ""});
        log.write(Event::plan, record_, now());
        if (caught != 0) return end(log);
        audit::Approval approval;
        approval.decision = "approved";
        approval.plan_sha256 = plan_;
        approval.method = "typed";
        approval.at = io::wall_clock();
        record_.approvals.push_back(approval);
        log.write(Event::approval, record_, now());
        for (int ordinal = 1; ordinal <= options_.steps && caught == 0; ++ordinal) step(log, ordinal);
        return end(log);
    }

    void step(io::RunLog& log, int ordinal) {
        audit::Step step;
        step.ordinal = ordinal;
        step.action_id = "rollout.restart";
        step.target = target_;
        step.plan_sha256 = plan_;
        step.intent_at = io::wall_clock();
        step.argv = {"kubectl", "patch", "deployment", options_.target};
        step.patch = R"([{"op":"replace","path":"/spec/replicas","value":2}])";
        step.stdin_sha256 = base::sha256_hex(step.patch);
        step.timeout_ms = 1000;
        step.preconditions = {target_.object.uid, "41", 7};
        step.marker = fmt::format("{}.{}", record_.run_id, ordinal);
        record_.steps.push_back(step);
        log.write(Event::intent, record_, now());
        auto& sent = record_.steps.back();
        sent.started_at = io::wall_clock();
        send(options_.request, step.marker + "\n");
        wait();
        sent.ended_at = io::wall_clock();
        sent.rc = 0;
        sent.effect = audit::Effect::applied;
        log.write(Event::outcome, record_, now());
        record_.verification.push_back({ordinal, "rollout_complete", "2 of 2", "2 of 2", true, 1, 0, io::wall_clock()});
        log.write(Event::verification, record_, now());
    }

    int end(io::RunLog& log) {
        const int code = caught != 0 ? 128 + caught : 0;
        record_.status = caught != 0 ? "interrupted" : "completed";
        record_.exit_code = code;
        record_.ended_at = io::wall_clock();
        record_.mono_us = now().mono_us;
        record_.clock.went_back = (*record_.ended_at - record_.started_at).us + 1'000'000 < *record_.mono_us;
        log.write(Event::close, record_, now());
        for (const auto& warning : log.seal({io::wall_clock(), nullptr, std::nullopt, false}).warnings)
            std::fprintf(stderr, "audit_run: warning: %s\n", warning.c_str());
        return code;
    }

    const Options options_;
    const std::int64_t begun_us_;
    const std::string plan_ = base::sha256_hex("plan");
    audit::Record record_;
    diagnose::Subject target_;
};

}  // namespace

int main(int argc, char** argv) {
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) std::signal(number, [](int signal) { caught = signal; });
    try {
        return Run(options_of(argc, argv)).run();
    } catch (const base::Error& error) {
        std::fprintf(stderr, "audit_run: error: %s\n", error.what());
        if (!error.hint().empty()) std::fprintf(stderr, "hint: %s\n", error.hint().c_str());
        return base::exit_code(error.kind());
    }
}
