// The list of runs, and that of their steps, written one row at a time: nothing is kept.
#pragma once
#include <string>

#include "audit/summary.hpp"
#include "report/format.hpp"

namespace salve::report {

enum class ListFormat { human, json };

// head(), row() for each, tail(): together one document. For people a table of style.width columns (at least 80; what
// is longer is cut), one line a row; as JSON {"schema": "salve.runs/v1", "runs": [...]}, one element a line, all text
// base::visible().
class RunsList {
public:
    RunsList(ListFormat format, const Style& style);
    std::string head() const;
    std::string row(const audit::Summary& summary);
    std::string tail() const;  // for people: says so when there was no row

private:
    ListFormat format_;
    std::size_t more_;  // columns beyond 80
    std::size_t rows_ = 0;
};

// The same for the steps that were sent: {"schema": "salve.runs.entries/v1", "entries": [...]}, each with the fields of
// S3.58 and no other.
class EntriesList {
public:
    EntriesList(ListFormat format, const Style& style);
    std::string head() const;
    std::string row(const audit::Entry& entry);
    std::string tail() const;

private:
    ListFormat format_;
    std::size_t more_;
    std::size_t rows_ = 0;
};

}  // namespace salve::report
