#include "kube/resource.hpp"

#include <doctest/doctest.h>

using namespace salve::kube;

TEST_CASE("a kind is found by its name and by its plural, and no other") {
    for (const auto& row : resources()) {
        CHECK((info_of_kind(row.kind) == &info(row.resource)));
        CHECK((info_of_plural(row.plural) == &info(row.resource)));
    }
    for (const char* none : {"", "Secret", "ConfigMap", "pod", "pods/log", "secrets"}) {
        CHECK((info_of_kind(none) == nullptr));
        CHECK((info_of_plural(none) == nullptr));
    }
}
