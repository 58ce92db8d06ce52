#include <fcntl.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/json.hpp"
#include "io/doctor.hpp"
#include "io/file.hpp"
#include "io/run_kubectl.hpp"
#include "io/system.hpp"

namespace salve::io {
namespace {

constexpr std::size_t most_bytes = std::size_t{1} << 20;

// As kubectl is published: "linux/amd64".
std::string platform() {
    struct utsname name {};
    ::uname(&name);
    const std::string_view machine = name.machine;
    return machine == "aarch64" ? "linux/arm64" : "linux/amd64";
}

// Empty where it cannot be read: a program may be executable only.
std::string sha256_of(const std::string& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    return fd ? digest_of_file(fd.get()).value_or("") : "";
}

void ask_version(const Program& program, const Asking& asking, report::doctor::Kubectl& facts) try {
    std::string answer;
    ProcessOptions options;
    options.budget = asking.left();
    options.out_cap = most_bytes;
    options.cancel = asking.cancel;
    const auto end =
        outcome(run_kubectl(program, kube::Command::version_client(), asking.environment, gather(answer), options));
    if (end.state != kube::ReadState::ok) {
        facts.version_error = end.detail;
        facts.slow = end.failure == kube::Failure::timeout;
        return;
    }
    const auto document = base::parse_json(answer, "kubectl version", base::ErrorKind::kubectl_unavailable);
    const base::JsonView view(document, "kubectl version", base::ErrorKind::kubectl_unavailable);
    facts.version = view.at("clientVersion").at("gitVersion").text();
} catch (const base::Error& error) {
    facts.version_error = error.what();
}

}  // namespace

base::Duration Asking::left() const { return {std::max<std::int64_t>(deadline_us - monotonic_us(), 1)}; }

bool Asking::over() const { return monotonic_us() >= deadline_us || (cancel && cancel->requested()); }

std::optional<Program> look_at_kubectl(const std::string& word, const std::string& path_variable, const Asking& asking,
                                       report::doctor::Kubectl& facts) {
    facts.platform = platform();
    try {
        auto program = find_program(word, path_variable);
        struct stat status {};
        if (::stat(program.resolved.c_str(), &status) == 0) facts.mode = status.st_mode & 07777;
        facts.path = program.path;
        facts.resolved = program.resolved;
        facts.sha256 = sha256_of(program.resolved);
        ask_version(program, asking, facts);
        return program;
    } catch (const base::Error& error) {
        facts.error = error.what();
        facts.hint = error.hint();
        return {};
    }
}

std::vector<std::string> exposed_files(const std::string& named) {
    std::string list = named.empty() ? variable("KUBECONFIG") : named;
    if (list.empty()) list = variable("HOME") + "/.kube/config";
    std::vector<std::string> exposed;
    for (std::size_t at = 0; at <= list.size();) {
        // A file that is named may have a colon in its name; a list is taken apart as kubectl does it.
        const auto end = named.empty() ? std::min(list.find(':', at), list.size()) : list.size();
        const auto file = list.substr(at, end - at);
        struct stat status {};
        if (!file.empty() && ::stat(file.c_str(), &status) == 0 && (status.st_mode & (S_IRGRP | S_IROTH)) != 0)
            exposed.push_back(file);
        at = end + 1;
    }
    return exposed;
}

}  // namespace salve::io
