// Writes a valid chain of records fast, without waiting for the disk: for tests/bench_runs.  Usage: make_chain FOLDER
// COUNT
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "audit/head.hpp"
#include "audit/record.hpp"
#include "audit/record_name.hpp"
#include "audit/seal.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "io/publish.hpp"

using namespace salve;

namespace {

constexpr base::Time start{1'795'248'000'000'000};

// A triage as most are: some reads, one finding.
audit::Record record_of(std::int64_t number) {
    audit::Record record;
    record.run_id = fmt::format("20261121t080000z-{:012}", number);
    record.kind = "triage";
    record.status = "completed";
    record.exit_code = 0;
    record.tool = {"salve", "0.1.0", "abc1234", std::string(64, 'b'), std::string(64, 'c'), std::string(64, 'd'), ""};
    record.started_at = start + base::seconds(number);
    record.argv = {"salve", "triage", "-n", "shop"};
    record.cluster = {"kind-demo", "v1.32.2", "uid-cluster"};
    record.scope = {{"shop"}, false, {}};
    for (const auto what : {kube::Resource::pods, kube::Resource::events, kube::Resource::deployments})
        record.reads.push_back({what, "shop", kube::ReadState::ok, 12, "", ""});
    record.commands.assign(3, {"get", "--raw", "/api/v1/namespaces/shop/pods?limit=500"});
    record.warnings = {"the clock of this machine is not synchronised"};
    return record;
}

void write_file(int folder, const std::string& name, std::string_view bytes, mode_t mode) {
    const io::UniqueFd fd(::openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (!fd) throw base::Error(base::ErrorKind::usage, name + ": cannot be made");
    io::write_all(fd.get(), bytes, name);
}

void make(const char* path, std::int64_t count) {
    const io::UniqueFd folder(::open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder) throw base::Error(base::ErrorKind::usage, std::string(path) + ": is no folder");
    audit::Head newest;
    for (std::int64_t seq = 1; seq <= count; ++seq) {
        const auto record = record_of(seq);
        const auto line = to_text(audit::JournalLine{1, audit::Event::open, record.started_at, 1, to_document(record)});
        audit::Place place{seq, std::nullopt, "", record.started_at + base::seconds(1)};
        if (seq > 1) place.prev = newest;
        const auto sealed = audit::seal(audit::parse_journal(line), place);
        newest = {seq, base::sha256_hex(sealed.bytes)};
        const audit::RecordName name{seq, place.sealed_at, sealed.kind, newest.sha256.substr(0, 12)};
        write_file(folder.get(), to_text(name), sealed.bytes, 0444);
    }
    write_file(folder.get(), "HEAD", to_text(newest), 0644);
}

}  // namespace

int main(int argc, char** argv) try {
    const auto count = argc == 3 ? std::atoll(argv[2]) : 0;
    if (count < 1) {
        std::fputs("usage: make_chain FOLDER COUNT\n", stderr);
        return 2;
    }
    make(argv[1], count);
    return 0;
} catch (const base::Error& error) {
    std::fprintf(stderr, "make_chain: %s\n", error.what());
    return 1;
}
