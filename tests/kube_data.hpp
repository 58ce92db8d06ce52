// Real lists of a 1.32 cluster, as kubectl get --raw wrote them (tests/data/kube), and ways to read them.
#pragma once
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "kube/decode.hpp"
#include "kube/list_splitter.hpp"
#include "test_paths.hpp"

namespace salve::testing {

inline std::string kube_list(const std::string& name) {
    std::ifstream file(std::string(SALVE_SOURCE_DIR) + "/tests/data/kube/" + name + ".json", std::ios::binary);
    REQUIRE_MESSAGE(file.good(), name);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline std::vector<std::string> items_of(const std::string& list) {
    std::vector<std::string> items;
    kube::ListSplitter splitter([&](std::string_view item) { items.emplace_back(item); });
    splitter.feed(list);
    const auto envelope = splitter.finish();
    REQUIRE_MESSAGE(envelope.ok(), envelope.problem);
    return items;
}

inline const base::Redactor& test_redactor() {
    static const base::Redactor redactor("test key");
    return redactor;
}

// Decodes every item; none may be dropped.
inline kube::Snapshot decode_items(kube::Resource what, const std::vector<std::string>& items,
                                   std::size_t version = 0) {
    kube::Snapshot world;
    kube::Decoder decoder(test_redactor());
    for (const auto& item : items) {
        const auto mismatch = decoder.add({what, kube::api_version(what, version), ""}, item, world);
        REQUIRE_MESSAGE(!mismatch, *mismatch);
    }
    return world;
}

inline kube::Snapshot decode_list(kube::Resource what, const std::string& name, std::size_t version = 0) {
    return decode_items(what, items_of(kube_list(name)), version);
}

}  // namespace salve::testing
