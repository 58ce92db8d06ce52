#include <doctest/doctest.h>

#include "all_rules.hpp"
#include "diagnose/resolver.hpp"
#include "unit/diagnose/network_builders.hpp"

using namespace salve::network_test;
using salve::diagnose::is_resolver_timeout;
using salve::diagnose::rules::cluster_dns;

namespace {

const std::string line = "curl: (6) Could not resolve host: store";

struct Dns : Net {
    Dns() {
        auto& dns = deploy("coredns", {{"k8s-app", "kube-dns"}}, 1, "kube-system");
        dns.meta.labels["k8s-app"] = "kube-dns";
        auto& service = serve("kube-dns", {{"k8s-app", "kube-dns"}}, "53", 53, "kube-system");
        service.meta.labels["k8s-app"] = "kube-dns";
        pod_of(dns, "coredns-1");
        pod_of(deploy("store", {{"app", "store"}}), "store-1");
        serve("store", {{"app", "store"}});
    }
    Workload& dns() { return snapshot.deployments[0]; }
    Pod& dns_pod() { return snapshot.pods[0]; }
    void client(const std::string& name, const std::string& text) {
        auto& pod = pod_of(deploy(name, {{"app", name}}), name + "-1");
        crashes(pod);
        says(pod, {text}, true);
    }
    void without_kube_system() {
        for (auto& read : snapshot.reads)
            if (read.ns.empty()) read.ns = "shop";
        std::erase_if(snapshot.deployments, [](auto& one) { return one.meta.ns == "kube-system"; });
        std::erase_if(snapshot.services, [](auto& one) { return one.meta.ns == "kube-system"; });
        std::erase_if(snapshot.pods, [](auto& one) { return one.meta.ns == "kube-system"; });
    }
};

std::vector<salve::diagnose::ReadWanted> reads(const Dns& dns) { return cluster_dns.reads(World(dns.snapshot)); }

}  // namespace

TEST_CASE("cluster DNS at zero, and who suffers") {
    Dns net;
    CHECK(net.run(cluster_dns).empty());
    net.client("pull", line);
    net.dns().desired = 0;
    std::erase_if(net.snapshot.pods, [](auto& pod) { return pod.meta.ns == "kube-system"; });
    const auto found = net.run(cluster_dns);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "dns.cluster-down");
    CHECK(found[0].root.object.name == "coredns");
    CHECK(found[0].root.object.kind == "Deployment");
    CHECK(has(found[0].summary, "scaled to 0"));
    CHECK(has(said(found[0]), line));
    CHECK(affects(found[0], "Deployment", "pull"));
    CHECK(affects(found[0], "Pod", "pull-1"));
    CHECK(affects(found[0], "Service", "kube-dns"));
    CHECK(found[0].actions.empty());
}

TEST_CASE("cluster DNS that crashes, that is just starting, that others serve") {
    Dns net;
    Net::crashes(net.dns_pod());
    CHECK(net.run(cluster_dns).size() == 1);
    Net::unready(net.dns_pod());
    net.dns_pod().statuses[0].last = {};
    net.dns_pod().statuses[0].restarts = 0;
    net.dns_pod().statuses[0].state = {};
    net.dns_pod().statuses[0].state.waiting = Waiting{"ContainerCreating", ""};
    net.dns_pod().phase = "Pending";
    net.dns_pod().meta.created = ago(20);
    CHECK(net.run(cluster_dns).empty());
    Net::crashes(net.dns_pod());
    auto& other = net.pod_of(net.deploy("dns-by-chart", {{"k8s-app", "kube-dns"}}, 1, "kube-system"), "other-1");
    CHECK(net.run(cluster_dns).empty());
    Net::unready(other);
    CHECK(net.run(cluster_dns).size() == 1);
    for (auto& read : net.snapshot.reads)
        if (read.what == Resource::pods) read.ns = "shop";
    CHECK(net.run(cluster_dns).empty());  // its pods were not seen
}

