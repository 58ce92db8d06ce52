#include <doctest/doctest.h>

#include "all_rules.hpp"
#include "unit/diagnose/network_builders.hpp"

using namespace salve::network_test;
using salve::diagnose::rules::service_balancer;
using salve::diagnose::rules::service_endpoints;
using salve::diagnose::rules::service_ports;

TEST_CASE("a selector that no pod has, with the workload that it likely means") {
    Net net;
    net.pod_of(net.deploy("gull-map", {{"app", "gull-map"}}), "gull-map-1");
    net.pod_of(net.deploy("seal", {{"app", "seal"}}), "seal-1");
    net.serve("gull-map", {{"app", "gullmap"}});
    net.route("front", "gull-map");
    const auto found = net.run(service_endpoints);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "svc.no-endpoints.selector-mismatch");
    CHECK(found[0].severity == Severity::high);
    CHECK(found[0].root.object.name == "gull-map");
    CHECK(found[0].root.object.kind == "Service");
    CHECK(has(found[0].summary, "app=gullmap"));
    CHECK(has(found[0].summary, "Deployment gull-map"));
    CHECK(has(said(found[0]), "app=gull-map"));
    CHECK(affects(found[0], "Ingress", "front"));
    CHECK(found[0].actions.empty());
}

TEST_CASE("a selector with one pair too many, a value under another key, a value of its own") {
    const std::map<std::string, std::string> selectors[] = {
        {{"app", "web"}, {"tier", "front"}}, {{"name", "web"}}, {{"app", "backend"}}, {{"app", "Web"}}};
    for (const auto& selector : selectors) {
        Net net;
        net.pod_of(net.deploy("web", {{"app", "web"}}), "web-1");
        net.serve("web", selector);
        const auto found = net.run(service_endpoints);
        REQUIRE(found.size() == 1);
        CHECK(found[0].severity == Severity::high);
        CHECK(has(found[0].summary, "Deployment web"));
    }
}

TEST_CASE("a selector that is like nothing is housekeeping, unless an Ingress leads there") {
    Net net;
    net.pod_of(net.deploy("web", {{"app", "web"}}), "web-1");
    net.serve("web", {{"app", "web"}});
    net.serve("gone", {{"component", "archive"}});
    auto found = net.run(service_endpoints);
    REQUIRE(found.size() == 1);
    CHECK(found[0].severity == Severity::low);
    net.route("front", "gone");
    found = net.run(service_endpoints);
    CHECK(found[0].severity == Severity::high);
}

TEST_CASE("Services that select nothing for a reason are silent") {
    const auto silent = [](auto change) {
        Net net;
        auto& web = net.deploy("web", {{"app", "web"}}, 0);
        auto& service = net.serve("web", {{"app", "web"}});
        change(net, web, service);
        return net.run(service_endpoints).empty();
    };
    CHECK(silent([](Net&, Workload&, Service&) {}));                         // scaled to 0
    CHECK(silent([](Net&, Workload&, Service& s) { s.selector.clear(); }));  // kept by somebody else
    CHECK(silent([](Net&, Workload&, Service& s) { s.type = "ExternalName"; }));
    CHECK(silent([](Net&, Workload& w, Service&) {  // just created
        w.desired = 1;
        w.meta.created = ago(10);
    }));
    CHECK(silent([](Net&, Workload&, Service& s) {  // applied before its Deployment
        s.selector = {{"app", "next"}};
        s.meta.created = ago(5);
    }));
    CHECK(silent([](Net& net, Workload&, Service& s) {  // its pods come and go
        s.selector = {{"job", "nightly"}};
        CronJob nightly;
        nightly.meta = Cluster::meta("CronJob", "nightly");
        nightly.pod_template.labels = {{"job", "nightly"}};
        net.snapshot.cron_jobs.push_back(nightly);
    }));
    CHECK(silent([](Net&, Workload&, Service& s) {
        s.selector = {{"app", "webb"}};
        s.publish_not_ready = true;
    }));
    for (const auto unread : {Resource::pods, Resource::statefulsets, Resource::jobs})
        CHECK(silent([&](Net& net, Workload&, Service& s) {
            s.selector = {{"app", "webb"}};
            net.forbid(unread);
        }));
}

