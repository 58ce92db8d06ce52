// Which kinds a judgement looked at. Some kinds are read late, while judgements are made already; one that looked at
// none of those that were read since would come out the same, and need not be made anew.
#pragma once
#include <cstdint>

#include "kube/resource.hpp"

namespace salve::kube {

// A set of kinds.
class Kinds {
public:
    void add(Resource what) { bits_ |= bit(what); }
    void add(Kinds others) { bits_ |= others.bits_; }
    bool contains(Resource what) const { return (bits_ & bit(what)) != 0; }

private:
    static_assert(static_cast<unsigned>(Resource::logs) < 64, "the last of the enum; a bit for each");
    static std::uint64_t bit(Resource what) { return std::uint64_t{1} << static_cast<unsigned>(what); }
    std::uint64_t bits_ = 0;
};

// Whether objects of that kind may come when a World was already judged. World notes who looks at one of these; at the
// others anybody looks unseen.
bool is_read_late(Resource what);
Kinds late_kinds();

// While it lives, it notes at which late kinds its thread looks. Of several in one thread each hears what the inner
// ones hear.
class Watch {
public:
    Watch();
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    Kinds kinds() const { return kinds_; }

    // To those that watch in this thread.
    static void note(Resource what);
    static void note(Kinds kinds);

private:
    Kinds kinds_;
    Watch* outer_;
};

}  // namespace salve::kube
