// Names and texts in the order of the names: what std::map<std::string, std::string> is, in one block of memory that
// equal owners can share (base::List). For labels and quantities: few entries, often alike, hardly ever changed.
#pragma once
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/list.hpp"
#include "base/symbol.hpp"

namespace salve::base {

// The part of std::map's interface that is used, with the same meaning. Iterators end with any change.
class TextMap {
public:
    using key_type = Symbol;
    using mapped_type = std::string;
    using value_type = std::pair<Symbol, std::string>;
    using iterator = List<value_type>::const_iterator;
    using const_iterator = iterator;

    TextMap() = default;
    TextMap(std::initializer_list<value_type> entries) : TextMap(std::vector<value_type>(entries)) {}
    TextMap(const std::map<std::string, std::string>& entries)
        : entries_(std::vector<value_type>(entries.begin(), entries.end())) {}
    // In any order; of two with the same name the first stays.
    explicit TextMap(std::vector<value_type> entries);

    bool empty() const { return entries_.empty(); }
    std::size_t size() const { return entries_.size(); }
    const_iterator begin() const { return entries_.begin(); }
    const_iterator end() const { return entries_.end(); }
    const_iterator find(std::string_view name) const;
    bool contains(std::string_view name) const { return find(name) != end(); }
    std::size_t count(std::string_view name) const { return contains(name) ? 1 : 0; }
    const std::string& at(std::string_view name) const;

    std::string& operator[](std::string_view name);
    void erase(std::string_view name);
    void clear() { entries_.clear(); }

    // Keeps the entries for which drop(entry) is false.
    template <typename Drop>
    friend void erase_if(TextMap& map, Drop drop) {
        std::vector<value_type> kept;
        for (const auto& entry : std::as_const(map.entries_))
            if (!drop(entry)) kept.push_back(entry);
        map.entries_ = std::move(kept);
    }
    friend bool operator==(const TextMap&, const TextMap&) = default;

private:
    List<value_type> entries_;
};

}  // namespace salve::base
