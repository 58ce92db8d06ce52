#include <algorithm>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/utf8.hpp"
#include "kube/decode.hpp"
#include "proto_split.hpp"
#include "targets.hpp"

namespace salve::fuzz {
namespace {

using testing::Split, testing::split;

// All places of a short text, and some of a long one, which follow from its last byte.
void is_the_same_in_two(std::string_view bytes, const Split& whole) {
    constexpr std::size_t places = 16;
    const auto step = bytes.size() / places + 1;
    const auto first = bytes.empty() ? 0 : static_cast<unsigned char>(bytes.back()) % step;
    for (auto at = first; at < bytes.size(); at += step)
        require(split({bytes.substr(0, at), bytes.substr(at)}) == whole, "a list is the same in two");
}

void is_the_same_byte_by_byte(std::string_view bytes, const Split& whole) {
    std::vector<std::string_view> pieces;
    for (std::size_t at = 0; at < bytes.size(); ++at) pieces.push_back(bytes.substr(at, 1));
    require(split(pieces) == whole, "a list is the same byte by byte");
}

void is_a_list_or_says_why_not(std::string_view bytes, const Split& whole) {
    const auto& envelope = whole.envelope;
    require(whole.items.size() == envelope.items, "the items are counted");
    require(!envelope.truncated || !envelope.ok(), "a list that is cut is none");
    for (const auto* text : {&envelope.kind, &envelope.api_version, &envelope.continue_token, &envelope.problem})
        require(base::is_valid_utf8(*text), "the words of the envelope are UTF-8");
    for (const auto& item : whole.items) require(bytes.find(item) != std::string_view::npos, "an item is of the bytes");
}

void is_facts_or_an_error(kube::Resource what, const std::string& item, bool lean) {
    static const base::Redactor redactor("fuzz");
    static kube::Decoder decoder(redactor);
    kube::Snapshot facts;
    try {
        const auto mismatch = decoder.add({what, kube::api_version(what), "", lean}, item, facts, kube::Form::proto);
        require(!mismatch || (base::is_valid_utf8(*mismatch) && facts == kube::Snapshot{}),
                "what was not asked for is dropped");
    } catch (const base::Error& error) {
        require(error.kind() == base::ErrorKind::cluster_unreadable, "what is no object cannot be read");
        require(base::is_valid_utf8(error.what()), "an Error is UTF-8");
        require(facts == kube::Snapshot{}, "what is no object gives no facts");
    }
}

}  // namespace

// Any bytes as an answer of the API server: they are one list whatever the pieces in which they come, or none, and
// each of its items is facts or an Error, whatever kind it should be.
void proto_list(std::string_view bytes) {
    constexpr std::size_t most_decoded = 16;
    const auto whole = split({bytes});
    is_a_list_or_says_why_not(bytes, whole);
    is_the_same_in_two(bytes, whole);
    is_the_same_byte_by_byte(bytes, whole);
    for (std::size_t i = 0; i < std::min(whole.items.size(), most_decoded); ++i)
        for (const auto what :
             {kube::Resource::pods, kube::Resource::deployments, kube::Resource::jobs, kube::Resource::events})
            for (const bool lean : {false, true}) is_facts_or_an_error(what, whole.items[i], lean);
}

}  // namespace salve::fuzz

SALVE_FUZZ_TARGET(proto_list)
