#include <doctest/doctest.h>

#include "all_rules.hpp"
#include "unit/diagnose/network_builders.hpp"

using namespace salve::network_test;
using salve::diagnose::rules::ingress_backends;
using salve::diagnose::rules::ingress_class;
using salve::diagnose::rules::ingress_tls;

namespace {

struct Shop : Net {
    Shop() {
        pod_of(deploy("web", {{"app", "web"}}), "web-1");
        serve("web", {{"app", "web"}}).ports[0].name = "http";
    }
};

}  // namespace

TEST_CASE("an Ingress that leads to a Service and port that exist is well") {
    Shop shop;
    shop.route("front", "web");
    shop.route("named", "web", std::nullopt, "http");
    CHECK(shop.run(ingress_backends).empty());
}

TEST_CASE("a backend that does not exist") {
    Shop shop;
    shop.route("front", "wbe");
    auto found = shop.run(ingress_backends);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "ingress.backend-missing");
    CHECK(found[0].root.object.kind == "Ingress");
    CHECK(has(found[0].summary, "shop.example/"));
    CHECK(has(found[0].summary, "Service wbe, which does not exist"));
    CHECK(has(found[0].summary, "there is web"));
    shop.snapshot.ingresses[0].backends[0].host = shop.snapshot.ingresses[0].backends[0].path = "";
    CHECK(has(shop.run(ingress_backends)[0].summary, "default backend"));

    shop.snapshot.ingresses[0].meta.created = ago(5);  // applied before its Service
    CHECK(shop.run(ingress_backends).empty());
    shop.snapshot.ingresses[0].meta.created = ago(500);
    shop.forbid(Resource::services);
    CHECK(shop.run(ingress_backends).empty());
}

TEST_CASE("an action of the controller is no Service") {
    Shop shop;
    shop.route("front", "ssl-redirect", std::nullopt, "use-annotation");
    CHECK(shop.run(ingress_backends).empty());
}

TEST_CASE("a port that the Service does not have, by number and by name") {
    Shop shop;
    shop.route("front", "web", 8080);
    auto found = shop.run(ingress_backends);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "ingress.port-mismatch");
    CHECK(has(found[0].summary, "port 8080 of Service web, which has only 80 (http)"));
    CHECK(affects(found[0], "Service", "web"));
    shop.snapshot.ingresses[0].backends[0] = {"shop.example", "/", "web", "https", {}};
    found = shop.run(ingress_backends);
    REQUIRE(found.size() == 1);
    CHECK(has(found[0].summary, "port https"));
    shop.snapshot.services[0].type = "ExternalName";
    shop.snapshot.services[0].ports.clear();
    CHECK(shop.run(ingress_backends).empty());
}

TEST_CASE("nobody answers behind the Service of the Ingress") {
    Shop shop;
    shop.route("front", "web");
    Net::crashes(shop.snapshot.pods[0]);
    const auto found = shop.run(ingress_backends);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "ingress.backend-unready");
    CHECK(has(found[0].summary, "Service web, which has no ready pod"));
    shop.snapshot.deployments[0].desired = 0;
    shop.snapshot.pods.clear();
    CHECK(shop.run(ingress_backends).empty());  // at 0 on purpose
    shop.snapshot.services[0].selector = {{"app", "webb"}};
    CHECK(ids(shop.run(ingress_backends)) == Ids{"ingress.backend-unready"});
}

TEST_CASE("a class that does not exist") {
    Shop shop;
    auto& ingress = shop.route("front", "web");
    auto found = shop.run(ingress_class);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "ingress.class-missing");
    CHECK(found[0].severity == Severity::medium);
    CHECK(has(found[0].summary, "class edge, which does not exist"));
    ingress.load_balancer_ingress = 1;  // somebody serves it all the same
    CHECK(shop.run(ingress_class).empty());
    ingress.load_balancer_ingress = 0;
    ingress.meta.annotations["kubernetes.io/ingress.class"] = "edge";
    CHECK(shop.run(ingress_class).empty());
    ingress.meta.annotations.clear();
    shop.about(ingress.meta, "Normal", "Sync", "Scheduled for sync", 60);
    CHECK(shop.run(ingress_class).empty());
    shop.snapshot.events.clear();
    IngressClass edge;
    edge.meta = Net::meta_in("", "IngressClass", "edge");
    shop.snapshot.ingress_classes.push_back(edge);
    CHECK(shop.run(ingress_class).empty());
    shop.snapshot.ingress_classes.clear();
    shop.forbid(Resource::ingressclasses);
    CHECK(shop.run(ingress_class).empty());
}

