// What several rules need to know of one World and one of them finds out.
#pragma once
#include <map>
#include <memory>
#include <mutex>

#include "kube/watch.hpp"

namespace salve::kube {

class World;

class SharedFinds {
public:
    // What find(world) gives: found by the first who asks, for which the others wait. Any thread may ask. A find may
    // ask for others, but not in a circle. It lives as long as this object, which is for one World alone. Whoever asks
    // has looked at what find looked at.
    template <typename T>
    const T& get(T (*find)(const World&), const World& world) {
        Find& one = find_of(reinterpret_cast<Key>(find));
        std::call_once(one.found, [&] {
            const Watch watch;
            one.value = std::make_shared<const T>(find(world));
            one.looked_at = watch.kinds();
        });
        Watch::note(one.looked_at);
        return *static_cast<const T*>(one.value.get());
    }

private:
    using Key = void (*)();
    struct Find {
        std::once_flag found;
        std::shared_ptr<const void> value;
        Kinds looked_at;
    };
    Find& find_of(Key key) {
        const std::lock_guard lock(mutex_);
        return finds_[key];
    }
    std::mutex mutex_;
    std::map<Key, Find> finds_;  // each stays where it is
};

}  // namespace salve::kube