TEST_CASE("where kube-system was not read, three owners prove it, and names that exist") {
    Dns net;
    net.without_kube_system();
    net.client("a", line);
    CHECK(reads(net).size() == 1);
    CHECK(reads(net)[0].ns == "kube-system");
    net.client("b", line);
    CHECK(net.run(cluster_dns).empty());
    net.client("c", line);
    const auto found = net.run(cluster_dns);
    REQUIRE(found.size() == 1);
    CHECK(found[0].confidence == Confidence::possible);
    CHECK(found[0].root.object.name == "kube-dns");
    CHECK(found[0].root.object.ns == "kube-system");
    CHECK(found[0].affected.size() == 6);
    CHECK(!found[0].missing_evidence.empty());
}

TEST_CASE("names that do not exist accuse nobody") {
    Dns net;
    net.without_kube_system();
    for (const std::string name : {"a", "b", "c"}) net.client(name, "curl: (6) Could not resolve host: sotre");
    CHECK(net.run(cluster_dns).empty());
    CHECK(reads(net).empty());
    Dns outside;  // an unknown name outside of the cluster may be a slip; a resolver that does not answer is not
    outside.without_kube_system();
    for (const std::string name : {"a", "b", "c"}) outside.client(name, "getaddrinfo ENOTFOUND api.example.com");
    CHECK(outside.run(cluster_dns).empty());
    CHECK(reads(outside).size() == 1);
    Dns silent;
    silent.without_kube_system();
    for (const std::string name : {"a", "b", "c"}) silent.client(name, "getaddrinfo EAI_AGAIN api.example.com");
    CHECK(silent.run(cluster_dns).size() == 1);
}

TEST_CASE("a text that does not say which name it asked for counts when nobody answered") {
    Dns net;
    net.without_kube_system();
    for (const std::string name : {"a", "b", "c"})
        net.client(name, "urllib.error.URLError: <urlopen error [Errno -3] Temporary failure in name resolution>");
    CHECK(net.run(cluster_dns).size() == 1);
    Dns unknown;
    unknown.without_kube_system();
    for (const std::string name : {"a", "b", "c"})
        unknown.client(name, "urllib.error.URLError: <urlopen error [Errno -2] Name or service not known>");
    CHECK(unknown.run(cluster_dns).empty());
}

TEST_CASE("a DNS that is seen to be well is not accused by logs") {
    Dns net;
    for (const std::string name : {"a", "b", "c"}) net.client(name, line);
    CHECK(net.run(cluster_dns).empty());
    CHECK(reads(net).empty());
}

TEST_CASE("pods that have recovered, and pods that a policy keeps from DNS, prove nothing") {
    Dns net;
    net.without_kube_system();
    for (const std::string name : {"a", "b", "c"}) net.client(name, line);
    REQUIRE(net.run(cluster_dns).size() == 1);
    NetworkPolicy policy;
    policy.meta = Net::meta_in("shop", "NetworkPolicy", "closed");
    policy.egress = true;
    net.snapshot.network_policies.push_back(policy);
    CHECK(net.run(cluster_dns).empty());
    net.snapshot.network_policies.clear();
    for (auto& pod : net.snapshot.pods) {
        pod.statuses[0].ready = true;
        pod.statuses[0].state = {};
        pod.statuses[0].state.running = Running{ago(2000)};
        pod.statuses[0].last = {};
    }
    CHECK(net.run(cluster_dns).empty());
}

TEST_CASE("which lines say that the resolver does not answer") {
    for (const char* text : {"dial tcp: lookup store on 10.96.0.10:53: read udp 10.0.0.1:4->10.96.0.10:53: i/o timeout",
                             "psycopg2.OperationalError: could not translate host name \"db\" to address: Temporary "
                             "failure in name resolution",
                             "getaddrinfo EAI_AGAIN store", "curl: (28) Resolving timed out after 8000 milliseconds",
                             ";; connection timed out; no servers could be reached"})
        CHECK(is_resolver_timeout(text));
    for (const char* text : {"curl: (6) Could not resolve host: store", "lookup store on 10.96.0.10:53: no such host",
                             "dial tcp 10.0.0.9:6400: i/o timeout", "getaddrinfo ENOTFOUND store"})
        CHECK(!is_resolver_timeout(text));
}
