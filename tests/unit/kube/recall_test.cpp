#include "kube/recall.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "proto_bytes.hpp"
#include "proto_encode.hpp"
#include "recordings.hpp"
#include "unit/kube/proto/fixtures.hpp"

using namespace salve;
using namespace salve::kube;
using namespace salve::testing;
using nlohmann::json;

namespace {

base::TextMap labels(const std::string& value) { return {{"app", value}}; }

// The numbers of the members of Pod, ObjectMeta, PodSpec, PodStatus and Container.
constexpr std::uint32_t meta = 1, spec = 2, status = 3, pod_name = 1, pod_ns = 3, containers = 2, phase = 1,
                        conditions = 2, container_name = 1, image = 2, mounts = 9;

std::string settled_pod(const std::string& name, const std::string& container) {
    return field(meta, field(pod_name, name) + field(pod_ns, "shop")) + field(spec, field(containers, container)) +
           field(status, field(phase, "Running") + field(conditions, field(1, "Ready") + field(2, "True")));
}

std::string mount(const std::string& name) { return field(mounts, field(1, name) + field(3, "/var/run")); }

// By one decoder, as those of one list.
Snapshot decoded_together(Resource what, const std::vector<std::string>& items, bool lean,
                          const base::Redactor& redactor) {
    Snapshot facts;
    Decoder decoder(redactor);
    for (const auto& item : items)
        REQUIRE_FALSE(decoder.add({what, api_version(what), "", lean}, item, facts, Form::proto));
    return facts;
}

// Each by a decoder that has seen no other.
Snapshot decoded_alone(Resource what, const std::vector<std::string>& items, bool lean,
                       const base::Redactor& redactor) {
    Snapshot facts;
    for (const auto& item : items) {
        Decoder decoder(redactor);
        REQUIRE_FALSE(decoder.add({what, api_version(what), "", lean}, item, facts, Form::proto));
    }
    return facts;
}

// Whether it makes no difference; also not for how often a text was cleaned, which the record says.
bool same_together(Resource what, const std::vector<std::string>& items) {
    bool same = true;
    for (const bool lean : {false, true}) {
        const base::Redactor one("key"), other("key");
        same &= decoded_together(what, items, lean, one) == decoded_alone(what, items, lean, other);
        same &= one.count() == other.count();
    }
    return same;
}

}  // namespace

TEST_CASE("a fact is known by its bytes until eight others came") {
    Recall<base::TextMap> lately;
    CHECK(lately.find("a") == nullptr);
    lately.keep("a", labels("a"));
    REQUIRE(lately.find("a") != nullptr);
    CHECK(*lately.find("a") == labels("a"));
    for (int i = 0; i < 7; ++i) lately.keep(std::to_string(i), labels("other"));
    CHECK(lately.find("a") != nullptr);
    lately.keep("7", labels("other"));
    CHECK(lately.find("a") == nullptr);
}

