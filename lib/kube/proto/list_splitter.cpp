#include "kube/proto/list_splitter.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.hpp"

namespace salve::kube::proto {
namespace {

constexpr std::size_t most_in_varint = 10;  // bytes

constexpr std::uint32_t list_meta = 1, resource_version = 2, continue_token = 3;

}  // namespace

ListSplitter::ListSplitter(std::function<void(std::string_view item)> on_item, ListLimits limits)
    : on_item_(std::move(on_item)), limits_(limits), envelope_left_(limits.max_envelope_bytes) {}

void ListSplitter::feed(std::string_view chunk) {
    while (!chunk.empty() && state_ != State::failed) try {
            switch (state_) {
                case State::prefix:
                    read_magic(chunk);
                    break;
                case State::field:
                    read_head(chunk);
                    break;
                default:
                    read_body(chunk);
                    break;
            }
        } catch (const Malformed& error) {
            if (emitting_) throw;
            fail(fmt::format("the answer is no protocol buffer: {}", error.what()));
        }
}

void ListSplitter::fail(std::string problem) {
    envelope_.problem = std::move(problem);
    state_ = State::failed;
    pending_.clear();
}

void ListSplitter::read_magic(std::string_view& chunk) {
    const auto taken = std::min(chunk.size(), magic.size() - pending_.size());
    pending_ += chunk.substr(0, taken);
    chunk.remove_prefix(taken);
    if (!magic.starts_with(pending_)) throw Malformed("it does not begin as one");
    if (pending_.size() < magic.size()) return;
    pending_.clear();
    state_ = State::field;
}

// Bytes that were read are counted where the list says how many it has.
void ListSplitter::consume(std::size_t bytes) {
    if (!in_list_) return;
    if (bytes > list_left_) throw Malformed("an item is longer than its list");
    list_left_ -= bytes;
}

// Tag and length of the next field, or a field that is a number: at most two numbers, which may come in pieces.
void ListSplitter::read_head(std::string_view& chunk) {
    if (in_list_ && list_left_ == 0) in_list_ = false;
    std::size_t used = 0;
    if (pending_.empty()) {
        if (read_head_of(chunk, used)) return chunk.remove_prefix(used);
        pending_ = chunk;
        return chunk.remove_prefix(chunk.size());
    }
    const auto before = pending_.size();
    pending_ += chunk.substr(0, 2 * most_in_varint);
    const auto now = pending_.size();
    const std::string head = std::move(pending_);
    pending_.clear();
    if (read_head_of(head, used)) return chunk.remove_prefix(used - before);
    pending_ = head;
    chunk.remove_prefix(now - before);
}

// False where the head has not come whole. Sets what is read next.
bool ListSplitter::read_head_of(std::string_view head, std::size_t& used) {
    const auto size = head.size();
    std::uint64_t tag = 0, value = 0;
    if (!take_varint(head, tag)) return false;
    const auto field = field_of_tag(tag);
    constexpr std::uint64_t eight = 8, four = 4;
    const bool says_more = field.wire == Wire::bytes || field.wire == Wire::varint;
    if (says_more && !take_varint(head, value)) return false;
    used = size - head.size();
    consume(used);
    field_ = field.number;
    if (!is_item()) count_envelope(used);
    if (field.wire != Wire::bytes) {
        if (is_item()) throw Malformed("an item is none");
        field_ = 0;  // whatever it says, it is not read
        begin_body(field.wire == Wire::fixed64 ? eight : field.wire == Wire::fixed32 ? four : 0);
        return true;
    }
    if (!in_list_ && field_ == unknown::raw) {
        if (list_seen_) throw Malformed("it holds two lists");
        list_seen_ = in_list_ = true;
        list_left_ = value;
        return true;
    }
    begin_body(value);
    return true;
}

void ListSplitter::count_envelope(std::uint64_t bytes) {
    if (bytes > envelope_left_)
        return fail(fmt::format("the list has more than {} bytes around its items", limits_.max_envelope_bytes));
    envelope_left_ -= bytes;
}

void ListSplitter::begin_body(std::uint64_t length) {
    if (in_list_ && length > list_left_) throw Malformed("an item is longer than its list");
    if (is_item() && length > limits_.max_item_bytes)
        return fail(
            fmt::format("item {} of the list is larger than {} bytes", envelope_.items, limits_.max_item_bytes));
    if (!is_item()) count_envelope(length);
    if (state_ == State::failed) return;
    length_ = static_cast<std::size_t>(length);
    state_ = State::body;
    if (length_ == 0) take_body("");
}

void ListSplitter::read_body(std::string_view& chunk) {
    const auto taken = std::min(chunk.size(), length_ - pending_.size());
    const auto piece = chunk.substr(0, taken);
    chunk.remove_prefix(taken);
    if (pending_.empty() && taken == length_) return take_body(piece);
    pending_ += piece;
    if (pending_.size() < length_) return;
    take_body(pending_);
    pending_.clear();
}

void ListSplitter::take_body(std::string_view body) {
    consume(body.size());
    state_ = State::field;
    if (!is_item()) return take_envelope(body);
    if (envelope_.items == limits_.max_items)
        return fail(fmt::format("the list has more than {} items", limits_.max_items));
    ++envelope_.items;
    emitting_ = true;
    on_item_(body);
    emitting_ = false;
}

void ListSplitter::take_envelope(std::string_view body) {
    if (in_list_ && field_ == list_meta) {
        envelope_.resource_version = base::sanitize_utf8(bytes_at(body, resource_version));
        envelope_.continue_token += base::sanitize_utf8(bytes_at(body, continue_token));  // none takes one back
    } else if (!in_list_ && field_ == unknown::type_meta) {
        auto names = type_names(body);
        envelope_.api_version = std::move(names.api_version);
        envelope_.kind = std::move(names.kind);
    } else if (!in_list_ && field_ == unknown::content_encoding && !body.empty()) {
        throw Malformed("its list is encoded once more");
    }
}

// An answer that is cut before its list looks like one that has none: its kind tells.
ListEnvelope ListSplitter::finish() {
    if (state_ == State::failed) return envelope_;
    const bool whole = state_ == State::field && pending_.empty() && (!in_list_ || list_left_ == 0);
    if (whole && list_seen_) return envelope_;
    const auto& kind = envelope_.kind;
    envelope_.truncated = !whole || kind.empty() || kind.ends_with("List");
    if (state_ == State::prefix && pending_.empty())
        envelope_.problem = "the answer is empty";
    else if (envelope_.truncated)
        envelope_.problem = fmt::format("the list ends early, after {} items", envelope_.items);
    else
        envelope_.problem = fmt::format("the answer is no list (kind \"{}\")", kind);
    return envelope_;
}

}  // namespace salve::kube::proto
