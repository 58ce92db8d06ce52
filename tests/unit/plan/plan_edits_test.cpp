// Every place of a document, changed in every way (SAFETY 7.4), with a digest that fits: it is refused, or it is a plan
// that says what it is.
#include <set>

#include "base/error.hpp"
#include "base/json.hpp"
#include "io_fakes.hpp"
#include "unit/kube/write_checks.hpp"
#include "unit/plan/sample_plans.hpp"

using namespace salve;
using namespace salve::plan_test;

namespace {

void paths_of(const json& value, const std::string& path, std::vector<std::string>& paths) {
    paths.push_back(path);
    if (!value.is_structured()) return;
    std::size_t index = 0;
    for (const auto& [key, child] : value.items())
        paths_of(child, pointer(path, value.is_array() ? std::to_string(index++) : key), paths);
}

// The path with '*' for positions.
std::string shape(const std::string& path) {
    std::string made;
    for (std::size_t i = 0; i < path.size(); ++i) {
        const bool digit = path[i] >= '0' && path[i] <= '9';
        if (!digit)
            made += path[i];
        else if (!made.ends_with('*'))
            made += '*';
    }
    return made;
}

// Whether the document is a plan; then it is what it says. Anything else but Error(invalid_record) ends the test.
bool accepted(const json& plan) {
    try {
        const auto read = parsed(plan);
        REQUIRE(document(read) == plan);
        for (const auto& step : read.steps) {
            kube::Target target;
            if (!read.bound.cluster.context.empty()) target.context = read.bound.cluster.context;
            REQUIRE(kube::fault_of(command_of(step.request, target)).empty());
            REQUIRE(step.request.ns == step.target.object.ns);
        }
        return true;
    } catch (const base::Error& error) {
        REQUIRE(error.kind() == base::ErrorKind::invalid_record);
        return false;
    }
}

// Values of the cluster, which may be anything: below them nothing is checked.
bool is_free(const std::string& path) {
    for (const char* end : {"/from", "/to", "/value"})
        if (path.find(end) != std::string::npos) return true;
    return false;
}

}  // namespace

TEST_CASE("null stands only where it may") {
    std::set<std::string> null_may;
    for (const auto& plan : {document(full_plan()), document(made_plan())}) {
        std::vector<std::string> paths;
        paths_of(plan, "", paths);
        for (const auto& path : paths) {
            auto changed = plan;
            auto& place = changed[json::json_pointer(path)];
            if (place.is_null() || is_free(path)) continue;
            CAPTURE(path);
            place = nullptr;
            if (accepted(changed)) null_may.insert(shape(path));
        }
    }
    CHECK(null_may == std::set<std::string>{"/bound/catalog_sha*", "/bound/cluster_uid", "/bound/policy_sha*",
                                            "/bound/server", "/bound/server_version", "/steps/*/around/autoscaler",
                                            "/steps/*/blast_radius/pods", "/steps/*/blast_radius/ready",
                                            "/steps/*/dry_run/message", "/steps/*/may", "/steps/*/target/api_version",
                                            "/steps/*/target/container", "/steps/*/target/uid",
                                            "/alternatives/*/target/api_version", "/alternatives/*/target/kind",
                                            "/alternatives/*/target/name", "/alternatives/*/target/namespace",
                                            "/alternatives/*/target/uid"});
}

TEST_CASE("no key may be missing, and none may be added") {
    for (const auto& plan : {document(full_plan()), document(empty_plan())}) {
        std::vector<std::string> paths;
        paths_of(plan, "", paths);
        std::size_t tried = 0;
        for (const auto& path : paths) {
            const json::json_pointer where(path);
            if (is_free(path) && !path.ends_with("/value")) {
                const bool member = path.ends_with("/from") || path.ends_with("/to");
                if (!member) continue;
            }
            CAPTURE(path);
            if (!path.empty() && plan[where.parent_pointer()].is_object() &&
                !is_free(where.parent_pointer().to_string())) {
                auto changed = plan;
                changed[where.parent_pointer()].erase(where.back());
                CHECK_FALSE(accepted(changed));
                ++tried;
            }
            if (plan[where].is_object() && !is_free(path)) {
                for (const char* key : {"x", "", "Schema", "schema ", "__proto__"}) {
                    auto changed = plan;
                    changed[where][key] = nullptr;
                    CHECK_FALSE(accepted(changed));
                    ++tried;
                }
            }
        }
        CHECK(tried > 20);
    }
}

