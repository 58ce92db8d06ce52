// F18 (SAFETY 7.3): records dropped, moved, doubled, put in and cut off, HEAD and notes, and what verify says first.
#include <doctest/doctest.h>

#include <cstring>

#include "chain_attacks.hpp"

using namespace salve;
using namespace salve::test;

TEST_CASE("F18: the chain that is attacked holds, signed or not") {
    const Tampered plain, signed_one(made_chain(true));
    CHECK(made_chain().size() == chain_length + 1);
    CHECK(made_chain(true).size() == 2 * chain_length + 1);
    const auto proof = plain.verify();
    CHECK(verdict(proof) == "holds");
    CHECK(proof.newest == plain.head(chain_length));
    CHECK(proof.first_sha256 == base::sha256_hex(plain.record(1)));
    CHECK(proof.signed_count == 0);
    CHECK(verdict(signed_one.verify()) == "holds");
    CHECK(verdict(signed_one.verify(&chain_public())) == "holds");
    CHECK(signed_one.verify().signed_count == chain_length);
    for (const std::int64_t count : {0, 1, 10, 20}) CHECK(verdict(plain.verify(nullptr, plain.note(count))) == "holds");
}

TEST_CASE("F18: a record that was dropped is missing, and the last one is a cut tail") {
    for (std::int64_t seq = 1; seq <= chain_length; ++seq) {
        CAPTURE(seq);
        const Tampered chain;
        chain.drop(seq);
        CHECK(verdict(chain.verify()) == at(seq, seq == chain_length ? "cut_tail" : "missing"));
    }
}

TEST_CASE("F18: two records that were swapped are found, whatever was made to fit") {
    const std::pair<std::int64_t, std::int64_t> pairs[] = {{1, 2}, {1, 20}, {5, 6}, {5, 9}, {19, 20}};
    for (const auto& [a, b] : pairs) {
        CAPTURE(a);
        CAPTURE(b);
        const Tampered renamed;
        const auto first = renamed.name(a), second = renamed.name(b);
        rename_record(renamed, first, renumbered(first, 99));
        rename_record(renamed, second, renumbered(second, a));
        rename_record(renamed, renumbered(first, 99), renumbered(first, b));
        CHECK(verdict(renamed.verify()) == at(a, "prev_mismatch"));

        const Tampered contents;
        const auto bytes = contents.record(a);
        const auto name = to_text(contents.name(a));
        contents.write(name, contents.record(b));
        contents.write(to_text(contents.name(b)), bytes);
        CHECK(verdict(contents.verify()) == at(a, "edited"));

        // As they would have been, had the runs ended the other way round; all after them is as it was.
        const Tampered rewritten;
        const auto one = rewritten.document(a), other = rewritten.document(b);
        const auto swap = [&](std::int64_t seq, json content) {
            content["chain"] = rewritten.document(seq)["chain"];
            content["time"]["sealed_at"] = rewritten.document(seq)["time"]["sealed_at"];
            if (seq > 1) content["chain"]["prev"]["sha256"] = base::sha256_hex(rewritten.record(seq - 1));
            rewritten.replace(seq, base::canonical(content) + "\n");
        };
        swap(a, other);
        swap(b, one);
        const auto next = b == a + 1 ? b + 1 : a + 1;
        CHECK(verdict(rewritten.verify()) == (next > chain_length ? at(b, "edited") : at(next, "prev_mismatch")));
    }
}

TEST_CASE("F18: a record twice is found at its number") {
    for (const std::int64_t seq : {1, 7, 20}) {
        CAPTURE(seq);
        const Tampered same;
        auto other = same.name(seq);
        other.sealed_at = other.sealed_at + base::seconds(1);
        same.write(to_text(other), same.record(seq));
        CHECK(verdict(same.verify()) == at(seq, "duplicate_seq"));

        const Tampered next;
        next.write(to_text(renumbered(next.name(seq), seq + 1)), next.record(seq));
        CHECK(verdict(next.verify()) == (seq == 20 ? at(21, "prev_mismatch") : at(seq + 1, "duplicate_seq")));
    }
}

