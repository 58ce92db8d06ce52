// What is decoded of the pod templates that nothing is asked about.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "kube/slim.hpp"
#include "kube_data.hpp"

using namespace salve;
using namespace salve::kube;
using nlohmann::json;

namespace {

const Time noon{*base::parse_time("2026-11-21T12:00:00Z")};

json pod_template() {
    return json::parse(R"({"metadata": {"labels": {"app": "web"}, "annotations": {"checksum/config": "1"}},
        "spec": {"nodeSelector": {"disk": "ssd"}, "tolerations": [{"key": "gpu", "operator": "Exists"}],
            "volumes": [{"name": "tmp", "emptyDir": {}}, {"name": "data", "persistentVolumeClaim": {"claimName": "d"}}],
            "containers": [{"name": "app", "image": "web:1", "command": ["run"], "args": ["-v"], "workingDir": "/srv",
                "env": [{"name": "LOG_LEVEL", "value": "info"}], "envFrom": [{"secretRef": {"name": "s"}}],
                "ports": [{"containerPort": 80}], "resources": {"requests": {"cpu": "1"}},
                "readinessProbe": {"tcpSocket": {"port": 80}}, "livenessProbe": {"tcpSocket": {"port": 80}},
                "startupProbe": {"tcpSocket": {"port": 80}}, "volumeMounts": [{"name": "data", "mountPath": "/data"}],
                "lifecycle": {"preStop": {"exec": {"command": ["stop"]}}}}]}})");
}

json object(const std::string& kind) {
    return {{"kind", kind},
            {"metadata", {{"name", "web"}, {"namespace", "shop"}}},
            {"spec", {{"template", pod_template()}}}};
}

json deployment(const std::string& progressing_at) {
    auto made = object("Deployment");
    made["status"]["conditions"] = {{{"type", "Progressing"}, {"status", "True"}, {"lastUpdateTime", progressing_at}}};
    return made;
}

Snapshot decoded(Resource what, const json& item, bool lean, Time now) {
    Snapshot facts;
    Decoder decoder(testing::test_redactor());
    REQUIRE_FALSE(decoder.add({what, api_version(what), "", lean, now}, item.dump(), facts));
    return facts;
}

PodTemplate deployed(const json& item, Time now = noon) {
    return decoded(Resource::deployments, item, true, now).deployments.at(0).pod_template;
}

bool is_whole(const PodTemplate& made) { return !made.spec.containers.at(0).env.empty(); }

// What a lean template is of the whole one.
PodTemplate stripped(PodTemplate whole) {
    whole.annotations.clear();
    for (auto& container : whole.spec.containers) {
        Container kept;
        kept.name = container.name;
        kept.image = container.image;
        kept.ports = container.ports;
        kept.resources = container.resources;
        container = kept;
    }
    whole.spec.volumes.erase(whole.spec.volumes.begin());
    return whole;
}

}  // namespace

TEST_CASE("a Deployment keeps all of its template while a change of it is news") {
    CHECK(is_whole(deployed(deployment("2026-11-21T11:59:00Z"))));
    CHECK(is_whole(deployed(deployment("2026-11-20T12:00:01Z"))));
    CHECK_FALSE(is_whole(deployed(deployment("2026-11-20T12:00:00Z"))));
    CHECK_FALSE(is_whole(deployed(deployment("2026-11-01T12:00:00Z"))));
}

TEST_CASE("a Deployment keeps all of its template where its last change is not known, or when it is now") {
    CHECK(is_whole(deployed(object("Deployment"))));
    auto undated = deployment("2026-11-01T12:00:00Z");
    undated["status"]["conditions"][0].erase("lastUpdateTime");
    CHECK(is_whole(deployed(undated)));
    CHECK(is_whole(deployed(deployment("2026-11-01T12:00:00Z"), Time{})));
}

TEST_CASE("what is left of a template are its labels, placement and claims, and the outside of its containers") {
    const auto old = deployment("2026-11-01T12:00:00Z");
    const auto whole = decoded(Resource::deployments, old, false, noon).deployments.at(0).pod_template;
    REQUIRE(is_whole(whole));
    CHECK(deployed(old) == stripped(whole));
    for (const auto what : {Resource::statefulsets, Resource::daemonsets}) {
        const auto item = object(std::string(info(what).kind));
        const auto lean = decoded(what, item, true, noon), all = decoded(what, item, false, noon);
        const auto& lists = what == Resource::statefulsets ? lean.stateful_sets : lean.daemon_sets;
        const auto& whole_lists = what == Resource::statefulsets ? all.stateful_sets : all.daemon_sets;
        CHECK(lists.at(0).pod_template == stripped(whole_lists.at(0).pod_template));
    }
    const auto job = object("Job");
    CHECK(decoded(Resource::jobs, job, true, noon).jobs.at(0).pod_template ==
          stripped(decoded(Resource::jobs, job, false, noon).jobs.at(0).pod_template));
    auto cron_job = object("CronJob");
    cron_job["spec"] = {{"jobTemplate", {{"spec", cron_job["spec"]}}}};
    CHECK(decoded(Resource::cronjobs, cron_job, true, noon).cron_jobs.at(0).pod_template ==
          stripped(decoded(Resource::cronjobs, cron_job, false, noon).cron_jobs.at(0).pod_template));
}

TEST_CASE("a ReplicaSet keeps all of its template: it is what a change is held against") {
    const auto item = object("ReplicaSet");
    CHECK(is_whole(decoded(Resource::replicasets, item, true, noon).replica_sets.at(0).pod_template));
}