TEST_CASE("pods match and none is ready") {
    Net net;
    auto& web = net.deploy("web", {{"app", "web"}}, 2);
    Net::crashes(net.pod_of(web, "web-1"));
    Net::crashes(net.pod_of(web, "web-2"));
    net.serve("web", {{"app", "web"}});
    auto found = net.run(service_endpoints);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "svc.no-endpoints.none-ready");
    CHECK(found[0].severity == Severity::high);
    CHECK(affects(found[0], "Pod", "web-1"));
    CHECK(has(said(found[0]), "CrashLoopBackOff"));
    net.route("front", "web");
    found = net.run(service_endpoints);
    CHECK(found[0].severity == Severity::critical);
    CHECK(affects(found[0], "Ingress", "front"));
    net.snapshot.services[0].publish_not_ready = true;
    CHECK(net.run(service_endpoints).empty());
}

TEST_CASE("pods that are starting inside their probes' budget are no fault of a Service") {
    Net net;
    auto& web = net.deploy("web", {{"app", "web"}});
    web.pod_template.spec.containers[0].readiness = Probe{};
    web.pod_template.spec.containers[0].readiness->handler = Probe::Handler::tcp;
    auto& pod = net.pod_of(web, "web-1");
    net.serve("web", {{"app", "web"}});
    Net::unready(pod);
    pod.statuses[0].state.running = Running{ago(30)};
    CHECK(net.run(service_endpoints).empty());
    pod.statuses[0].state.running = Running{ago(3000)};
    CHECK(ids(net.run(service_endpoints)) == Ids{"svc.no-endpoints.none-ready"});
    pod.statuses[0].started = false;  // its startup probe is still at work
    CHECK(net.run(service_endpoints).empty());
    pod.statuses[0].state = {};
    pod.statuses[0].state.waiting = Waiting{"ContainerCreating", ""};
    pod.statuses[0].started.reset();
    pod.phase = "Pending";
    pod.meta.created = ago(40);
    CHECK(net.run(service_endpoints).empty());
    pod.meta.created = ago(1000);
    CHECK(ids(net.run(service_endpoints)) == Ids{"svc.no-endpoints.none-ready"});
}

TEST_CASE("a workload that may make no pod leaves its Service empty") {
    Net net;
    auto& web = net.deploy("web", {{"app", "web"}}, 2);
    web.conditions.push_back({"ReplicaFailure", "True", "FailedCreate", "exceeded quota: compute", ago(300), {}});
    net.serve("web", {{"app", "web"}});
    const auto found = net.run(service_endpoints);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "svc.no-endpoints.none-ready");
    CHECK(has(found[0].summary, "Deployment web wants 2 and has none"));
    CHECK(has(said(found[0]), "exceeded quota"));
}

TEST_CASE("less than half of the pods are ready") {
    Net net;
    auto& a = net.deploy("a", {{"app", "web"}, {"track", "a"}});
    auto& b = net.deploy("b", {{"app", "web"}, {"track", "b"}}, 2);
    net.pod_of(a, "a-1");
    Net::crashes(net.pod_of(b, "b-1"));
    net.serve("web", {{"app", "web"}});
    CHECK(net.run(service_endpoints).empty());  // half
    Net::crashes(net.pod_of(b, "b-2"));
    const auto found = net.run(service_endpoints);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "svc.partial-endpoints");
    CHECK(found[0].severity == Severity::medium);
    CHECK(has(found[0].summary, "Only 1 of the 3 pods"));
    CHECK(affects(found[0], "Pod", "b-2"));
    CHECK(!affects(found[0], "Pod", "a-1"));
}

TEST_CASE("one leader and its standbys are not partial") {
    Net net;
    auto& web = net.deploy("db", {{"app", "db"}}, 3);
    web.ready = 1;
    Probe probe;
    probe.handler = Probe::Handler::exec;
    web.pod_template.spec.containers[0].readiness = probe;
    net.pod_of(web, "db-1");
    for (const std::string name : {"db-2", "db-3"}) {
        auto& pod = net.pod_of(web, name);
        Net::unready(pod);
        net.about(pod.meta, "Warning", "Unhealthy", "Readiness probe failed: not leader", 20);
        net.snapshot.events.back().field_path = "spec.containers{main}";
    }
    net.serve("db", {{"app", "db"}});
    CHECK(net.run(service_endpoints).empty());
}

TEST_CASE("a named targetPort that no pod has is proven") {
    Net net;
    net.pod_of(net.deploy("web", {{"app", "web"}}), "web-1");
    net.serve("web", {{"app", "web"}}, "web");
    net.route("front", "web");
    const auto found = net.run(service_ports);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "svc.target-port-mismatch");
    CHECK(found[0].severity == Severity::high);
    CHECK(found[0].confidence == Confidence::confirmed);
    CHECK(has(found[0].summary, "targetPort \"web\""));
    CHECK(has(found[0].summary, "http (8080)"));
    CHECK(affects(found[0], "Ingress", "front"));
}

