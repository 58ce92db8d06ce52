// Over the recordings of real clusters: an object gives the same facts in both forms.
#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "proto_encode.hpp"
#include "recordings.hpp"
#include "unit/kube/proto/fixtures.hpp"

using namespace salve;
using namespace salve::kube;
using namespace salve::testing;
using nlohmann::json;

TEST_CASE("an object of any scenario gives the same facts in both forms") {
    std::map<Resource, std::size_t> seen;
    each_recording([&](const json& recording) {
        for (const auto& read : recording["reads"]) {
            const auto* kind = encoded_kind(read.value("get", ""));
            if (!kind || read["state"] != "ok") continue;
            const auto what = kind->resource;
            for (const auto& item : read["body"]["items"]) {
                const auto bytes = encoded(item, *proto::message_of(what));
                ++seen[what];
                for (const bool lean : {false, true})
                    CHECK(decoded(what, item.dump(), Form::json, lean) == decoded(what, bytes, Form::proto, lean));
            }
        }
    });
    for (const auto& object : kubernetes_objects) {
        CAPTURE(std::string(object.file));
        CHECK(seen[object.resource] > 0);
    }
}
