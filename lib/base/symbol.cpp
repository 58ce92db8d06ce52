#include "base/symbol.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <shared_mutex>
#include <unordered_set>

#include "base/end_hash.hpp"

namespace salve::base {
namespace {

struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

struct Table {
    std::shared_mutex mutex;
    std::unordered_set<std::string, Hash, std::equal_to<>> texts;  // its nodes never move
};

Table& table() {
    static Table& once = *new Table;  // never destroyed: a static Symbol may outlive it
    return once;
}

const std::string& kept(std::string_view text) {
    Table& known = table();
    {
        const std::shared_lock lock(known.mutex);
        if (const auto found = known.texts.find(text); found != known.texts.end()) return *found;
    }
    const std::unique_lock lock(known.mutex);
    return *known.texts.emplace(text).first;
}

}  // namespace

Symbol::Symbol(std::string_view text) {
    if (text.empty()) return;
    // So that most need neither lock nor table. Pointers alone: the processor's nearest memory has to hold all of it.
    static thread_local std::array<const std::string*, 1024> lately{};
    auto& place = lately[end_hash(text) % lately.size()];
    if (place == nullptr || *place != text) place = &kept(text);
    text_ = place;
}

const std::string& Symbol::none() {
    static const std::string empty;
    return empty;
}

}  // namespace salve::base

fmt::format_context::iterator fmt::formatter<salve::base::Symbol>::format(salve::base::Symbol symbol,
                                                                          fmt::format_context& context) const {
    const std::string& text = symbol.str();
    return std::copy(text.begin(), text.end(), context.out());
}
