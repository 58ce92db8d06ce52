#include "diagnose/routes.hpp"

#include <doctest/doctest.h>

#include "unit/diagnose/network_builders.hpp"

using namespace salve::network_test;
using salve::diagnose::unserved_routes;

namespace {

std::vector<std::string> cut_off(Net& net, std::vector<const Pod*> pods) {
    const World world(net.snapshot);
    std::vector<std::string> names;
    for (const auto& subject : unserved_routes(world, pods))
        names.push_back(subject.object.kind + "/" + subject.object.name);
    return names;
}

}  // namespace

TEST_CASE("a Service whose only pods are these is cut off, with its Ingress") {
    Net net;
    auto& web = net.deploy("web", {{"app", "web"}});
    net.pod_of(web, "web-1");
    net.serve("web", {{"app", "web"}});
    net.serve("other", {{"app", "other"}});
    net.route("front", "web");
    CHECK(cut_off(net, {&net.snapshot.pods[0]}) == std::vector<std::string>{"Ingress/front", "Service/web"});
    net.snapshot.services[0].publish_not_ready = true;
    CHECK(cut_off(net, {&net.snapshot.pods[0]}).empty());
    net.snapshot.services[0].publish_not_ready = false;
    net.snapshot.services[0].type = "ExternalName";
    CHECK(cut_off(net, {&net.snapshot.pods[0]}).empty());
}

TEST_CASE("another ready pod serves, one that ends or is not ready does not") {
    Net net;
    auto& web = net.deploy("web", {{"app", "web"}});
    net.pod_of(web, "web-1");
    auto& other = net.pod_of(web, "web-2");
    net.serve("web", {{"app", "web"}});
    CHECK(cut_off(net, {&net.snapshot.pods[0]}).empty());
    Net::unready(other);
    CHECK(cut_off(net, {&net.snapshot.pods[0]}).size() == 1);
}

TEST_CASE("without the pods the slices tell, and without both nothing is said") {
    Net net;
    auto& web = net.deploy("web", {{"app", "web"}});
    auto& pod = net.pod_of(web, "web-1");
    net.serve("web", {{"app", "web"}});
    net.forbid(Resource::pods);
    EndpointSlice slice;
    slice.meta = Cluster::meta("EndpointSlice", "web-x");
    slice.service = "web";
    Endpoint endpoint;
    endpoint.target_uid = pod.meta.uid;
    slice.endpoints.push_back(endpoint);
    net.snapshot.endpoint_slices.push_back(slice);
    CHECK(cut_off(net, {&pod}).size() == 1);
    net.snapshot.endpoint_slices[0].endpoints[0].target_uid = "another";
    CHECK(cut_off(net, {&pod}).empty());
    net.forbid(Resource::endpointslices);
    CHECK(cut_off(net, {&pod}).empty());
}