TEST_CASE("F18: a record that was put in is found") {
    check_all({
        {"a forged record beside the one of its number", [](auto& chain) { forge(chain, 6); }, "6 duplicate_seq"},
        {"the others renamed to make room",
         [](auto& chain) {
             make_room(chain, 6);
             forge(chain, 6);
         },
         "7 prev_mismatch"},
        {"a gap left for it", [](auto& chain) { make_room(chain, 6); }, "6 missing"},
        {"at the front", [](auto& chain) { make_room(chain, 1); }, "1 missing"},
        {"an old one again at the end",
         [](auto& chain) { chain.write(to_text(renumbered(chain.name(3), 21)), chain.record(3)); }, "21 prev_mismatch"},
        {"one far behind the end",
         [](auto& chain) { chain.write(to_text(renumbered(chain.name(20), 1'000'000)), chain.record(20)); },
         "21 missing"},
    });
    // Without a key it takes nothing to append; with one it takes the key.
    const Tampered chain(made_chain(true));
    forge(chain, 21);
    CHECK(verdict(chain.verify()) == "holds");
    CHECK(verdict(chain.verify(&chain_public())) == "21 unsigned");
}

TEST_CASE("F18: a tail that was cut is missed by HEAD, and by a head note even if HEAD was made to fit") {
    for (const std::int64_t count : {1, 5, 19, 20}) {
        CAPTURE(count);
        const auto left = chain_length - count;
        const Tampered chain;
        const auto note = chain.note(chain_length), earlier = chain.note(1);
        chain.cut_tail(count);
        CHECK(verdict(chain.verify()) == at(left + 1, "cut_tail"));
        CHECK(verdict(chain.verify(nullptr, note)) == at(left + 1, "cut_tail"));
        chain.remove("HEAD");
        CHECK(verdict(chain.verify(nullptr, note)) == at(left + 1, "cut_tail"));
        // A folder with one record, or none, may have no HEAD yet.
        CHECK(verdict(chain.verify()) == (left > 1 ? at(left, "missing") : "holds"));
        if (left == 0) continue;
        chain.write_head(left);
        CHECK(verdict(chain.verify(nullptr, note)) == at(left + 1, "cut_tail"));
        CHECK(verdict(chain.verify(nullptr, earlier)) == "holds");
        CHECK(verdict(chain.verify()) == "holds");  // rolled back together: see the claim in SAFETY 1.2
    }
}

TEST_CASE("F18: HEAD that was edited is found, and may lag by one record") {
    const auto set = [](std::int64_t seq, std::int64_t digest_of) {
        return [=](const Tampered& chain) {
            chain.write("HEAD", to_text(audit::Head{seq, chain.head(digest_of).sha256}), 0644);
        };
    };
    const auto text = [](std::string bytes) {
        return [=](const Tampered& chain) { chain.write("HEAD", bytes, 0644); };
    };
    check_all({
        {"one further", set(21, 20), "21 cut_tail"},
        {"one back", set(19, 20), "19 edited"},
        {"five back", set(15, 20), "15 edited"},
        {"five back with the right digest", set(15, 15), "15 edited"},
        {"another digest", set(20, 19), "20 edited"},
        {"the greatest number", set((std::int64_t{1} << 53) - 1, 20), "21 cut_tail"},
        {"one back with the right digest, as a crash leaves it", set(19, 19), "holds"},
        {"garbage", text("garbage\n"), "20 edited"},
        {"empty", text(""), "20 edited"},
        {"NUL bytes", text(std::string(64, '\0')), "20 edited"},
        {"not as salve writes it", [](auto& chain) { chain.write("HEAD", " " + chain.bytes("HEAD"), 0644); },
         "20 edited"},
        {"too long", [](auto& chain) { chain.write("HEAD", chain.bytes("HEAD") + std::string(5000, '\n'), 0644); },
         "20 edited"},
        {"removed", [](auto& chain) { chain.remove("HEAD"); }, "20 missing"},
    });
}

