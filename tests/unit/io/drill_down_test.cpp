#include "io/drill_down.hpp"

#include <doctest/doctest.h>

#include "io_fakes.hpp"
#include "kube/world.hpp"

using namespace salve;
using namespace salve::test;
using diagnose::ReadWanted;
using kube::ReadState;
using kube::Resource;
using What = ReadWanted::What;

namespace {

const base::Redactor redactor("key");

io::CollectOptions options_for(const std::string& ns) {
    io::CollectOptions options;
    options.scope.namespaces = {ns};
    options.now = *base::parse_time("2026-11-21T08:00:00Z");
    return options;
}

struct Bed {
    FakeTransport fake;
    kube::Snapshot facts;

    Bed() {
        FakeTransport::serve_empty(fake, "shop");
        FakeTransport::serve_empty(fake, "data");
        FakeTransport::serve_empty(fake, "default");
        fake.list(Resource::replicasets, "shop") = {
            {},
            list_of(Resource::replicasets,
                    R"({"metadata":{"name":"web-1","namespace":"shop","uid":"u1","ownerReferences":[{"apiVersion":)"
                    R"("apps/v1","kind":"Deployment","name":"web","uid":"u","controller":true}]},"spec":{"replicas":1,)"
                    R"("template":{"spec":{"containers":[{"name":"web","image":"nginx:1"}]}}}})")};
        facts = io::collect(fake, redactor, options_for("shop"));
    }
    void read(const ReadWanted& wanted) { io::drill_down(fake, redactor, options_for("shop"), {wanted}, facts); }
    const kube::Read& last() const { return facts.reads.back(); }
};

}  // namespace

TEST_CASE("another namespace is read whole, stands in the ledger, and does not join the scope") {
    Bed bed;
    bed.fake.list(Resource::services, "data") = {
        {}, list_of(Resource::services, R"({"metadata":{"name":"stock","namespace":"data"}})")};
    const ReadWanted wanted{What::name_space, "data", "", 0};
    CHECK_FALSE(io::was_read(bed.facts, wanted));
    CHECK(io::was_read(bed.facts, {What::name_space, "shop", "", 0}));
    CHECK_FALSE(kube::World(bed.facts).seen(Resource::services, "data"));
    bed.read(wanted);
    CHECK(io::was_read(bed.facts, wanted));
    const kube::World world(bed.facts);
    CHECK(world.service("data", "stock"));
    CHECK(world.service("data", "other").absent());
    CHECK(world.service("elsewhere", "other").unknown());
    CHECK_FALSE(kube::in_scope(world, "data"));
    CHECK(bed.facts.scope.namespaces == std::vector<std::string>{"shop"});
}

TEST_CASE("what of another namespace may not be read is a gap, not an error, and proves no absence") {
    Bed bed;
    bed.fake.list(Resource::services, "data") = {forbidden(), ""};
    bed.read({What::name_space, "data", "", 0});
    CHECK(kube::World(bed.facts).service("data", "stock").unknown());
    CHECK(kube::World(bed.facts).claim("data", "disk").absent());
}

TEST_CASE("the lists of a namespace that does not exist are not asked for") {
    Bed bed;
    const auto path = kube::RawPath::object(Resource::namespaces, "com").str();
    bed.fake.gets[path] = {failed(ReadState::absent, kube::Failure::not_found), ""};
    const auto asked = bed.fake.asked().size();
    bed.read({What::name_space, "com", "", 0});
    CHECK(bed.fake.asked().size() == asked + 1);
    CHECK(bed.last().state == ReadState::absent);
    CHECK(io::was_read(bed.facts, {What::name_space, "com", "", 0}));
}

TEST_CASE("events about nodes are read by their kind, once") {
    Bed bed;
    const ReadWanted wanted{What::node_events, "", "", 0};
    CHECK_FALSE(kube::World(bed.facts).node_events_seen());
    bed.fake.gets["/api/v1/namespaces/default/events?fieldSelector=involvedObject.kind%3DNode"] = {
        {},
        list_of(Resource::events,
                R"({"metadata":{"name":"e","namespace":"default","uid":"e1"},"involvedObject":{"kind":"Node","name":)"
                R"("n1","uid":"n1"},"reason":"Rebooted","message":"x","type":"Warning"})")};
    bed.read(wanted);
    CHECK(io::was_read(bed.facts, wanted));
    CHECK(bed.facts.events.size() == 1);
    CHECK(kube::World(bed.facts).node_events_seen());
    // Not the list of the namespace default: nothing follows from its absence.
    CHECK_FALSE(kube::World(bed.facts).seen(Resource::events, "default"));
    bed.fake.list(Resource::events, "default") =
        bed.fake.gets.at("/api/v1/namespaces/default/events?fieldSelector=involvedObject.kind%3DNode");
    bed.read({What::name_space, "default", "", 0});
    CHECK(bed.facts.events.size() == 1);
}

TEST_CASE("with all namespaces there is no other namespace, but revisions are read on demand all the same") {
    Bed bed;
    auto options = options_for("shop");
    options.scope = {{}, true, {}};
    const auto facts = io::collect(bed.fake, redactor, options);
    CHECK(io::was_read(facts, {What::name_space, "data", "", 0}));
    CHECK(io::was_read(facts, {What::node_events, "", "", 0}));
    CHECK_FALSE(io::was_read(facts, {What::revisions, "shop", "", 0}));
}