TEST_CASE("a value of another type is refused, everywhere") {
    const auto plan = document(full_plan());
    std::vector<std::string> paths;
    paths_of(plan, "", paths);
    const std::vector<json> others{"text", 7, -1, true, json::array(), json::object(), json::array({1})};
    for (const auto& path : paths) {
        if (is_free(path)) continue;
        const auto& now = plan[json::json_pointer(path)];
        if (now.is_null()) continue;
        for (const auto& other : others) {
            if (other.type() == now.type() || (other.is_number() && now.is_number())) continue;
            CAPTURE(path);
            CAPTURE(other);
            auto changed = plan;
            changed[json::json_pointer(path)] = other;
            CHECK_FALSE(accepted(changed));
        }
    }
}

TEST_CASE("numbers at the ends of what a number can be, everywhere") {
    const auto plan = document(full_plan());
    std::vector<std::string> paths;
    paths_of(plan, "", paths);
    std::set<std::string> free;
    for (const auto& path : paths) {
        if (!plan[json::json_pointer(path)].is_number() || is_free(path)) continue;
        for (const auto& number : {json(-1), json(1.0), json(1e300), json(-0.0), json(std::int64_t{1} << 53),
                                   json((std::int64_t{1} << 53) + 1), json(std::numeric_limits<std::uint64_t>::max()),
                                   json(std::numeric_limits<std::int64_t>::min())}) {
            auto changed = plan;
            changed[json::json_pointer(path)] = number;
            CAPTURE(path);
            CAPTURE(number);
            if (accepted(changed)) free.insert(shape(path) + " " + number.dump());
        }
    }
    CHECK(free == std::set<std::string>{});
}

TEST_CASE("a list with its items doubled, turned round or taken away is another plan or none") {
    const auto plan = document(full_plan());
    std::vector<std::string> paths;
    paths_of(plan, "", paths);
    for (const auto& path : paths) {
        const auto& now = plan[json::json_pointer(path)];
        if (!now.is_array() || now.empty()) continue;
        CAPTURE(path);
        auto doubled = plan, turned = plan, cut = plan;
        doubled[json::json_pointer(path)].push_back(now[0]);
        std::reverse(turned[json::json_pointer(path)].begin(), turned[json::json_pointer(path)].end());
        cut[json::json_pointer(path)].erase(0);
        for (const auto& changed : {doubled, turned, cut}) {
            const bool bound = path.find("/command") != path.npos || path.find("/request/body") != path.npos;
            const bool is_plan = accepted(changed);
            if (bound && changed != plan) CHECK_FALSE(is_plan);
        }
    }
    auto doubled = plan;
    doubled["steps"].push_back(plan["steps"][0]);
    CHECK_FALSE(accepted(doubled));
}

TEST_CASE("what is no object at all") {
    for (const auto& value : {json(), json("plan"), json(1), json(1.5), json::array(), json::object(), json(true)}) {
        CAPTURE(value);
        CHECK(error_of([&] { parse_plan(value, std::string(64, '0'), "plan"); }).kind() ==
              base::ErrorKind::invalid_record);
    }
    // Without a canonical spelling there is no digest, and so no plan.
    auto plan = document(made_plan());
    plan["\xc3\xa4"] = 1;
    CHECK(error_of([&] { parse_plan(plan, std::string(64, '0'), "plan"); }).kind() == base::ErrorKind::invalid_record);
}