TEST_CASE("a named targetPort that a pod, a sidecar has; of another protocol") {
    Net net;
    auto& pod = net.pod_of(net.deploy("web", {{"app", "web"}}), "web-1");
    net.serve("web", {{"app", "web"}}, "http");
    CHECK(net.run(service_ports).empty());
    net.snapshot.services[0].ports[0].protocol = "UDP";
    CHECK(net.run(service_ports).size() == 1);
    net.snapshot.services[0].ports[0] = {"", "TCP", "proxy", 80, {}};
    auto sidecar = Net::web_container();
    sidecar.name = "proxy";
    sidecar.restart_policy = "Always";
    sidecar.ports[0].name = "proxy";
    pod.spec.init_containers.push_back(sidecar);
    CHECK(net.run(service_ports).empty());
    net.snapshot.services[0].ports[0].target_port = "gone";
    net.forbid(Resource::pods);
    CHECK(net.run(service_ports).empty());
}

TEST_CASE("a number that nobody declares is only possible, and only when no declared port is used") {
    Net net;
    auto& web = net.deploy("web", {{"app", "web"}});
    auto& pod = net.pod_of(web, "web-1");
    net.serve("web", {{"app", "web"}}, "9090");
    auto found = net.run(service_ports);
    REQUIRE(found.size() == 1);
    CHECK(found[0].severity == Severity::low);
    CHECK(found[0].confidence == Confidence::possible);
    CHECK(has(found[0].summary, "9090"));
    CHECK(has(found[0].summary, "8080"));
    CHECK(net.wants(service_ports).size() == 1);

    net.says(pod, {"server: listening on 0.0.0.0:9090"});
    CHECK(net.run(service_ports).empty());
    net.snapshot.logs.clear();
    net.serve("main", {{"app", "web"}}, "http");  // the declared port is served too: 9090 is one more
    CHECK(net.run(service_ports).empty());
}

TEST_CASE("an undeclared number in a well namespace does not alarm") {
    const auto silent = [](auto change) {
        Net net;
        auto& web = net.deploy("web", {{"app", "web"}});
        net.serve("web", {{"app", "web"}}, "9090");
        change(web.pod_template.spec);
        net.pod_of(web, "web-1");
        return net.run(service_ports).empty();
    };
    CHECK(silent([](PodSpec& spec) { spec.containers[0].ports.clear(); }));
    CHECK(silent([](PodSpec& spec) { spec.containers[0].args = {"--listen=:9090"}; }));
    CHECK(silent([](PodSpec& spec) {
        EnvVar port;
        port.name = "PORT";
        port.value = "9090";
        spec.containers[0].env.push_back(port);
    }));
    CHECK(silent([](PodSpec& spec) {
        Probe probe;
        probe.handler = Probe::Handler::http;
        probe.port = "9090";
        spec.containers[0].readiness = probe;
    }));
    CHECK(silent([](PodSpec& spec) {  // a sidecar that declares nothing
        spec.containers.push_back(Net::web_container());
        spec.containers[1].ports.clear();
    }));
    CHECK(!silent([](PodSpec&) {}));
}

TEST_CASE("a client that is refused makes an undeclared number more than a guess") {
    Net net;
    net.pod_of(net.deploy("web", {{"app", "web"}}), "web-1");
    auto& client = net.pod_of(net.deploy("client", {{"app", "client"}}), "client-1");
    net.serve("web", {{"app", "web"}}, "9090");
    net.says(client, {"curl: (7) Failed to connect to web port 80 after 1 ms: Couldn't connect to server"});
    const auto found = net.run(service_ports);
    REQUIRE(found.size() == 1);
    CHECK(found[0].confidence == Confidence::probable);
    CHECK(found[0].severity == Severity::high);
    CHECK(has(said(found[0]), "Failed to connect to web port 80"));
    CHECK(affects(found[0], "Deployment", "client"));
}

TEST_CASE("a load balancer that does not come") {
    Net net;
    auto& service = net.serve("web", {{"app", "web"}});
    service.type = "LoadBalancer";
    auto found = net.run(service_balancer);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "svc.lb-pending");
    CHECK(has(found[0].summary, "no controller says anything"));
    service.meta.created = ago(120);
    CHECK(net.run(service_balancer).empty());
    net.about(service.meta, "Warning", "SyncLoadBalancerFailed",
              "Error syncing load balancer: failed to ensure load balancer: no public subnet", 30);
    found = net.run(service_balancer);
    REQUIRE(found.size() == 1);
    CHECK(has(found[0].summary, "no public subnet"));
    service.load_balancer_ingress = 1;
    CHECK(net.run(service_balancer).empty());
}