TEST_CASE("F18: what stands in HEAD's place is a fault that names HEAD, however well it would read") {
    const auto in_place = [](const std::function<void(const std::string&)>& make) {
        return [=](const Tampered& chain) {
            chain.write("kept", chain.bytes("HEAD"), 0644);
            chain.remove("HEAD");
            make(chain.path("HEAD"));
        };
    };
    const std::vector<Attack> attacks{
        {"a link to the same bytes", in_place([](auto& path) { std::filesystem::create_symlink("kept", path); }),
         "20 wrong_mode"},
        {"a link to nothing", in_place([](auto& path) { std::filesystem::create_symlink("nowhere", path); }),
         "20 wrong_mode"},
        {"a link to a device", in_place([](auto& path) { std::filesystem::create_symlink("/dev/null", path); }),
         "20 wrong_mode"},
        {"a folder", in_place([](auto& path) { std::filesystem::create_directory(path); }), "20 wrong_mode"},
        {"a pipe", in_place([](auto& path) { REQUIRE(::mkfifo(path.c_str(), 0644) == 0); }), "20 wrong_mode"},
        {"a socket", in_place([](auto& path) { REQUIRE(::mknod(path.c_str(), S_IFSOCK | 0644, 0) == 0); }),
         "20 wrong_mode"},
        // A record before it that is bad is told first.
        {"a folder, and a record is missing",
         [&](auto& chain) {
             chain.remove("HEAD");
             std::filesystem::create_directory(chain.path("HEAD"));
             chain.drop(7);
         },
         "7 missing"},
    };
    check_all(attacks);
    const Tampered chain;
    attacks[0].act(chain);
    const auto proof = chain.verify();
    REQUIRE(proof.fault);
    CHECK(proof.fault->file == "HEAD");
    CHECK(proof.fault->detail == "it is no regular file");
    // Nobody goes on from it: neither the seal nor who only asks whether one could be made.
    const auto runs = io::RunsFolder::open_or_make(chain.folder().path());
    const auto refused = error_of([&] { io::require_sealable(runs); });
    CHECK(refused.kind() == base::ErrorKind::audit_unwritable);
    CHECK(contains(refused.what(), "HEAD: it is no regular file"));
    CHECK(chain.bytes("kept") == chain.bytes("HEAD"));
    CHECK(std::filesystem::is_symlink(chain.path("HEAD")));
}

TEST_CASE("F18: a record that is no file of its own, or that can be written to, is found") {
    std::vector<Attack> attacks;
    for (const unsigned mode : {0644U, 0464U, 0446U, 0600U, 0777U})
        attacks.push_back(
            {"mode", [=](auto& chain) { REQUIRE(::chmod(chain.path(to_text(chain.name(4))).c_str(), mode) == 0); },
             "4 wrong_mode"});
    attacks.push_back({"a link to the same bytes",
                       [](auto& chain) {
                           const auto name = to_text(chain.name(4));
                           chain.write("kept", chain.record(4));
                           chain.remove(name);
                           std::filesystem::create_symlink("kept", chain.path(name));
                       },
                       "4 wrong_mode"});
    attacks.push_back({"a link to nothing",
                       [](auto& chain) {
                           const auto name = to_text(chain.name(4));
                           chain.remove(name);
                           std::filesystem::create_symlink("nowhere", chain.path(name));
                       },
                       "4 wrong_mode"});
    attacks.push_back({"a pipe",
                       [](auto& chain) {
                           const auto path = chain.path(to_text(chain.name(4)));
                           std::filesystem::remove(path);
                           REQUIRE(::mkfifo(path.c_str(), 0444) == 0);
                       },
                       "4 wrong_mode"});
    attacks.push_back({"a folder",
                       [](auto& chain) {
                           const auto path = chain.path(to_text(chain.name(4)));
                           std::filesystem::remove(path);
                           std::filesystem::create_directory(path);
                       },
                       "4 wrong_mode"});
    if (::geteuid() == 0)
        attacks.push_back(
            {"of another owner",
             [](auto& chain) { REQUIRE(::chown(chain.path(to_text(chain.name(4))).c_str(), 12345, 12345) == 0); },
             "4 wrong_mode"});
    attacks.push_back({"0400 is enough",
                       [](auto& chain) { REQUIRE(::chmod(chain.path(to_text(chain.name(4))).c_str(), 0400) == 0); },
                       "holds"});
    check_all(attacks);
}

