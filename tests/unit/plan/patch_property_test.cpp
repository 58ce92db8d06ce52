// What a patch promises, tried on random objects and random changes with another implementation of JSON patches.
#include <doctest/doctest.h>

#include <random>

#include "plan/patch.hpp"
#include "plan/step_agrees.hpp"

using namespace salve;
using namespace salve::plan;

namespace {

class Random {
public:
    explicit Random(unsigned seed) : random_(seed) {}
    std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_()) % n; }

    json scalar() {
        switch (below(4)) {
            case 0:
                return below(1000);
            case 1:
                return below(2) == 0;
            case 2:
                return "";
            default:
                return "t" + std::to_string(below(1000));
        }
    }
    std::string key() {
        static const std::vector<std::string> keys{"a", "b", "name", "image", "c/d", "e~f", "g.h/i", "~1", "k l", "ä"};
        return keys[below(keys.size())];
    }
    json value(int depth) {
        if (depth == 0 || below(3) == 0) return scalar();
        json made = below(3) == 0 ? json::array() : json::object();
        for (auto left = below(5); left > 0; --left) {
            if (made.is_array())
                made.push_back(value(depth - 1));
            else
                made[key()] = value(depth - 1);
        }
        return made;
    }
    json object() {
        json made = {{"metadata", {{"uid", "u-1"}}}, {"spec", json::object()}};
        if (below(2) == 0) made["metadata"]["generation"] = below(50);
        if (below(2) == 0) made["metadata"]["annotations"] = {{"x/y", "z"}};
        for (int i = 0; i < 6; ++i) made["spec"][key() + std::to_string(i)] = value(3);
        return made;
    }

private:
    std::mt19937 random_;
};

// Every path below /spec that can be changed by itself: members of objects and elements of lists.
void paths_of(const json& value, const std::string& path, std::vector<std::string>& paths) {
    std::size_t index = 0;
    for (const auto& [key, child] : value.items()) {
        const auto below = pointer(path, value.is_array() ? std::to_string(index++) : key);
        paths.push_back(below);
        if (child.is_structured()) paths_of(child, below, paths);
    }
}

bool overlaps(const std::string& a, const std::string& b) {
    return (a + "/").starts_with(b + "/") || (b + "/").starts_with(a + "/");
}

json::json_pointer at(const std::string& path) { return json::json_pointer(path); }

void erase(json& object, const std::string& path) { object[at(path).parent_pointer()].erase(at(path).back()); }

struct Case {
    json live, wanted;
    std::vector<std::string> replaced, set;  // paths whose old value is tested; paths that hold our value
};

// A few changes that do not touch each other, made by the patch and by hand.
Case change(Random& random, Patch& patch, const json& live) {
    Case made{live, live, {}, {}};
    std::vector<std::string> paths, taken;
    paths_of(live["spec"], "/spec", paths);
    const auto free = [&](const std::string& path) {
        for (const auto& one : taken)
            if (overlaps(one, path)) return false;
        return true;
    };
    for (auto left = 1 + random.below(4); left > 0; --left) {
        const auto path = paths[random.below(paths.size())];
        if (!free(path)) continue;
        const bool in_list = live[at(path).parent_pointer()].is_array();
        const auto what = random.below(4);
        if (what == 0 && !in_list) {
            patch.remove(path);
            erase(made.wanted, path);
            made.replaced.push_back(path);
        } else if (what == 1 && live[at(path)].is_object()) {
            const auto fresh = pointer(pointer(path, "new"), "x/y");
            const auto value = random.value(2);
            patch.put_deep(fresh, value);
            made.wanted[at(path)]["new"] = {{"x/y", value}};
            made.set.push_back(pointer(path, "new"));
        } else {
            auto value = random.value(2);
            if (value == live[at(path)]) value = "other";
            patch.put(path, value);
            made.wanted[at(path)] = value;
            made.replaced.push_back(path);
            made.set.push_back(path);
        }
        taken.push_back(path);
    }
    for (const auto& path : paths)
        if (random.below(8) == 0 && free(path)) patch.hold(path);
    return made;
}

