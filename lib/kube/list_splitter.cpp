#include "kube/list_splitter.hpp"

#include <fmt/format.h>
#include <simdjson.h>

namespace salve::kube {
namespace {

constexpr bool is_space(char byte) { return byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r'; }

std::string text_or_empty(simdjson::simdjson_result<simdjson::dom::element> value) {
    std::string_view text;
    return value.get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

}  // namespace

ListSplitter::ListSplitter(std::function<void(std::string_view item)> on_item, ListLimits limits)
    : on_item_(std::move(on_item)), limits_(limits), scan_(limits.max_depth) {}

void ListSplitter::feed(std::string_view chunk) {
    while (!chunk.empty() && state_ != State::failed) {
        std::size_t used = 0;
        switch (state_) {
            case State::envelope:
                used = read_envelope(chunk);
                break;
            case State::item:
                used = read_item(chunk);
                break;
            default:
                used = read_between(chunk);
                break;
        }
        chunk.remove_prefix(used);
    }
}

void ListSplitter::fail(const std::string& problem) {
    problem_ = problem;
    state_ = State::failed;
    pending_.clear();
}

std::size_t ListSplitter::read_envelope(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size() && state_ == State::envelope) {
        const char byte = text[at++];
        if (in_string_)
            envelope_string(byte);
        else if (!is_space(byte))
            envelope_byte(byte);
        if (envelope_.size() > limits_.max_envelope_bytes)
            fail(fmt::format("the list has more than {} bytes around its items", limits_.max_envelope_bytes));
    }
    return at;
}

// A byte inside a string of the envelope, the closing quote included.
void ListSplitter::envelope_string(char byte) {
    envelope_ += byte;
    if (escaped_) {
        escaped_ = false;
    } else if (byte == '\\') {
        escaped_ = true;
    } else if (byte == '"') {
        in_string_ = false;
        return;
    }
    if (at_key_) key_ += byte;
}

// A byte of the envelope outside strings, other than white space.
void ListSplitter::envelope_byte(char byte) {
    envelope_ += byte;
    const bool opens_items = at_items_ && byte == '[';
    at_items_ = false;
    switch (byte) {
        case '"':
            in_string_ = true;
            if (at_key_) key_.clear();
            break;
        case ':':
            at_items_ = depth_ == 1 && at_key_ && key_ == "items";
            at_key_ = false;
            break;
        case ',':
            at_key_ = depth_ == 1;
            break;
        case '{':
        case '[':
            if (++depth_ > limits_.max_depth) fail(fmt::format("the list is nested deeper than {}", limits_.max_depth));
            at_key_ = depth_ == 1;
            break;
        case '}':
        case ']':
            --depth_;
            break;
        default:
            break;
    }
    if (opens_items && items_seen_) fail("the list has two fields \"items\"");
    if (opens_items && state_ == State::envelope) {
        items_seen_ = true;
        state_ = State::before_item;
    }
}

// Commas, white space and the closing bracket between items. The state says what may come.
std::size_t ListSplitter::read_between(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char byte = text[at];
        if (is_space(byte)) continue;
        if (byte == '{' && state_ != State::after_item) {
            scan_.reset();
            state_ = State::item;
            return at;  // the scan reads the bracket itself
        }
        if (byte == ',' && state_ == State::after_item) {
            state_ = State::after_comma;
        } else if (byte == ']' && state_ != State::after_comma) {
            envelope_ += byte;
            --depth_;
            state_ = State::envelope;
            return at + 1;
        } else {
            fail(fmt::format("item {} of the list is not an object", items_));
            return at;
        }
    }
    return text.size();
}

std::size_t ListSplitter::read_item(std::string_view text) {
    const std::size_t end = scan_.feed(text);
    const std::size_t length = end == BracketScan::npos ? text.size() : end;
    if (scan_.too_deep()) {
        fail(fmt::format("item {} of the list is nested deeper than {}", items_, limits_.max_depth));
    } else if (pending_.size() + length > limits_.max_item_bytes) {
        fail(fmt::format("item {} of the list is larger than {} bytes", items_, limits_.max_item_bytes));
    } else if (end == BracketScan::npos) {
        pending_ += text;
    } else if (pending_.empty()) {
        emit(text.substr(0, length));
    } else {
        pending_ += text.substr(0, length);
        emit(pending_);
        pending_.clear();
    }
    return length;
}

void ListSplitter::emit(std::string_view item) {
    if (items_ == limits_.max_items) return fail(fmt::format("the list has more than {} items", limits_.max_items));
    ++items_;
    state_ = State::after_item;
    on_item_(item);
}

// Parses the envelope strictly: it is whole, it is one object, nothing follows it, and its "items" is the array that
// was taken apart.
void ListSplitter::read_fields(ListEnvelope& result) const {
    simdjson::dom::parser parser;
    simdjson::dom::object fields;
    const auto error = parser.parse(envelope_).get(fields);
    if (error == simdjson::INCORRECT_TYPE) {
        result.problem = "the answer is not an object";
        return;
    }
    if (error != simdjson::SUCCESS) {
        result.problem = fmt::format("the answer is not JSON: {}", simdjson::error_message(error));
        return;
    }
    result.kind = text_or_empty(fields["kind"]);
    result.api_version = text_or_empty(fields["apiVersion"]);
    result.resource_version = text_or_empty(fields["metadata"]["resourceVersion"]);
    result.continue_token = text_or_empty(fields["metadata"]["continue"]);
    int named = 0;
    bool null = false;
    for (const auto field : fields) {
        if (field.key != "items") continue;
        ++named;
        null = field.value.is_null();
    }
    if (named == 0)
        result.problem = fmt::format("the answer is no list: it has no \"items\" (kind \"{}\")", result.kind);
    else if (named > 1)
        result.problem = "the list has two fields \"items\"";
    else if (!items_seen_ && !null)
        result.problem = "\"items\" of the list is not an array";
}

ListEnvelope ListSplitter::finish() {
    ListEnvelope result;
    result.items = items_;
    result.problem = problem_;
    if (state_ == State::failed) return result;
    const bool closed = state_ == State::envelope && !envelope_.empty() && depth_ <= 0 && !in_string_;
    if (!closed) {
        result.truncated = true;
        result.problem =
            envelope_.empty() ? "the answer is empty" : fmt::format("the list ends early, after {} items", items_);
        return result;
    }
    read_fields(result);
    return result;
}

}  // namespace salve::kube
