// The two forms of one object give the same facts.
#include <doctest/doctest.h>

#include "unit/kube/proto/fixtures.hpp"

using namespace salve;
using namespace salve::kube;
using namespace salve::testing;

TEST_CASE("an object with every field set gives the same facts in both forms") {
    for (const auto& object : kubernetes_objects)
        for (const bool lean : {false, true}) {
            CAPTURE(std::string(object.file));
            CAPTURE(lean);
            const auto json = decoded(object.resource, json_object(object), Form::json, lean);
            CHECK(json == decoded(object.resource, proto_object(object), Form::proto, lean));
        }
}
