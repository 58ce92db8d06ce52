// salve runs verify, salve runs head: the proof of the chain, and the note that anchors it elsewhere.
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "audit/head_note.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "cmd/context.hpp"
#include "cmd/runs.hpp"
#include "io/file.hpp"
#include "io/verify_runs.hpp"

namespace salve::cmd {
namespace {

using base::Error;
using base::ErrorKind;
using nlohmann::json;

constexpr std::size_t max_key = 65536, max_note = 4096;

// SAFETY 1.5: the codes of verify are its own.
enum class End { holds = 0, broken = 1, open_journals = 3, unsigned_records = 4 };

struct VerifyOptions {
    std::string public_key, expect_head, output = "human";
    std::int64_t signed_from = 0;
};

End end_of(const io::RunsProof& proof) {
    if (proof.fault) return End::broken;
    if (proof.first_unsigned) return End::unsigned_records;
    return proof.alive.empty() && proof.dead.empty() ? End::holds : End::open_journals;
}

const char* word_of(End end) {
    switch (end) {
        case End::holds:
            return "holds";
        case End::broken:
            return "broken";
        case End::open_journals:
            return "open_journals";
        case End::unsigned_records:
            return "unsigned";
    }
    return "broken";
}

json fault_json(const std::optional<audit::Fault>& fault) {
    if (!fault) return {};
    return {{"seq", fault->seq},
            {"file", fault->file.empty() ? json() : json(base::visible(fault->file))},
            {"reason", base::word(audit::reason_names, fault->reason)},
            {"detail", base::visible(fault->detail)}};
}

std::string to_json(const io::RunsProof& proof) {
    auto strays = json::array();
    for (const auto& stray : proof.strays) strays.push_back(base::visible(stray));
    const nlohmann::ordered_json document = {
        {"schema", "salve.runs.verify/v1"},
        {"state", word_of(end_of(proof))},
        {"records", proof.newest.seq},
        {"newest_sha256", proof.newest.seq == 0 ? json() : json(proof.newest.sha256)},
        {"signed", proof.signed_count},
        {"fault", fault_json(proof.fault ? proof.fault : proof.first_unsigned)},
        {"journals", {{"alive", proof.alive}, {"dead", proof.dead}}},
        {"other_files", strays}};
    return document.dump(2) + "\n";
}

std::string fault_words(const audit::Fault& fault) {
    const auto where = fault.file.empty() ? "" : fmt::format(" ({})", base::visible(fault.file));
    return fmt::format("first bad record: {}{}\nreason: {}: {}\n", fault.seq, where,
                       base::word(audit::reason_names, fault.reason), base::visible(fault.detail));
}

std::string journals_words(const io::RunsProof& proof) {
    std::string text;
    if (!proof.alive.empty())
        text += fmt::format("{} run{} still going on: {}\n", proof.alive.size(), proof.alive.size() == 1 ? "" : "s",
                            base::join(proof.alive, ", "));
    if (!proof.dead.empty())
        text += fmt::format("{} run{} died and {} not settled: {}\nsettle with: salve runs recover\n",
                            proof.dead.size(), proof.dead.size() == 1 ? "" : "s",
                            proof.dead.size() == 1 ? "was" : "were", base::join(proof.dead, ", "));
    return text;
}

std::string to_words(const io::RunsProof& proof, const std::string& folder) {
    const auto count = fmt::format("{} record{}", proof.newest.seq, proof.newest.seq == 1 ? "" : "s");
    std::string text;
    if (proof.fault)
        text = fmt::format("{}: the chain is BROKEN after {} that hold{}\n", base::visible(folder), count,
                           proof.newest.seq == 1 ? "s" : "") +
               fault_words(*proof.fault);
    else if (proof.first_unsigned)
        text =
            fmt::format("{}: the chain holds, {}, but not all that must be signed is\n", base::visible(folder), count) +
            fault_words(*proof.first_unsigned);
    else
        text = fmt::format("{}: the chain holds, {}, {} signed\n", base::visible(folder), count, proof.signed_count);
    if (!proof.fault && proof.newest.seq > 0)
        text += fmt::format("newest: {} sha256 {}\n", proof.newest.seq, proof.newest.sha256);
    for (const auto& stray : proof.strays) text += fmt::format("no part of the chain: {}\n", base::visible(stray));
    return text + journals_words(proof);
}

// Who types it, or pipes it, may be in no hurry: a signal ends the wait.
std::string standard_input(std::size_t most, const io::Cancel& cancel) {
    std::string bytes;
    char buffer[4096];
    for (;;) {
        pollfd ready[] = {{cancel.fd(), POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
        ::poll(ready, 2, -1);
        if (cancel.requested()) throw io::Interrupted();
        if (ready[1].revents == 0) continue;
        const auto count = ::read(STDIN_FILENO, buffer, sizeof buffer);
        if (count < 0) throw Error(ErrorKind::usage, "cannot read the standard input");
        if (count == 0) return bytes;
        bytes.append(buffer, static_cast<std::size_t>(count));
        if (bytes.size() > most) throw Error(ErrorKind::usage, fmt::format("stdin: larger than {} bytes", most));
    }
}

std::optional<audit::HeadNote> note_of(const std::string& file, const io::Cancel& cancel) {
    if (file.empty()) return {};
    if (file == "-") return audit::parse_head_note(standard_input(max_note, cancel), "stdin");
    return audit::parse_head_note(io::read_file(file, max_note), file);
}

int verify(Context& context, const VerifyOptions& options) {
    std::optional<audit::VerifyKey> key;
    if (!options.public_key.empty()) key.emplace(io::read_file(options.public_key, max_key), options.public_key);
    if (options.signed_from > 0 && !key)
        throw Error(ErrorKind::usage, "--require-signed-from needs --pubkey", "name the public key");
    audit::Demand demand{key ? &*key : nullptr, std::nullopt};
    if (options.signed_from > 0) demand.signed_from = options.signed_from;
    const auto runs = io::RunsFolder::open(context.runs_folder(), &context.cancel());
    const auto proof = io::verify_runs(runs, demand, note_of(options.expect_head, context.cancel()));
    context.out(options.output == "json" ? to_json(proof) : to_words(proof, runs.path()));
    return static_cast<int>(end_of(proof));
}

int head(Context& context) {
    const auto runs = io::RunsFolder::open(context.runs_folder(), &context.cancel());
    const auto proof = io::verify_runs(runs, {});
    if (proof.fault)
        throw Error(ErrorKind::invalid_record, fmt::format("{}: the chain is broken, and gets no note", runs.path()),
                    "see 'salve runs verify'");
    audit::HeadNote note;
    if (proof.newest.seq > 0)
        note = {
            proof.first_sha256.substr(0, 12), static_cast<std::uint64_t>(proof.newest.seq), proof.newest.sha256, {}};
    if (const auto* key = context.signing_key()) note = audit::sign(std::move(note), *key);
    context.out(to_text(note));
    return 0;
}

}  // namespace

Run add_runs_verify(CLI::App& app) {
    const auto options = std::make_shared<VerifyOptions>();
    app.add_option("--pubkey", options->public_key, "PEM file of the Ed25519 key with which the records are signed");
    app.add_option("--require-signed-from", options->signed_from,
                   "with --pubkey: the first record that must be signed (default: 1)")
        ->check(CLI::PositiveNumber);
    app.add_option("--expect-head", options->expect_head,
                   "file with a note that 'salve runs head' printed before, or - for stdin");
    app.add_option("-o,--output", options->output, "output format")
        ->check(CLI::IsMember({"human", "json"}))
        ->capture_default_str();
    app.footer(
        "Found out: a record that was edited, removed, moved, doubled or put in, and a tail that was cut off. Not "
        "found\n"
        "out without a key or a head note that is kept elsewhere: somebody with your rights who rewrites all of it.\n\n"
        "Exit codes: 0 the chain holds, 1 it is broken, 2 it cannot be read, 3 it holds and runs go on or died "
        "unsettled,\n"
        "4 it holds and a required signature is missing.");
    return [options](Context& context) { return verify(context, *options); };
}

Run add_runs_head(CLI::App&) { return head; }

}  // namespace salve::cmd
