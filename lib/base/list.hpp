// A std::vector that equal owners can share: a copy costs nothing, and an empty one a pointer. For the lists of facts,
// which exist by the ten thousand, are mostly empty or alike, and are hardly ever changed once they are read.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

namespace salve::base {

// The part of std::vector's interface that is used, with the same meaning. Whoever changes a shared list gets one of
// its own first; the non-const begin(), end(), [] and back() count as a change. Copies may be used in several threads,
// one List as little as one vector.
template <typename T>
class List {
public:
    using value_type = T;
    using iterator = typename std::vector<T>::iterator;
    using const_iterator = typename std::vector<T>::const_iterator;

    List() = default;
    List(std::initializer_list<T> items) : List(std::vector<T>(items)) {}
    List(std::vector<T> items) : body_(items.empty() ? nullptr : new Body{std::move(items)}) {}
    List(const List& other) : body_(other.body_) {
        if (body_) body_->holders.fetch_add(1, std::memory_order_relaxed);
    }
    List(List&& other) noexcept : body_(std::exchange(other.body_, nullptr)) {}
    List& operator=(List other) noexcept {
        std::swap(body_, other.body_);
        return *this;
    }
    ~List() {
        if (body_ && body_->holders.fetch_sub(1, std::memory_order_acq_rel) == 1) delete body_;
    }

    const std::vector<T>& items() const {
        static const std::vector<T> none;
        return body_ ? body_->items : none;
    }
    operator const std::vector<T>&() const { return items(); }
    bool empty() const { return !body_ || body_->items.empty(); }
    std::size_t size() const { return body_ ? body_->items.size() : 0; }
    const_iterator begin() const { return items().begin(); }
    const_iterator end() const { return items().end(); }
    const T& operator[](std::size_t at) const { return items()[at]; }
    const T& at(std::size_t at) const { return items().at(at); }
    const T& front() const { return items().front(); }
    const T& back() const { return items().back(); }

    iterator begin() { return body_ ? own().begin() : iterator(); }
    iterator end() { return body_ ? own().end() : iterator(); }
    T& operator[](std::size_t at) { return own()[at]; }
    T& at(std::size_t at) { return own().at(at); }
    T& front() { return own().front(); }
    T& back() { return own().back(); }
    void push_back(T item) { own().push_back(std::move(item)); }
    template <typename... Args>
    T& emplace_back(Args&&... args) {
        return own().emplace_back(std::forward<Args>(args)...);
    }
    iterator insert(const_iterator at, T item) { return own().insert(at, std::move(item)); }
    iterator erase(const_iterator at) { return own().erase(at); }
    void pop_back() { own().pop_back(); }
    void resize(std::size_t size) { own().resize(size); }
    void clear() { *this = List(); }

    // Whether it is the very list, or one that is equal.
    friend bool operator==(const List& a, const List& b) { return a.body_ == b.body_ || a.items() == b.items(); }

private:
    struct Body {
        std::vector<T> items;
        std::atomic<std::uint32_t> holders{1};
    };

    // To be changed: nobody else's.
    std::vector<T>& own() {
        if (!body_)
            body_ = new Body{};
        else if (body_->holders.load(std::memory_order_acquire) > 1)
            *this = List(new Body{body_->items});
        return body_->items;
    }
    explicit List(Body* body) : body_(body) {}

    Body* body_ = nullptr;
};

}  // namespace salve::base
