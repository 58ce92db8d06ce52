#include "kube/resource.hpp"

#include <doctest/doctest.h>

#include <string>

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

TEST_CASE("the kinds that are read when asked for are those of tests/asked_first.sh") {
    std::string names;
    for (const auto& row : resources())
        if (row.when_asked) names += std::string(row.plural) + " ";
    CHECK(names == "limitranges serviceaccounts networkpolicies storageclasses ingressclasses leases ");
}
