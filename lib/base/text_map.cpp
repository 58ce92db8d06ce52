#include "base/text_map.hpp"

#include <algorithm>

namespace salve::base {
namespace {

constexpr auto by_name = [](const TextMap::value_type& entry, std::string_view name) { return entry.first < name; };

}  // namespace

TextMap::TextMap(std::vector<value_type> entries) {
    const auto less = [](const value_type& a, const value_type& b) { return a.first < b.first; };
    const auto same = [](const value_type& a, const value_type& b) { return a.first == b.first; };
    if (!std::is_sorted(entries.begin(), entries.end(), less)) std::stable_sort(entries.begin(), entries.end(), less);
    entries.erase(std::unique(entries.begin(), entries.end(), same), entries.end());
    entries.shrink_to_fit();
    entries_ = std::move(entries);
}

TextMap::const_iterator TextMap::find(std::string_view name) const {
    const auto at = std::lower_bound(begin(), end(), name, by_name);
    return at != end() && at->first == name ? at : end();
}

const std::string& TextMap::at(std::string_view name) const {
    const auto found = find(name);
    if (found == end()) throw std::out_of_range("TextMap::at");
    return found->second;
}

std::string& TextMap::operator[](std::string_view name) {
    auto at = std::lower_bound(entries_.begin(), entries_.end(), name, by_name);
    if (at == entries_.end() || at->first != name) at = entries_.insert(at, {Symbol(name), ""});
    return at->second;
}

void TextMap::erase(std::string_view name) {
    const auto at = std::as_const(*this).find(name) - begin();
    if (static_cast<std::size_t>(at) < size()) entries_.erase(entries_.begin() + at);
}

}  // namespace salve::base
