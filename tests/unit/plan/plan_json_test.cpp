#include "plan/plan_json.hpp"

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "io_fakes.hpp"
#include "plan/request_json.hpp"
#include "unit/plan/sample_plans.hpp"

using namespace salve;
using namespace salve::plan_test;

TEST_CASE("a plan reads back as it was written") {
    for (const auto& [name, plan] : sample_plans()) {
        CAPTURE(name);
        const auto written = document_of(plan);
        const auto bytes = base::canonical(json(written));
        const auto again =
            parse_plan(base::parse_json(bytes, "plan", base::ErrorKind::invalid_record), digest_of(written), "plan");
        CHECK(document_of(again) == written);
        CHECK(base::canonical(json(document_of(again))) == bytes);
        CHECK(digest_of(document_of(again)) == digest_of(written));
        CHECK(again.steps.size() == plan.steps.size());
        CHECK(again.run == plan.run);
        CHECK(again.created_at == plan.created_at);
        CHECK(again.bound.recorded == plan.bound.recorded);
        for (std::size_t i = 0; i < plan.steps.size(); ++i) {
            CHECK(again.steps[i].command == plan.steps[i].command);
            CHECK(again.steps[i].request.patch == plan.steps[i].request.patch);
            CHECK(again.steps[i].changes == plan.steps[i].changes);
            CHECK(again.steps[i].dry_run.diff == plan.steps[i].dry_run.diff);
            CHECK(again.steps[i].preconditions.generation == plan.steps[i].preconditions.generation);
            CHECK(again.steps[i].may == plan.steps[i].may);
            CHECK(again.steps[i].inverse_command == plan.steps[i].inverse_command);
        }
    }
}

TEST_CASE("requests of every verb read back") {
    using kube::Resource;
    using kube::WriteVerb;
    std::vector<Request> all(4);
    all[0] = {WriteVerb::patch, Resource::cronjobs, "shop", "nightly", "", "", json::parse(R"([
        {"op": "test", "path": "/metadata/uid", "value": "u"}, {"op": "remove", "path": "/spec/a"}])")};
    all[1] = {WriteVerb::evict, Resource::pods, "shop", "web-0", "", "u-1", json::array()};
    all[2] = {WriteVerb::delete_pod, Resource::pods, "shop", "web-0", "", "u-1", json::array()};
    all[3] = {WriteVerb::create_job, Resource::jobs, "shop", "nightly-1", "nightly", "", json::array()};
    for (const auto& request : all) {
        const json written = request_json(request);
        CAPTURE(written);
        const auto again = parse_request(base::JsonView(written, "request", base::ErrorKind::invalid_record));
        CHECK(json(request_json(again)) == written);
        CHECK(command_of(again, {}).args() == command_of(request, {}).args());
        CHECK(command_of(again, {}).input() == command_of(request, {}).input());
    }
    CHECK(request_json(all[1])["body"]["deleteOptions"]["preconditions"]["uid"] == "u-1");
    CHECK(request_json(all[3])["body"].is_null());
}

TEST_CASE("what is printed begins with the schema and the id of the plan") {
    const auto plan = full_plan();
    const auto written = document_of(plan), shown = printed(plan);
    CHECK(shown.begin().key() == "schema");
    CHECK((++shown.begin()).key() == "plan");
    CHECK(shown["plan"] == digest_of(written).substr(0, 16));
    CHECK(shown.size() == written.size() + 1);
    CHECK(digest_of(written) == base::sha256_hex(base::canonical(json(written))));
}

TEST_CASE("text of the cluster is visible text") {
    const auto written = document_of(hostile_plan());
    for (const char* path : {"/steps/0/description", "/steps/0/why", "/warnings/0", "/manual/0", "/bound/server",
                             "/steps/0/dry_run/message", "/steps/0/verdict/reason", "/steps/0/risk_reasons/0",
                             "/steps/0/blast_radius/notes/0"}) {
        CAPTURE(path);
        const auto text = written[nlohmann::ordered_json::json_pointer(path)].get<std::string>();
        CHECK(text.find("\\x1b[2J\\u{202e}\\xff\"\\\\x0a") == 0);
        CHECK(base::visible(text) == text);
    }
}

// F11. Whatever is read out of the changed bytes is another value, and so another digest.
TEST_CASE("F11: every bit of every byte of the document is bound by its digest") {
    const auto written = document_of(full_plan());
    const auto bytes = base::canonical(json(written));
    const auto digest = digest_of(written);
    const auto original = json(written);
    std::size_t refused = 0, no_json = 0, same = 0;
    for (std::size_t at = 0; at < bytes.size(); ++at)
        for (int bit = 0; bit < 8; ++bit) {
            auto changed = bytes;
            changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
            json value;
            try {
                value = base::parse_json(changed, "plan", base::ErrorKind::invalid_record);
            } catch (const base::Error&) {
                ++no_json;
                continue;
            }
            if (value == original) {
                ++same;  // two spellings of one character
                continue;
            }
            CAPTURE(changed.substr(at < 20 ? 0 : at - 20, 40));
            REQUIRE(error_of([&] { parse_plan(value, digest, "plan"); }).kind() == base::ErrorKind::invalid_record);
            ++refused;
        }
    CHECK(refused > bytes.size());
    CHECK(no_json > 100);
    CHECK(same < 10);
}

TEST_CASE("a digest of another plan, or of none") {
    const auto one = document(made_plan());
    const auto good = digest_of(nlohmann::ordered_json(one));
    for (const auto& digest : {std::string(), good.substr(1), good + "0", std::string(64, '0'),
                               digest_of(document_of(full_plan())), "A" + good.substr(1)}) {
        const auto error = error_of([&] { parse_plan(one, digest, "plan"); });
        CHECK(error.kind() == base::ErrorKind::invalid_record);
        CHECK(contains(error.what(), "digest"));
    }
    CHECK_NOTHROW(parse_plan(one, good, "plan"));
}
