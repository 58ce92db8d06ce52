#include <doctest/doctest.h>

#include "all_rules.hpp"
#include "diagnose/policy_match.hpp"
#include "unit/diagnose/network_builders.hpp"

using namespace salve::network_test;
using salve::diagnose::denies;
using salve::diagnose::denies_dns;
using salve::diagnose::rules::network_policy;

namespace {

const std::string resolver_line =
    "dial tcp: lookup store on 10.96.0.10:53: read udp 10.0.0.1:4->10.96.0.10:53: i/o timeout";
const std::string peer_line = "dial tcp 10.0.0.9:6400: i/o timeout";

LabelSelector labels(std::map<std::string, std::string> pairs) { return {std::move(pairs), {}}; }

// A client that crashes, and a store that is ready behind a Service.
struct Pair : Net {
    Pair() {
        crashes(pod_of(deploy("client", {{"app", "client"}}), "client-1"));
        pod_of(deploy("store", {{"app", "store"}}), "store-1");
        serve("store", {{"app", "store"}}, "6400", 6400);
    }
    Pod& client() { return snapshot.pods[0]; }
    Pod& store() { return snapshot.pods[1]; }
    NetworkPolicy& policy(const std::string& name, LabelSelector pods, bool egress) {
        NetworkPolicy made;
        made.meta = meta_in("shop", "NetworkPolicy", name);
        made.pods = std::move(pods);
        made.egress = egress;
        made.ingress = !egress;
        snapshot.network_policies.push_back(made);
        return snapshot.network_policies.back();
    }
    void ends_with(const std::string& line) {
        snapshot.logs.clear();
        says(client(), {"starting", line}, true);
    }
};

NetworkPolicyRule rule(std::vector<NetworkPolicyPeer> peers, std::vector<std::string> ports) {
    NetworkPolicyRule made{std::move(peers), {}};
    for (auto& port : ports) made.ports.push_back({"TCP", std::move(port), {}});
    return made;
}

}  // namespace

TEST_CASE("a timeout that an egress policy may explain") {
    Pair net;
    net.policy("client-out", labels({{"app", "client"}}), true).egress_rules = {rule({}, {"53"})};
    net.ends_with(peer_line);
    const auto found = net.run(network_policy);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "netpol.deny-possible");
    CHECK(found[0].severity == Severity::low);
    CHECK(found[0].confidence == Confidence::possible);
    CHECK(found[0].root.object.name == "client-out");
    CHECK(affects(found[0], "Deployment", "client"));
    CHECK(has(found[0].summary, "i/o timeout"));
    CHECK(!found[0].missing_evidence.empty());
}

TEST_CASE("a timeout that an ingress policy of the peer may explain") {
    Pair net;
    auto& policy = net.policy("store-in", labels({{"app", "store"}}), false);
    policy.ingress_rules = {rule({{labels({{"role", "client"}}), {}, ""}}, {})};
    net.ends_with(peer_line);
    CHECK(net.run(network_policy).size() == 1);
    net.snapshot.network_policies[0].ingress_rules[0].peers[0].pods = labels({{"app", "client"}});
    CHECK(net.run(network_policy).empty());
    net.snapshot.network_policies[0].ingress_rules[0].ports = {{"TCP", "5432", {}}};
    CHECK(net.run(network_policy).size() == 1);
}

TEST_CASE("what a policy does not explain") {
    const auto silent = [](const std::string& line, auto change) {
        Pair net;
        net.policy("client-out", labels({{"app", "client"}}), true);
        net.ends_with(line);
        change(net);
        return net.run(network_policy).empty();
    };
    const auto as_is = [](Pair&) {};
    CHECK(!silent(peer_line, as_is));
    CHECK(silent("dial tcp 10.0.0.9:6400: connect: connection refused", as_is));
    CHECK(silent("dial tcp: lookup store on 10.96.0.10:53: no such host", as_is));
    CHECK(silent("read tcp 10.0.0.1:4->10.0.0.9:6400: connection reset by peer", as_is));
    CHECK(silent("ERROR: canceling statement due to statement timeout", as_is));
    CHECK(silent("request to store:6400 failed: 504 upstream timed out", as_is));
    CHECK(silent(peer_line, [](Pair& net) { Net::unready(net.store()); }));
    CHECK(silent(peer_line, [](Pair& net) { net.snapshot.network_policies[0].pods = labels({{"app", "other"}}); }));
    CHECK(silent(peer_line, [](Pair& net) {
        net.snapshot.network_policies[0].egress_rules = {rule({{{}, {}, "10.0.0.0/8"}}, {})};
    }));
    CHECK(silent(peer_line, [](Pair& net) { net.policy("more", {}, true).egress_rules = {rule({}, {})}; }));
    CHECK(silent(peer_line, [](Pair& net) { net.forbid(Resource::networkpolicies); }));
    CHECK(silent(peer_line, [](Pair& net) { net.client().spec.host_network = true; }));
}

TEST_CASE("a resolver that does not answer a pod without port 53") {
    Pair net;
    net.policy("client-out", labels({{"app", "client"}}), true).egress_rules = {rule({}, {"6400"})};
    net.ends_with(resolver_line);
    const auto found = net.run(network_policy);
    REQUIRE(found.size() == 1);
    CHECK(has(found[0].summary, "port 53"));
    CHECK(has(said(found[0]), resolver_line));
    net.ends_with("curl: (6) Could not resolve host: store");  // says nothing about time
    CHECK(net.run(network_policy).empty());
}

TEST_CASE("ways to DNS that a policy may leave open") {
    const auto open = [](NetworkPolicyRule allowed) {
        Pair net;
        net.policy("client-out", labels({{"app", "client"}}), true).egress_rules = {std::move(allowed)};
        const World world(net.snapshot);
        return !denies_dns(world, net.client());
    };
    CHECK(open(rule({}, {})));
    CHECK(open(rule({}, {"53"})));
    CHECK(open(rule({{{}, {}, "169.254.20.10/32"}}, {"53"})));
    CHECK(open(rule({{{}, LabelSelector{}, ""}}, {"53"})));
    CHECK(open(
        rule({{labels({{"k8s-app", "kube-dns"}}), labels({{"kubernetes.io/metadata.name", "kube-system"}}), ""}}, {})));
    CHECK(open(rule({{{}, labels({{"team", "platform"}}), ""}}, {})));  // its labels are not known
    CHECK(!open(rule({{{}, labels({{"kubernetes.io/metadata.name", "shop"}}), ""}}, {})));
    CHECK(!open(rule({{labels({{"app", "store"}}), {}, ""}}, {})));  // pods of its own namespace
    CHECK(!open(rule({}, {"443"})));
}

TEST_CASE("a range of ports and a named port") {
    Pair net;
    auto& policy = net.policy("client-out", labels({{"app", "client"}}), true);
    policy.egress_rules = {rule({}, {"6000"})};
    policy.egress_rules[0].ports[0].end_port = 7000;
    CHECK(!denies(World(net.snapshot), net.client(), net.store(), 6400));
    policy.egress_rules[0].ports[0].end_port = 6399;
    CHECK(denies(World(net.snapshot), net.client(), net.store(), 6400));
    policy.egress_rules[0].ports = {{"TCP", "store", {}}};
    CHECK(!denies(World(net.snapshot), net.client(), net.store(), 6400));
}
