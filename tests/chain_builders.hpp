// A real chain of records in a folder, and the tools of somebody who tampers with it.
#pragma once
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "audit/head_note.hpp"
#include "audit/record_name.hpp"
#include "audit/signature.hpp"
#include "base/digest.hpp"
#include "base/json.hpp"
#include "io/run_log.hpp"
#include "io/verify_runs.hpp"
#include "io_fakes.hpp"
#include "unit/audit/key_builders.hpp"

namespace salve::test {

inline constexpr base::Time chain_start{1'795'248'000'000'000};  // 2026-11-21T08:00:00Z

inline std::string run_id_of(std::int64_t number) { return fmt::format("20261121t080000z-{:012}", number); }

inline audit::Record run_record(std::int64_t number, const std::string& kind = "triage") {
    audit::Record record;
    record.run_id = run_id_of(number);
    record.kind = kind;
    record.status = "completed";
    record.exit_code = 0;
    record.tool.name = "salve";
    record.started_at = chain_start + base::seconds(number);
    return record;
}

// One step of an apply, as it is written before anything is sent.
inline audit::Step open_step(int ordinal = 1) {
    audit::Step step;
    step.ordinal = ordinal;
    step.action_id = "rollout.restart";
    step.target = {{"apps/v1", "Deployment", "shop", "web", "uid-web"}, ""};
    step.intent_at = chain_start;
    step.argv = {"kubectl", "patch"};
    step.patch = R"([{"op":"replace","path":"/spec/replicas","value":2}])";
    step.timeout_ms = 30'000;
    step.preconditions = {"uid-web", "41", 7};
    step.marker = fmt::format("{}.{}", run_id_of(1), ordinal);
    return step;
}

inline const audit::SigningKey& chain_key() {
    static const audit::SigningKey key(private_pem(rfc8032[0]), "key");
    return key;
}
inline const audit::VerifyKey& chain_public() {
    static const audit::VerifyKey key(public_pem(rfc8032[0]), "key");
    return key;
}
inline const audit::SigningKey& other_key() {
    static const audit::SigningKey key(private_pem(rfc8032[1]), "key");
    return key;
}

// Runs one after the other, each with its journal and its seal.
inline void add_runs(const std::string& folder, std::int64_t from, std::int64_t to,
                     const audit::SigningKey* key = nullptr) {
    for (auto number = from; number <= to; ++number) {
        const auto record = run_record(number);
        io::RunLog log(io::RunsFolder::open_or_make(folder), record, {record.started_at, 1});
        log.write(audit::Event::close, record, {record.started_at + base::seconds(1), 2});
        log.seal({record.started_at + base::seconds(2), key, std::nullopt, false});
    }
}

using ChainFiles = std::map<std::string, std::string>;  // by name; without .lock and .journal

inline ChainFiles files_in(const TempFolder& folder) {
    ChainFiles files;
    for (const auto& name : folder.names())
        if (!name.starts_with('.')) files[name] = io::read_file(folder / name, 8 << 20);
    return files;
}

inline constexpr std::int64_t chain_length = 20;

// Made once: every seal waits for the disk several times.
inline const ChainFiles& made_chain(bool is_signed = false) {
    static std::map<bool, ChainFiles> made;
    auto& files = made[is_signed];
    if (files.empty()) {
        const TempFolder folder;
        add_runs(folder.path(), 1, chain_length, is_signed ? &chain_key() : nullptr);
        files = files_in(folder);
    }
    return files;
}

// A copy of the chain in a folder of its own, to be tampered with.
class Tampered {
public:
    explicit Tampered(const ChainFiles& files = made_chain()) {
        for (const auto& [name, bytes] : files) write(name, bytes, name == "HEAD" ? 0644 : 0444);
    }

    const TempFolder& folder() const { return folder_; }
    std::string path(const std::string& name) const { return folder_ / name; }

    void write(const std::string& name, std::string_view bytes, unsigned mode = 0444) const {
        remove(name);
        folder_.file(name, bytes);
        REQUIRE(::chmod(path(name).c_str(), mode) == 0);
    }
    void remove(const std::string& name) const { std::filesystem::remove(path(name)); }
    std::string bytes(const std::string& name) const { return io::read_file(path(name), 8 << 20); }

    audit::RecordName name(std::int64_t seq) const {
        for (const auto& file : folder_.names()) {
            const auto parsed = audit::parse_record_name(file);
            if (parsed && parsed->seq == seq) return *parsed;
        }
        FAIL("there is no record " << seq);
        return {};
    }
    std::string record(std::int64_t seq) const { return bytes(to_text(name(seq))); }
    nlohmann::json document(std::int64_t seq) const { return nlohmann::json::parse(record(seq)); }

    void drop(std::int64_t seq) const { remove(to_text(name(seq))); }
    void cut_tail(std::int64_t records) const {
        for (std::int64_t i = 0; i < records; ++i) drop(newest());
    }
    std::int64_t newest() const {
        std::int64_t seq = 0;
        for (const auto& file : folder_.names())
            if (const auto parsed = audit::parse_record_name(file)) seq = std::max(seq, parsed->seq);
        return seq;
    }

    // The record takes these bytes and the name that fits them; a signature goes with it.
    void replace(std::int64_t seq, const std::string& text) const {
        const auto old = name(seq);
        auto fitting = old;
        fitting.digest12 = base::sha256_hex(text).substr(0, 12);
        const auto signature = path(signature_name(old));
        remove(to_text(old));
        write(to_text(fitting), text);
        if (signature != path(signature_name(fitting)) && std::filesystem::exists(signature))
            std::filesystem::rename(signature, path(signature_name(fitting)));
    }
    void edit(std::int64_t seq, const std::function<void(nlohmann::json&)>& change) const {
        auto changed = document(seq);
        change(changed);
        replace(seq, base::canonical(changed) + "\n");
    }
    // Every record from this one on continues the one before it, and HEAD names the last.
    void chain_anew(std::int64_t from, bool strip_signatures = false) const {
        for (auto seq = from; seq <= newest(); ++seq) {
            if (strip_signatures) remove(signature_name(name(seq)));
            edit(seq, [&](nlohmann::json& changed) {
                if (strip_signatures) changed["chain"]["signer"] = nullptr;
                if (seq > 1)
                    changed["chain"]["prev"] = {{"seq", seq - 1}, {"sha256", base::sha256_hex(record(seq - 1))}};
            });
        }
        write_head(newest());
    }
    void write_head(std::int64_t seq) const { write("HEAD", to_text(head(seq)), 0644); }
    audit::Head head(std::int64_t seq) const { return {seq, base::sha256_hex(record(seq))}; }

    audit::HeadNote note(std::int64_t count) const {
        audit::HeadNote note;
        if (count == 0) return note;
        note.origin = base::sha256_hex(record(1)).substr(0, 12);
        note.count = static_cast<std::uint64_t>(count);
        note.sha256 = base::sha256_hex(record(count));
        return note;
    }

    io::RunsProof verify(const audit::VerifyKey* key = nullptr,
                         const std::optional<audit::HeadNote>& note = std::nullopt,
                         std::optional<std::int64_t> signed_from = std::nullopt) const {
        return io::verify_runs(io::RunsFolder::open(folder_.path()), {key, signed_from}, note);
    }

private:
    TempFolder folder_;
};

// "6 prev_mismatch", or "holds": what verify says first.
inline std::string verdict(const io::RunsProof& proof) {
    const auto& fault = proof.fault ? proof.fault : proof.first_unsigned;
    return fault ? fmt::format("{} {}", fault->seq, base::word(audit::reason_names, fault->reason)) : "holds";
}

}  // namespace salve::test
