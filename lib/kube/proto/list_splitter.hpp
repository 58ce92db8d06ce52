// Takes a Kubernetes list apart that arrives as protocol buffer, as kube::ListSplitter does one of JSON.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "kube/list_splitter.hpp"
#include "kube/proto/unknown.hpp"
#include "kube/proto/wire.hpp"

namespace salve::kube::proto {

// The list is the `raw` of a runtime.Unknown: {1: ListMeta {2: resourceVersion, 3: continue}, 2: items, one after the
// other}. Emits the bytes of each item as soon as its last one was fed. The order of fields does not matter; ones that
// are not named here are skipped.
class ListSplitter {
public:
    // Views, limits and exceptions as those of kube::ListSplitter; of the limits max_depth says nothing here.
    explicit ListSplitter(std::function<void(std::string_view item)> on_item, ListLimits limits = {});

    // The text from its first byte on. Text after a problem is ignored.
    void feed(std::string_view chunk);

    // The text has ended. To be called once.
    ListEnvelope finish();

private:
    enum class State : std::uint8_t { prefix, field, body, failed };

    void read_magic(std::string_view& chunk);
    void read_head(std::string_view& chunk);
    bool read_head_of(std::string_view head, std::size_t& used);
    void read_body(std::string_view& chunk);
    void count_envelope(std::uint64_t bytes);
    void begin_body(std::uint64_t length);
    void take_body(std::string_view body);
    void take_envelope(std::string_view body);
    void consume(std::size_t bytes);
    void fail(std::string problem);
    bool is_item() const { return in_list_ && field_ == items_field; }

    static constexpr std::uint32_t items_field = 2;

    std::function<void(std::string_view)> on_item_;
    ListLimits limits_;
    State state_ = State::prefix;
    std::string pending_;  // the beginning of what has not come whole yet
    ListEnvelope envelope_;
    std::uint64_t envelope_left_;  // bytes that may still stand around the items
    bool emitting_ = false;        // what is thrown now is not ours

    bool in_list_ = false, list_seen_ = false;
    std::uint64_t list_left_ = 0;  // bytes of the list that have not been read
    std::uint32_t field_ = 0;
    std::size_t length_ = 0;  // of the body that is read
};

}  // namespace salve::kube::proto