TEST_CASE("F18: a head note of another chain, count, digest or key is found") {
    const Tampered chain(made_chain(true)), other(made_chain());
    const auto right = chain.note(10);
    CHECK(verdict(chain.verify(nullptr, other.note(10))) == "1 edited");
    auto changed = right;
    changed.sha256 = chain.note(11).sha256;
    CHECK(verdict(chain.verify(nullptr, changed)) == "10 edited");
    changed = right;
    changed.origin = std::string(12, 'f');
    CHECK(verdict(chain.verify(nullptr, changed)) == "1 edited");
    changed = chain.note(20);
    changed.count = 21;
    CHECK(verdict(chain.verify(nullptr, changed)) == "21 cut_tail");
    // With a key, a note is worth what its signature is worth.
    CHECK(verdict(chain.verify(&chain_public(), sign(right, chain_key()))) == "holds");
    CHECK(verdict(chain.verify(&chain_public(), right)) == "10 bad_signature");
    CHECK(verdict(chain.verify(&chain_public(), sign(right, other_key()))) == "10 bad_signature");
    changed = sign(right, chain_key());
    changed.count = 9;
    CHECK(verdict(chain.verify(&chain_public(), changed)) == "9 bad_signature");
}

// The closed world: a reason that no attack has is one that nobody can rely on.
TEST_CASE("F18: every reason is the right one for some attack") {
    using audit::Reason;
    const std::map<Reason, std::function<void(const Tampered&)>> attacks{
        {Reason::edited, [](auto& chain) { chain.write(to_text(chain.name(5)), "x"); }},
        {Reason::missing, [](auto& chain) { chain.drop(5); }},
        {Reason::duplicate_seq, [](auto& chain) { forge(chain, 5); }},
        {Reason::prev_mismatch, [](auto& chain) { chain.edit(4, [](json& record) { record["exit_code"] = 1; }); }},
        {Reason::not_canonical, [](auto& chain) { chain.replace(5, " " + chain.record(5)); }},
        {Reason::cut_tail, [](auto& chain) { chain.cut_tail(16); }},
        {Reason::bad_signature, [](auto& chain) { chain.write(signature_name(chain.name(5)), "x"); }},
        {Reason::unsigned_record, [](auto& chain) { chain.remove(signature_name(chain.name(5))); }},
        {Reason::wrong_mode, [](auto& chain) { chain.write(to_text(chain.name(5)), chain.record(5), 0644); }},
        {Reason::schema, [](auto& chain) { chain.edit(5, [](json& record) { record["x"] = 1; }); }}};
    CHECK(attacks.size() == audit::reason_names.size());
    for (const auto& [reason, word] : audit::reason_names) {
        CAPTURE(word);
        REQUIRE(attacks.contains(reason));
        const Tampered chain(made_chain(true));
        attacks.at(reason)(chain);
        // Without the key where it would tell of record 4 first: its signature is of other bytes.
        const auto* key = reason == Reason::prev_mismatch ? nullptr : &chain_public();
        CHECK(verdict(chain.verify(key)) == at(5, std::string(word).c_str()));
    }
}

// The limit that SAFETY 1.2 states, and that 'salve runs verify --help' prints.
TEST_CASE("F18: who rewrites everything is found out by a key or a note, and by nothing else") {
    for (const std::int64_t from : {1, 8, 20}) {
        CAPTURE(from);
        const Tampered chain(made_chain(true));
        const auto note = chain.note(chain_length), before = chain.note(from - 1);
        chain.edit(from, [](json& record) { record["exit_code"] = 1; });
        chain.chain_anew(from, true);
        CHECK(verdict(chain.verify()) == "holds");
        CHECK(verdict(chain.verify(nullptr, before)) == "holds");  // a note says nothing of what came after it
        CHECK(verdict(chain.verify(nullptr, note)) == at(from == 1 ? 1 : chain_length, "edited"));
        CHECK(verdict(chain.verify(&chain_public())) == at(from, "unsigned"));
        CHECK(verdict(chain.verify(&chain_public(), {}, 21)) == "holds");
    }
    const Tampered empty;
    const auto note = empty.note(chain_length);
    for (const auto& name : empty.folder().names()) empty.remove(name);
    CHECK(verdict(empty.verify()) == "holds");
    CHECK(verdict(empty.verify(nullptr, note)) == "1 cut_tail");
}

TEST_CASE("files that are no part of the chain are named and change nothing") {
    const Tampered chain;
    chain.write("notes.txt", "x");
    chain.write(to_text(chain.name(3)) + ".bak", "x");
    chain.write("0000021-20261121T080000Z-triage-000000000000.json", "x");
    const auto proof = chain.verify();
    CHECK(verdict(proof) == "holds");
    CHECK(proof.strays.size() == 3);
}
