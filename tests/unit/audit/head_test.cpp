#include "audit/head.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace salve;
using audit::Head;
using audit::parse_head;

namespace {

const std::string digest(64, 'a');
const std::string good = R"({"schema":"salve.head/v1","seq":42,"sha256":")" + digest + "\"}\n";

}  // namespace

TEST_CASE("HEAD is read back as it was written") {
    CHECK(to_text(Head{42, digest}) == good);
    CHECK(parse_head(good) == Head{42, digest});
    for (const std::int64_t seq : {std::int64_t{1}, (std::int64_t{1} << 53) - 1})
        CHECK(parse_head(to_text(Head{seq, digest})) == Head{seq, digest});
}

TEST_CASE("what is written in any other way is no HEAD (SAFETY 7.4)") {
    const auto with = [](const std::string& from, const std::string& to) {
        auto changed = good;
        const auto found = changed.find(from);
        REQUIRE(found != std::string::npos);
        return changed.replace(found, from.size(), to);
    };
    const std::string nul("\0", 1);
    for (const auto& text : std::vector<std::string>{"",
                                                     " ",
                                                     "\n",
                                                     "{}\n",
                                                     "[]\n",
                                                     "null\n",
                                                     "42\n",
                                                     good + "\n",
                                                     " " + good,
                                                     good.substr(0, good.size() - 1),
                                                     good.substr(0, good.size() - 1) + "\r\n",
                                                     good + good,
                                                     good + "x",
                                                     nul + good,
                                                     good + nul,
                                                     "\xEF\xBB\xBF" + good,
                                                     with("\":", "\": "),
                                                     with("\"seq\":42,", ""),
                                                     with("\"seq\":42", "\"seq\":42,\"seq\":42"),
                                                     with("\"seq\":42", "\"seq\":42,\"x\":1"),
                                                     with("42", "0"),
                                                     with("42", "-1"),
                                                     with("42", "-0"),
                                                     with("42", "042"),
                                                     with("42", "42.0"),
                                                     with("42", "1e1"),
                                                     with("42", "\"42\""),
                                                     with("42", "null"),
                                                     with("42", "9007199254740992"),
                                                     with("42", "9223372036854775808"),
                                                     with("42", "1e999"),
                                                     with(digest, ""),
                                                     with(digest, std::string(63, 'a')),
                                                     with(digest, std::string(65, 'a')),
                                                     with(digest, std::string(64, 'A')),
                                                     with(digest, std::string(64, 'g')),
                                                     with("\"" + digest + "\"", "null"),
                                                     with("\"" + digest + "\"", "7"),
                                                     with("head/v1", "head/v0"),
                                                     with("head/v1", "head/v2"),
                                                     with("head/v1", "head/v1 "),
                                                     with("salve", "\\u0073alve"),
                                                     with("salve", "\xff"),
                                                     std::string(100'000, '['),
                                                     std::string(10'000'000, ' '),
                                                     good + std::string(2000, ' ')}) {
        CAPTURE(text.substr(0, 200));
        CHECK_FALSE(parse_head(text));
    }
    for (std::size_t cut = 0; cut < good.size(); ++cut) CHECK_FALSE(parse_head(good.substr(0, cut)));
}

TEST_CASE("whatever byte of HEAD is changed, what is read is written in the same way") {
    for (std::size_t byte = 0; byte < good.size(); ++byte)
        for (int value = 0; value < 256; ++value) {
            auto changed = good;
            changed[byte] = static_cast<char>(value);
            if (const auto head = parse_head(changed)) REQUIRE(to_text(*head) == changed);
        }
}
