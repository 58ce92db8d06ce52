#include "io/find_run.hpp"

#include <doctest/doctest.h>

#include "chain_builders.hpp"

using namespace salve;
using namespace salve::test;
using base::ErrorKind;

namespace {

// A chain of three runs.
class Three {
public:
    Three() {
        add_runs(folder_.path(), 1, 3);
        names_ = runs().list().records;
    }
    io::RunsFolder runs() const { return io::RunsFolder::open(folder_.path()); }
    std::int64_t found(std::string_view word) const { return io::find_run(runs(), word).name.seq; }
    base::Error refused(std::string_view word) const {
        return error_of([&] { io::find_run(runs(), word); });
    }
    void spoil(std::size_t seq) const {
        const auto name = to_text(names_.at(seq - 1));
        std::filesystem::remove(folder_ / name);
        folder_.file(name, "{}\n");
    }

private:
    TempFolder folder_;
    std::vector<audit::RecordName> names_;
};

}  // namespace

TEST_CASE("a run is found by its number, as the latest, by its id or by its digest") {
    const Three three;
    CHECK(three.found("1") == 1);
    CHECK(three.found("00000002") == 2);
    CHECK(three.found("latest") == 3);
    CHECK(three.found(run_id_of(2)) == 2);
    const auto record = io::find_run(three.runs(), "2");
    CHECK(three.found(record.digest) == 2);
    CHECK(three.found(record.digest.substr(0, 12)) == 2);
    CHECK(record.document["run_id"] == run_id_of(2));
    CHECK(base::sha256_hex(three.runs().read(record.name).bytes) == record.digest);
}

TEST_CASE("a run that is not there, is not clear or is named too briefly is refused, with the way out") {
    const Three three;
    for (const auto* word : {"9", "00000004", "zzzzzzzz"}) {
        CAPTURE(word);
        const auto error = three.refused(word);
        CHECK(error.kind() == ErrorKind::usage);
        CHECK(contains(error.what(), "there is no run"));
    }
    CHECK(contains(three.refused("abc").what(), "too short"));
    const auto several = three.refused(run_id_of(1).substr(0, 10));
    CHECK(several.kind() == ErrorKind::usage);
    CHECK(contains(several.what(), "more than one"));
    for (int number = 1; number <= 3; ++number) CHECK(contains(several.hint(), run_id_of(number)));
    const TempFolder empty;
    CHECK(contains(error_of([&] { io::find_run(io::RunsFolder::open(empty.path()), "latest"); }).what(), "no run"));
}

TEST_CASE("a record that was edited is refused by number, and passed over where others are meant") {
    const Three three;
    three.spoil(2);
    const auto error = three.refused("2");
    CHECK(error.kind() == ErrorKind::invalid_record);
    CHECK(contains(error.what(), "was edited"));
    CHECK(three.found(run_id_of(1)) == 1);
}

TEST_CASE("records come from the newest to the oldest, until it is enough; a broken one is told") {
    const Three three;
    std::vector<std::int64_t> seen;
    std::vector<std::string> faults;
    const auto fault = [&](const base::Error& error) { faults.emplace_back(error.what()); };
    const auto take = [&](const io::ReadRecord& record) {
        seen.push_back(record.name.seq);
        return seen.size() < 2;
    };
    io::each_record(three.runs(), take, fault);
    CHECK(seen == std::vector<std::int64_t>{3, 2});
    CHECK(faults.empty());
    three.spoil(3);
    seen.clear();
    io::each_record(three.runs(), take, fault);
    CHECK(seen == std::vector<std::int64_t>{2, 1});
    REQUIRE(faults.size() == 1);
    CHECK(contains(faults[0], "was edited"));
}

TEST_CASE("what the taker throws is no fault of a record, and ends the reading") {
    const Three three;
    int calls = 0, faults = 0;
    const auto error = error_of([&] {
        io::each_record(
            three.runs(),
            [&](const io::ReadRecord&) -> bool {
                ++calls;
                throw base::Error(ErrorKind::internal, "cannot write to the standard output");
            },
            [&](const base::Error&) { ++faults; });
    });
    CHECK(contains(error.what(), "standard output"));
    CHECK(calls == 1);
    CHECK(faults == 0);
}