json bare(json object) {
    auto& meta = object["metadata"];
    meta.erase("generation");
    if (meta.contains("annotations")) meta["annotations"].erase(std::string(marker));
    if (meta.contains("annotations") && meta["annotations"].empty()) meta.erase("annotations");
    return object;
}

bool applies(const json& object, const json& body) {
    try {
        object.patch(body);
        return true;
    } catch (const json::exception&) {
        return false;
    }
}

}  // namespace

TEST_CASE("a patch gives what is wanted, its inverse gives back what was, and neither overwrites anybody") {
    Random random(4711);
    std::size_t changes = 0, refused = 0;
    for (int round = 0; round < 3000; ++round) {
        CAPTURE(round);
        const auto live = random.object();
        Patch patch(live);
        const auto made = change(random, patch, live);
        patch.mark("r", 3);
        const auto body = patch.body(), back = patch.inverse_body();
        REQUIRE(applies(live, body));
        auto now = live.patch(body);
        CHECK(now["metadata"]["annotations"][std::string(marker)] == "r.3");
        REQUIRE(bare(now) == bare(made.wanted));
        // The generation moves on, and that is nothing to the inverse.
        if (now["metadata"].contains("generation")) now["metadata"]["generation"] = 99;
        REQUIRE(applies(now, back));
        REQUIRE(bare(now.patch(back)) == bare(live));
        changes += patch.changes().size();

        const auto stops = [&](json object, const std::string& path, const json& other, const json& what) {
            object[at(path)] = other;
            REQUIRE_FALSE(applies(object, what));
            ++refused;
        };
        stops(live, "/metadata/uid", "u-2", body);
        stops(now, "/metadata/uid", "u-2", back);
        if (live["metadata"].contains("generation")) stops(live, "/metadata/generation", 77, body);
        for (const auto& path : made.replaced) stops(live, path, "somebody else's", body);
        for (const auto& path : made.set) stops(now, path, "somebody else's", back);
        for (const auto& one : patch.preconditions().tests) stops(live, one.path, "somebody else's", body);
    }
    CHECK(changes > 5000);
    CHECK(refused > 15'000);
}

TEST_CASE("a patch agrees with what it shows, and with nothing less or more") {
    Random random(815);
    std::size_t forged = 0;
    for (int round = 0; round < 1000; ++round) {
        CAPTURE(round);
        const auto live = random.object();
        Patch patch(live);
        change(random, patch, live);
        patch.mark("r", 3);
        Step step;
        step.ordinal = 3;
        step.request.patch = patch.body();
        step.changes = patch.changes();
        step.preconditions = patch.preconditions();
        step.inverse.request = step.request;
        step.inverse.request->patch = patch.inverse_body();
        CAPTURE(step.request.patch.dump());
        REQUIRE(disagreement(step, "r").value_or("") == "");
        const auto differs = [&](const auto& edit) {
            auto other = step;
            edit(other);
            REQUIRE(disagreement(other, "r"));
            ++forged;
        };
        for (std::size_t i = 0; i < step.request.patch.size(); ++i) {
            differs([&](Step& one) { one.request.patch.erase(i); });
            differs([&](Step& one) { one.request.patch.push_back(one.request.patch[i]); });
            if (step.request.patch[i]["op"] != "remove")
                differs([&](Step& one) { one.request.patch[i]["value"] = "forged"; });
        }
        for (std::size_t i = 0; i < step.changes.size(); ++i) {
            differs([&](Step& one) { one.changes.erase(one.changes.begin() + static_cast<std::ptrdiff_t>(i)); });
            differs([&](Step& one) { one.changes[i].from = "forged"; });
            differs([&](Step& one) { one.changes[i].path += "x"; });
        }
        for (std::size_t i = 0; i < step.inverse.request->patch.size(); ++i)
            differs([&](Step& one) { one.inverse.request->patch.erase(i); });
    }
    CHECK(forged > 10'000);
}
