// Takes a Kubernetes list apart while it arrives, so that a list of any size costs the memory of its largest item.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "kube/bracket_scan.hpp"

namespace salve::kube {

// What stands around the items of a list, and whether the list can be believed.
struct ListEnvelope {
    std::string kind, api_version;  // "PodList", "v1"
    std::string resource_version;   // metadata.resourceVersion
    std::string continue_token;     // metadata.continue: not empty means that the server holds more items
    std::size_t items = 0;          // how many were emitted
    std::string problem;            // empty: one whole, well-formed list; else why not, in words
    bool truncated = false;         // the problem is that the text ends too early

    bool ok() const { return problem.empty(); }
    // Only then may one conclude that what is not in the list is not there.
    bool complete() const { return ok() && continue_token.empty(); }
};

// Every limit is of foreign input; exceeding one is a problem of the envelope, never a shorter list.
struct ListLimits {
    std::size_t max_item_bytes = 8u << 20;
    std::size_t max_items = 2'000'000;
    int max_depth = 64;                           // brackets open at once, of one item, and of the envelope
    std::size_t max_envelope_bytes = 256u << 10;  // everything but the items, without white space
};

// Emits each element of the top-level array "items" as its exact bytes, as soon as its last byte was fed. Elements must
// be objects; whether an element is well-formed inside is left to who decodes it. The order of the list's fields does
// not matter. "items": null is an empty list (some servers write it); a list without "items", or with two, is none.
class ListSplitter {
public:
    // The view given to on_item lives only during the call. What on_item throws comes out of feed, and ends the use of
    // this object.
    explicit ListSplitter(std::function<void(std::string_view item)> on_item, ListLimits limits = {});

    // Text after a problem is ignored.
    void feed(std::string_view chunk);

    // The text has ended. To be called once.
    ListEnvelope finish();

private:
    enum class State { envelope, before_item, after_item, after_comma, item, failed };

    std::size_t read_envelope(std::string_view text);
    std::size_t read_between(std::string_view text);
    std::size_t read_item(std::string_view text);
    void envelope_byte(char byte);
    void envelope_string(char byte);
    void emit(std::string_view item);
    void fail(const std::string& problem);
    void read_fields(ListEnvelope& result) const;

    std::function<void(std::string_view)> on_item_;
    ListLimits limits_;
    State state_ = State::envelope;
    BracketScan scan_;
    std::string pending_;  // the beginning of an item whose end has not come yet
    std::size_t items_ = 0;
    std::string problem_;

    // The envelope: the list's text with "items" emptied. Its first bytes decide nothing: it is parsed strictly at the
    // end.
    std::string envelope_;
    std::string key_;  // the last field name at depth 1, as written
    int depth_ = 0;
    bool in_string_ = false, escaped_ = false, at_key_ = false, at_items_ = false, items_seen_ = false;
};

}  // namespace salve::kube
