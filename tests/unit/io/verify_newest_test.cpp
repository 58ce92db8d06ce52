#include "io/verify_newest.hpp"

#include <doctest/doctest.h>

#include "chain_builders.hpp"

using namespace salve;
using namespace salve::test;
using io::RunsFolder;

namespace {

io::NewestProof look(const Tampered& chain, std::size_t most = 5) {
    return io::verify_newest(RunsFolder::open(chain.folder().path()), most);
}

std::string verdict(const io::NewestProof& proof) {
    if (!proof.fault) return fmt::format("{} of {}", proof.proven, proof.records);
    return fmt::format("{} {}", proof.fault->seq, base::word(audit::reason_names, proof.fault->reason));
}

}  // namespace

TEST_CASE("the newest of a chain that holds, or all where there are no more") {
    const Tampered chain;
    for (const std::size_t most : {1, 5, 19}) CHECK(verdict(look(chain, most)) == fmt::format("{} of 20", most));
    for (const std::size_t most : {20, 21, 1000}) CHECK(verdict(look(chain, most)) == "20 of 20");
    CHECK(verdict(look(chain, 0)) == "1 of 20");  // HEAD cannot be judged without a record
    const TempFolder empty;
    CHECK(verdict(io::verify_newest(RunsFolder::open(empty.path()), 5)) == "0 of 0");
}

TEST_CASE("signed chains hold as well; signatures are not looked at") {
    CHECK(verdict(look(Tampered(made_chain(true)))) == "5 of 20");
}

TEST_CASE("what is wrong among the newest is told as verify tells it") {
    const auto after = [](const std::function<void(const Tampered&)>& act) {
        const Tampered chain;
        act(chain);
        const auto quick = verdict(look(chain));
        CHECK(quick == salve::test::verdict(chain.verify()));
        return quick;
    };
    CHECK(after([](const Tampered& chain) { chain.write(to_text(chain.name(18)), "x"); }) == "18 edited");
    CHECK(after([](const Tampered& chain) { chain.write(to_text(chain.name(16)), "x"); }) == "16 edited");
    CHECK(after([](const Tampered& chain) { chain.drop(18); }) == "18 missing");
    CHECK(after([](const Tampered& chain) { chain.cut_tail(2); }) == "19 cut_tail");
    CHECK(after([](const Tampered& chain) { chain.remove("HEAD"); }) == "20 missing");
    CHECK(after([](const Tampered& chain) {
              chain.edit(18, [](nlohmann::json& record) { record["kind"] = "apply"; });
          }) == "18 edited");
    CHECK(after([](const Tampered& chain) {
              chain.edit(18, [](nlohmann::json& record) { record["actor"]["ticket"] = "INC-2"; });
          }) == "19 prev_mismatch");
    CHECK(after([](const Tampered& chain) { ::chmod(chain.path(to_text(chain.name(17))).c_str(), 0644); }) ==
          "17 wrong_mode");
}

TEST_CASE("what is older is not looked at") {
    const Tampered chain;
    chain.write(to_text(chain.name(3)), "x");
    CHECK(verdict(look(chain)) == "5 of 20");
    CHECK(verdict(look(chain, 17)) == "17 of 20");
    CHECK(verdict(look(chain, 18)) == "3 edited");
}
