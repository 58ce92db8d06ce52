// The kept corpus of the fuzz targets, replayed: each input as it is, cut, and with bytes changed.
#include <doctest/doctest.h>

#include "fuzz/targets.hpp"
#include "io_fakes.hpp"

using namespace salve;
using namespace salve::test;

namespace {

// The corpus of the target, by file name.
std::vector<std::string> corpus(const std::string& target) {
    std::vector<std::string> inputs;
    for (const auto& entry : std::filesystem::directory_iterator(SALVE_SOURCE_DIR "/tests/fuzz/corpus/" + target))
        inputs.push_back(io::read_file(entry.path().string(), 1 << 20));
    std::sort(inputs.begin(), inputs.end());
    return inputs;
}

// About so many variants of each input: a target is run for milliseconds here and for minutes by make fuzz.
constexpr std::size_t variants = 300;

void replay(const std::string& target, void (*body)(std::string_view)) {
    const auto inputs = corpus(target);
    CHECK(inputs.size() >= 3);
    std::size_t done = 0;
    for (const auto& input : inputs) {
        CHECK_NOTHROW(body(input));
        const auto step = input.size() / variants + 1;
        for (std::size_t at = 0; at < input.size(); at += step, ++done) {
            auto changed = input;
            changed[at] = static_cast<char>(changed[at] ^ (1 << at % 8));
            REQUIRE_NOTHROW(body(changed));
            REQUIRE_NOTHROW(body(std::string_view(input).substr(0, at)));
        }
    }
    CHECK(done > 100);
}

}  // namespace

TEST_CASE("the corpus of the fuzz targets holds") {
    CHECK_NOTHROW(fuzz::canonical(""));
    CHECK_NOTHROW(fuzz::record(""));
    CHECK_NOTHROW(fuzz::journal(""));
    CHECK_NOTHROW(fuzz::head_note(""));
    CHECK_NOTHROW(fuzz::plan(""));
    CHECK_NOTHROW(fuzz::policy_file(""));
    CHECK_NOTHROW(fuzz::ollama_reply(""));
    CHECK_NOTHROW(fuzz::advice(""));
    CHECK_NOTHROW(fuzz::proto_list(""));
    replay("canonical", fuzz::canonical);
    replay("record", fuzz::record);
    replay("journal", fuzz::journal);
    replay("head_note", fuzz::head_note);
    replay("plan", fuzz::plan);
    replay("policy", fuzz::policy_file);
    replay("ollama", fuzz::ollama_reply);
    replay("advice", fuzz::advice);
    replay("proto_list", fuzz::proto_list);
}
