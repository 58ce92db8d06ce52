// Records by what a person types, and one after the other.
#pragma once
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "io/runs_folder.hpp"

namespace salve::io {

struct ReadRecord {
    audit::RecordName name;
    std::string digest;
    nlohmann::json document;
};

// The document of one file. Error(invalid_record) that names it and what is wrong, when its bytes are not those of its
// name, or not a record that this version can read.
ReadRecord read_record(const RunsFolder& runs, const audit::RecordName& name);

// word: "latest", a number of the sequence, or the beginning (6 characters or more) of a run's id or of a digest.
// Error(usage) when there is none, or more than one; a number or a digest is found without reading other records.
ReadRecord find_run(const RunsFolder& runs, std::string_view word);

// The record of a plan, by the beginning (6 digits or more) of the plan's id, or as find_run() finds it. Error(usage)
// when there is none, more than one, or it is no plan; Error(invalid_record) when there is none and a record is broken,
// which may be the one.
ReadRecord find_plan(const RunsFolder& runs, std::string_view word);

// From the newest to the oldest, one in memory at a time, until `take` says false. A file that cannot be read as a
// record is told to `fault` and passed over; what `take` throws ends it.
void each_record(const RunsFolder& runs, const std::function<bool(const ReadRecord&)>& take,
                 const std::function<void(const base::Error&)>& fault);

}  // namespace salve::io
