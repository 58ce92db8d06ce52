#include "io/find_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "audit/record.hpp"
#include "audit/schema.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace salve::io {
namespace {

using base::Error;
using base::ErrorKind;

constexpr std::size_t least_prefix = 6;
constexpr std::size_t most_named = 5;  // of the runs that a prefix may mean

[[noreturn]] void none(std::string_view word, const RunsFolder& runs) {
    throw Error(ErrorKind::usage, fmt::format("there is no run {} in {}", base::quoted(word), runs.path()),
                "'salve runs list' shows them");
}

std::optional<std::int64_t> number_of(std::string_view word) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (error != std::errc() || end != word.data() + word.size() || number < 1) return {};
    return number;
}

std::string id_of(const ReadRecord& record) { return record.document["run_id"].get<std::string>(); }

// The only one that fits, or an error.
ReadRecord only(std::vector<ReadRecord> found, std::string_view word, const RunsFolder& runs) {
    if (found.empty()) none(word, runs);
    if (found.size() == 1) return std::move(found.front());
    std::vector<std::string> which;
    which.reserve(found.size());
    for (const auto& one : found) which.push_back(fmt::format("{} ({})", one.name.seq, id_of(one)));
    throw Error(ErrorKind::usage, fmt::format("{} is the beginning of more than one run", base::quoted(word)),
                "name one of these: " + base::join(which, ", "));
}

// The run of that name; where there is none, what is broken says more.
ReadRecord run_or(const std::optional<Error>& broken, const RunsFolder& runs, std::string_view word) try {
    return find_run(runs, word);
} catch (const Error& error) {
    if (broken && error.kind() == ErrorKind::usage) throw *broken;
    throw;
}

}  // namespace

ReadRecord read_record(const RunsFolder& runs, const audit::RecordName& name) {
    const auto path = runs.path() + "/" + to_text(name);
    const auto found = runs.read(name);
    ReadRecord record{name, base::sha256_hex(found.bytes), {}};
    if (!record.digest.starts_with(name.digest12))
        throw Error(ErrorKind::invalid_record, fmt::format("{}: was edited: its digest is {}", path, record.digest),
                    "see 'salve runs verify'");
    record.document = base::parse_json(found.bytes, path, ErrorKind::invalid_record, audit::record_limits);
    if (const auto fault = audit::record_fault(record.document))
        throw Error(ErrorKind::invalid_record, fmt::format("{}: {}", path, *fault), "see 'salve runs verify'");
    return record;
}

ReadRecord find_run(const RunsFolder& runs, std::string_view word) {
    const auto names = runs.list().records;
    if (names.empty()) none(word, runs);
    if (word == "latest") return read_record(runs, names.back());
    const auto seq = word.size() <= 8 ? number_of(word) : std::nullopt;
    for (const auto& name : names)
        if (name.seq == seq) return read_record(runs, name);
    if (seq && word.size() < least_prefix) none(word, runs);
    if (word.size() < least_prefix)
        throw Error(ErrorKind::usage, fmt::format("{} is too short for a run", base::quoted(word)),
                    "give the number, or at least six characters of its id or digest");
    std::vector<ReadRecord> found;
    for (auto name = names.rbegin(); name != names.rend() && found.size() < most_named; ++name) {
        const bool by_digest = name->digest12.starts_with(word.substr(0, 12));
        try {
            auto record = read_record(runs, *name);
            if ((by_digest && record.digest.starts_with(word)) || id_of(record).starts_with(word))
                found.push_back(std::move(record));
        } catch (const Error&) {
            if (by_digest) throw;  // the one that was asked for
        }
    }
    return only(std::move(found), word, runs);
}

ReadRecord find_plan(const RunsFolder& runs, std::string_view word) {
    const auto digest_of = [](const ReadRecord& record) {
        const auto& plan = record.document["plan"];
        return record.document["kind"] == "plan" && plan.is_object() ? plan.value("plan_sha256", "") : std::string();
    };
    std::vector<ReadRecord> found;
    std::optional<Error> broken;  // perhaps the one that was asked for: nobody can tell
    if (word.size() >= least_prefix)
        each_record(
            runs,
            [&](const ReadRecord& record) {
                if (const auto digest = digest_of(record); !digest.empty() && digest.starts_with(word))
                    found.push_back(record);
                return found.size() < most_named;
            },
            [&](const Error& error) {
                if (!broken) broken = error;
            });
    auto record = found.empty() ? run_or(broken, runs, word) : only(std::move(found), word, runs);
    if (digest_of(record).empty())
        throw Error(ErrorKind::usage, fmt::format("{} is no plan", to_text(record.name)), "'salve plan' makes one");
    return record;
}

void each_record(const RunsFolder& runs, const std::function<bool(const ReadRecord&)>& take,
                 const std::function<void(const base::Error&)>& fault) {
    const auto names = runs.list().records;
    for (auto name = names.rbegin(); name != names.rend(); ++name) {
        std::optional<ReadRecord> record;
        try {
            record = read_record(runs, *name);
        } catch (const Error& error) {
            fault(error);
        }
        // Outside: what `take` throws is no fault of the record.
        if (record && !take(*record)) return;
    }
}

}  // namespace salve::io
