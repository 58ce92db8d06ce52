// What salve reads of kubeconfigs without kubectl: for each line of stdin, the path of one, a line of JSON: null where
// kubectl would be asked. Used by tests/e2e/stage_kubeconfig.py.
//
//   plain_context KUBECTL <PATHS
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "base/error.hpp"
#include "io/plain_kubeconfig.hpp"

namespace {

using namespace salve;
using nlohmann::json;

json plain(const io::Program& kubectl, const std::string& path) {
    kube::Target target;
    target.kubeconfig = path;
    try {
        const auto chosen = io::choose_plain_context(kubectl, target);
        if (!chosen) return {};
        return {{"context", chosen->context}, {"namespace", chosen->ns}, {"server", chosen->server}};
    } catch (const base::Error& error) {
        return {{"refused", error.what()}};
    }
}

}  // namespace

int main(int argc, char** argv) try {
    if (argc != 2) return 2;
    const auto kubectl = io::find_program(argv[1], "");
    for (std::string path; std::getline(std::cin, path);) std::puts(plain(kubectl, path).dump().c_str());
    return 0;
} catch (const base::Error& error) {
    std::fprintf(stderr, "plain_context: error: %s\n", error.what());
    return 1;
}
