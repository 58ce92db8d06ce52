#include "io/seal.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

#include <thread>

#include "chain_builders.hpp"

using namespace salve;
using namespace salve::test;
using base::ErrorKind;
using io::RunsFolder;

namespace {

// A journal that is ready for its seal.
std::string journal_text(std::int64_t number) {
    const TempFolder elsewhere;
    io::RunLog log(RunsFolder::open_or_make(elsewhere.path()), run_record(number), {chain_start, 1});
    log.write(audit::Event::close, run_record(number), {chain_start, 2});
    return log.text();
}

io::Sealed seal(const TempFolder& folder, const std::string& text, const audit::SigningKey* key = nullptr,
                const std::optional<std::string>& status = std::nullopt) {
    return io::seal_journal(RunsFolder::open_or_make(folder.path()), audit::parse_journal(text),
                            {chain_start + base::seconds(9), key, status, false});
}

std::string refused(const Tampered& chain, const std::string& text) {
    const auto before = chain.folder().names();
    const auto error = error_of([&] { seal(chain.folder(), text); });
    CHECK(error.kind() == ErrorKind::audit_unwritable);
    CHECK(contains(error.hint(), "runs verify"));
    auto after = chain.folder().names();
    std::erase_if(after, [](const std::string& name) { return name == ".lock" || name == ".journal"; });
    CHECK(after == before);
    return error.what();
}

}  // namespace

TEST_CASE("S2.12: a seal continues the chain and moves HEAD") {
    const Tampered chain;
    const auto sealed = seal(chain.folder(), journal_text(21), nullptr, "interrupted");
    CHECK(sealed.name.seq == 21);
    CHECK(verdict(chain.verify()) == "holds");
    CHECK(chain.bytes("HEAD") == to_text(chain.head(21)));
    const auto document = chain.document(21);
    CHECK(document["chain"]["prev"]["sha256"] == chain.head(20).sha256);
    CHECK(document["status"] == "interrupted");
}

TEST_CASE("S2.12: HEAD may lag by the record whose seal died, and is brought up") {
    const Tampered chain;
    const auto text = journal_text(21);
    chain.write_head(19);
    seal(chain.folder(), text);
    CHECK(verdict(chain.verify()) == "holds");
    CHECK(chain.bytes("HEAD") == to_text(chain.head(21)));
    // The first record has no HEAD before it.
    const TempFolder folder;
    add_runs(folder.path(), 1, 1);
    std::filesystem::remove(folder / "HEAD");
    add_runs(folder.path(), 2, 2);
    CHECK(verdict(io::verify_runs(RunsFolder::open(folder.path()), {})) == "holds");
}

TEST_CASE("S2.12: a chain that is broken is not continued") {
    const auto text = journal_text(21);
    const auto broken = [&](const std::function<void(const Tampered&)>& act) {
        const Tampered chain;
        act(chain);
        return refused(chain, text);
    };
    CHECK(contains(broken([](auto& chain) { chain.write(to_text(chain.name(20)), "{}"); }), "was edited"));
    CHECK(contains(broken([](auto& chain) { chain.drop(20); }),
                   "HEAD knows of record 20, the newest that is there is 19"));
    CHECK(contains(broken([](auto& chain) { chain.cut_tail(20); }), "the newest that is there is 0"));
    CHECK(contains(broken([](auto& chain) { chain.write("HEAD", "x", 0644); }), "is not what salve writes"));
    CHECK(contains(broken([](auto& chain) { chain.write_head(18); }), "stands at 18 instead of 20"));
    CHECK(contains(broken([](auto& chain) { chain.remove("HEAD"); }), "stands at 0 instead of 20"));
    const auto digest = [](std::int64_t seq, std::int64_t of) {
        return [=](const Tampered& chain) {
            chain.write("HEAD", to_text(audit::Head{seq, chain.head(of).sha256}), 0644);
        };
    };
    CHECK(contains(broken(digest(19, 18)), "has another digest for record 19"));
    CHECK(contains(broken(digest(20, 19)), "stands at 20 instead of 20"));
}

TEST_CASE("a seal signs before it publishes, and a .sig of a seal that died is no hindrance") {
    const TempFolder folder;
    const auto text = journal_text(1);
    auto sealed = seal(folder, text, &chain_key());
    const auto runs = RunsFolder::open(folder.path());
    CHECK(verdict(io::verify_runs(runs, {&chain_public(), {}})) == "holds");
    // Killed between the two, and sealed again at the same microsecond.
    std::filesystem::remove(sealed.path);
    std::filesystem::remove(folder / "HEAD");
    sealed = seal(folder, text, &chain_key());
    CHECK(sealed.name.seq == 1);
    CHECK(verdict(io::verify_runs(runs, {&chain_public(), {}})) == "holds");
}

TEST_CASE("a record that would not be valid is not published") {
    const TempFolder folder;
    CHECK(error_of([&] { seal(folder, ""); }).kind() == ErrorKind::invalid_record);
    CHECK(error_of([&] { seal(folder, journal_text(1), nullptr, "gone"); }).kind() == ErrorKind::invalid_record);
    CHECK(RunsFolder::open(folder.path()).list().records.empty());
}

TEST_CASE("what cannot be made immutable is a warning") {
    const TempFolder folder;
    const auto sealed = io::seal_journal(RunsFolder::open_or_make(folder.path()), audit::parse_journal(journal_text(1)),
                                         {chain_start, nullptr, std::nullopt, true});
    for (const auto& warning : sealed.warnings) CHECK(contains(warning, "cannot be made immutable"));
    // Where it can be, nobody removes the folder before it is undone.
    if (sealed.warnings.empty()) {
        const io::UniqueFd fd(::open(sealed.path.c_str(), O_RDONLY | O_CLOEXEC));
        int flags = 0;
        REQUIRE(::ioctl(fd.get(), FS_IOC_GETFLAGS, &flags) == 0);
        CHECK((flags & FS_IMMUTABLE_FL) != 0);
        flags &= ~FS_IMMUTABLE_FL;
        REQUIRE(::ioctl(fd.get(), FS_IOC_SETFLAGS, &flags) == 0);
    }
    CHECK(verdict(io::verify_runs(RunsFolder::open(folder.path()), {})) == "holds");
}

TEST_CASE("F16: seals wait for one another, and a proof does not mind them") {
    const TempFolder folder;
    const auto runs = RunsFolder::open_or_make(folder.path());
    constexpr std::int64_t each = 12;
    const auto work = [&](std::int64_t from) { add_runs(folder.path(), from, from + each - 1); };
    std::thread first(work, 1), second(work, 101);
    // From the empty folder on: there is no HEAD yet when the first look is taken.
    std::size_t bad = 0;
    while (io::newest_seq(runs) < 2 * each)
        if (verdict(io::verify_runs(runs, {})) != "holds") ++bad;
    first.join();
    second.join();
    CHECK(bad == 0);
    const auto proof = io::verify_runs(runs, {});
    CHECK(verdict(proof) == "holds");
    CHECK(proof.newest.seq == 2 * each);
    CHECK(proof.alive.empty());
    CHECK(proof.dead.empty());
}