TEST_CASE("no class and no default class") {
    Shop shop;
    auto& ingress = shop.route("front", "web");
    ingress.class_name.reset();
    CHECK(ids(shop.run(ingress_class)) == Ids{"ingress.class-missing"});
    ingress.meta.created = ago(120);
    CHECK(shop.run(ingress_class).empty());
    ingress.meta.created = ago(3600);
    IngressClass edge;
    edge.meta = Net::meta_in("", "IngressClass", "edge");
    shop.snapshot.ingress_classes.push_back(edge);
    CHECK(has(shop.run(ingress_class)[0].summary, "there is edge"));
    shop.snapshot.ingress_classes[0].is_default = true;
    CHECK(shop.run(ingress_class).empty());
}

TEST_CASE("a controller says that the certificate's Secret is missing") {
    Shop shop;
    auto& ingress = shop.route("front", "web");
    ingress.tls_secrets = {"shop-tls"};
    CHECK(shop.run(ingress_tls).empty());
    shop.about(ingress.meta, "Warning", "Translate", "secret \"shop-tls-old\" does not exist", 60);
    CHECK(shop.run(ingress_tls).empty());  // another one
    shop.about(
        ingress.meta, "Warning", "Translate",
        "Translation failed: invalid ingress spec: could not find TLS certificates: secrets \"shop-tls\" not found",
        60);
    const auto found = shop.run(ingress_tls);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "ingress.tls-secret-missing");
    CHECK(found[0].confidence == Confidence::probable);
    CHECK(has(found[0].summary, "Secret shop-tls"));
    SUBCASE("an old event") {
        for (auto& event : shop.snapshot.events) event.last = ago(3000);
        CHECK(shop.run(ingress_tls).empty());
    }
    SUBCASE("its author has written since that all is well") {
        shop.snapshot.events.back().last = ago(400);
        shop.about(ingress.meta, "Normal", "Sync", "UrlMap updated", 30);
        CHECK(shop.run(ingress_tls).empty());
    }
}

TEST_CASE("a controller's log that names the Secret") {
    Shop shop;
    auto& ingress = shop.route("front", "web");
    ingress.tls_secrets = {"shop-tls"};
    shop.says(shop.snapshot.pods[0],
              {"W1126 controller.go:1334] Error getting SSL certificate \"shop/shop-tls\": local SSL certificate "
               "shop/shop-tls was not found. Using default certificate"});
    const auto found = shop.run(ingress_tls);
    REQUIRE(found.size() == 1);
    CHECK(found[0].confidence == Confidence::possible);
}

TEST_CASE("an expired certificate, by event and by log") {
    Shop shop;
    auto& ingress = shop.route("front", "web");
    shop.about(ingress.meta, "Warning", "SyncError",
               "x509: certificate has expired or is not yet valid: current time 2026-11-21T07:59:00Z is after "
               "2026-11-20T00:00:00Z",
               60);
    CHECK(ids(shop.run(ingress_tls)) == Ids{"tls.expired"});
    shop.snapshot.events.clear();
    const std::string line = "ERROR call failed: x509: certificate has expired or is not yet valid";
    shop.says(shop.snapshot.pods[0], {"start", line});
    CHECK(shop.run(ingress_tls).empty());  // once is no state
    shop.snapshot.logs.clear();
    shop.says(shop.snapshot.pods[0], {line, "working", line});
    const auto found = shop.run(ingress_tls);
    REQUIRE(found.size() == 1);
    CHECK(found[0].confidence == Confidence::possible);
    CHECK(found[0].root.object.name == "web");
    shop.snapshot.logs.clear();
    const std::string client =
        "ERROR http: TLS handshake error from 10.0.0.4:4242: remote error: tls: expired certificate";
    shop.says(shop.snapshot.pods[0], {client, client});
    CHECK(shop.run(ingress_tls).empty());
}