TEST_CASE("of no bytes and of very many nothing is known") {
    Recall<base::TextMap> lately;
    CHECK(lately.find("") == nullptr);
    lately.keep("", labels("a"));
    CHECK(lately.find("") == nullptr);
    const std::string many(20'000, 'x');
    lately.keep(many, labels("a"));
    CHECK(lately.find(many) == nullptr);
}

TEST_CASE("pods that differ in their mounts alone have their containers in common") {
    const auto container = [](const std::string& token, const std::string& its_image) {
        return field(container_name, "web") + field(image, its_image) + mount("data") + mount(token);
    };
    const base::Redactor redactor("key");
    const auto facts = decoded_together(Resource::pods,
                                        {settled_pod("web-1", container("kube-api-access-abcde", "web:1")),
                                         settled_pod("web-2", container("kube-api-access-fghij", "web:1")),
                                         settled_pod("web-3", container("kube-api-access-abcde", "web:2"))},
                                        true, redactor);
    const auto& pods = facts.pods;
    REQUIRE(pods.size() == 3);
    CHECK(&pods[0].spec.containers.items() == &pods[1].spec.containers.items());
    CHECK(pods[0].spec.containers[0].image == "web:1");
    CHECK(pods[2].spec.containers[0].image == "web:2");
}

TEST_CASE("what stands between two mounts is not taken for one of them") {
    const auto container = [](const std::string& its_image) {
        return field(container_name, "web") + mount("a") + field(image, its_image) + mount("b");
    };
    CHECK(same_together(Resource::pods,
                        {settled_pod("web-1", container("web:1")), settled_pod("web-2", container("web:2"))}));
}

TEST_CASE("two containers are not taken for one that has the bytes of both") {
    const auto two = field(meta, field(pod_name, "web-1") + field(pod_ns, "shop")) +
                     field(spec, field(containers, field(container_name, "a")) + field(containers, field(image, "b"))) +
                     field(status, field(phase, "Running") + field(conditions, field(1, "Ready") + field(2, "True")));
    CHECK(same_together(Resource::pods,
                        {two, settled_pod("web-2", field(container_name, "a") + field(image, "b")),
                         settled_pod("web-3", field(container_name, "a")), settled_pod("web-4", field(image, "b"))}));
}

TEST_CASE("each text that is cleaned is counted, also where the same was cleaned before") {
    const json object = {
        {"metadata", {{"name", "job-1"}, {"namespace", "shop"}, {"labels", {{"app", "job"}}}}},
        {"spec",
         {{"template",
           {{"spec",
             {{"containers", {{{"name", "job"}, {"image", "job:1"}, {"args", {"--password=hunter2hunter2"}}}}}}}}}}}};
    const auto bytes = encoded(object, *proto::message_of(Resource::jobs));
    const base::Redactor redactor("key");
    const auto facts = decoded_together(Resource::jobs, {bytes, bytes, bytes}, false, redactor);
    CHECK(redactor.count() == 3);
    CHECK(facts.jobs[2].pod_template == facts.jobs[0].pod_template);
    CHECK(same_together(Resource::jobs, {bytes, bytes}));
}

TEST_CASE("pods that do not run have each their own mounts, and what else their containers say in common") {
    const auto pod = [](const std::string& name, const std::string& token, const json& args) {
        const json object = {
            {"metadata", {{"name", name}, {"namespace", "shop"}, {"annotations", {{"team", "web"}}}}},
            {"spec",
             {{"containers",
               {{{"name", "web"},
                 {"args", args},
                 {"env", {{{"name", "MODE"}, {"value", "fast"}}}},
                 {"volumeMounts",
                  {{{"name", "data"}, {"mountPath", "/data"}}, {{"name", token}, {"mountPath", "/t"}}}}}}}}},
            {"status", {{"phase", "Pending"}}}};
        return encoded(object, *proto::message_of(Resource::pods));
    };
    const auto decoded = [&](const json& args, const base::Redactor& redactor) {
        const std::vector<std::string> items = {pod("web-1", "a", args), pod("web-2", "b", args),
                                                pod("web-3", "a", args)};
        CHECK(same_together(Resource::pods, items));
        return decoded_together(Resource::pods, items, true, redactor).pods;
    };
    const base::Redactor redactor("key");
    const auto pods = decoded({"--port=80"}, redactor);
    REQUIRE(pods.size() == 3);
    for (const auto& [at, token] : {std::pair{0, "a"}, {1, "b"}, {2, "a"}}) {
        const auto& container = pods[static_cast<std::size_t>(at)].spec.containers[0];
        REQUIRE(container.mounts.size() == 2);
        CHECK(container.mounts[1].volume == token);
        CHECK(&container.env.items() == &pods[0].spec.containers[0].env.items());
        CHECK(container.args[0] == "--port=80");
    }
    CHECK(redactor.count() == 0);
    decoded({"--password=hunter2hunter2"}, redactor);
    CHECK(redactor.count() == 3);
}

TEST_CASE("the lists of all scenarios are the same, decoded by one decoder or each object by its own") {
    std::size_t pods = 0;
    each_recording([&](const json& recording) {
        for (const auto& read : recording["reads"]) {
            const std::string path = read.value("get", "");
            for (const auto what : {Resource::pods, Resource::jobs, Resource::deployments}) {
                if (!path.ends_with("/" + std::string(info(what).plural)) || read["state"] != "ok") continue;
                std::vector<std::string> items;
                for (const auto& item : read["body"]["items"]) items.push_back(encoded(item, *proto::message_of(what)));
                if (what == Resource::pods) pods += items.size();
                CHECK(same_together(what, items));
            }
        }
    });
    CHECK(pods > 100);
}
