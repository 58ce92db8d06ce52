// What is done to a chain is in chain_attack_test.cpp.
#include "io/verify_runs.hpp"

#include <doctest/doctest.h>

#include "chain_builders.hpp"

using namespace salve;
using namespace salve::test;
using io::RunsFolder;

TEST_CASE("a folder without records holds, with or without a key or the note of an empty chain") {
    const TempFolder folder;
    const auto runs = RunsFolder::open(folder.path());
    for (const auto* key : {static_cast<const audit::VerifyKey*>(nullptr), &chain_public()}) {
        const auto proof = io::verify_runs(runs, {key, {}});
        CHECK(verdict(proof) == "holds");
        CHECK(proof.newest.seq == 0);
        CHECK(proof.first_sha256.empty());
        CHECK(proof.signed_count == 0);
        CHECK(proof.alive.empty());
        CHECK(proof.dead.empty());
        CHECK(proof.strays.empty());
    }
    CHECK(verdict(io::verify_runs(runs, {}, audit::HeadNote{})) == "holds");
    CHECK(verdict(io::verify_runs(runs, {&chain_public(), {}}, sign(audit::HeadNote{}, chain_key()))) == "holds");
}

TEST_CASE("S2.12: a proof tells what was proven, and what it says nothing of") {
    const Tampered chain(made_chain(true));
    chain.write("notes.txt", "x");
    std::filesystem::create_directory(chain.path(".journal"));
    chain.write(".journal/" + run_id_of(50) + ".jsonl", "x");
    const io::RunLog alive(RunsFolder::open_or_make(chain.folder().path()), run_record(51), {chain_start, 1});
    const auto proof = chain.verify(&chain_public(), sign(chain.note(7), chain_key()));
    CHECK(verdict(proof) == "holds");
    CHECK(proof.newest == chain.head(chain_length));
    CHECK(proof.first_sha256 == chain.head(1).sha256);
    CHECK(proof.signed_count == chain_length);
    CHECK(proof.alive == std::vector<std::string>{run_id_of(51)});
    CHECK(proof.dead == std::vector<std::string>{run_id_of(50)});
    CHECK(proof.strays == std::vector<std::string>{"notes.txt"});
}

TEST_CASE("S2.12: of several faults the first is told, and journals and strays all the same") {
    const Tampered chain;
    chain.drop(4);
    chain.drop(9);
    chain.write(to_text(chain.name(12)), "x");
    chain.write("notes.txt", "x");
    const auto proof = chain.verify();
    CHECK(verdict(proof) == "4 missing");
    CHECK(proof.newest == chain.head(3));
    CHECK(proof.strays.size() == 1);
}

TEST_CASE("what cannot be read is an error, not a fault of the chain") {
    const Tampered chain;
    const auto runs = RunsFolder::open(chain.folder().path());
    std::filesystem::create_symlink("x", chain.path(".journal"));
    CHECK(error_of([&] { io::verify_runs(runs, {}); }).kind() == base::ErrorKind::usage);
    std::filesystem::remove(chain.path(".journal"));
    CHECK(verdict(io::verify_runs(runs, {})) == "holds");
    if (::geteuid() != 0) {
        REQUIRE(::chmod(chain.path(to_text(chain.name(3))).c_str(), 0) == 0);
        CHECK(error_of([&] { io::verify_runs(runs, {}); }).kind() == base::ErrorKind::usage);
    }
}
