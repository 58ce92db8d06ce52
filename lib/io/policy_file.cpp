#include "io/policy_file.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "io/file.hpp"
#include "io/yaml.hpp"

namespace salve::io {

namespace {

constexpr YamlLimits limits{.bytes = std::size_t{1} << 20, .depth = 64};

}  // namespace

policy::Policy load_policy(const std::string& file, std::span<const std::string_view> known_actions) {
    const auto bytes = read_file(file, limits.bytes);
    auto policy = policy::parse_policy(parse_yaml(bytes, file, limits), file, known_actions);
    policy.sha256 = base::sha256_hex(bytes);
    return policy;
}

policy::Policy read_policy(const std::optional<std::string>& file, std::span<const std::string_view> known_actions) {
    if (!file) return policy::Policy::denying("there is no policy file ('salve policy init' writes one to start from)");
    try {
        return load_policy(*file, known_actions);
    } catch (const std::exception& error) {
        auto policy = policy::Policy::denying(fmt::format("the policy cannot be used: {}", error.what()));
        policy.file = *file;
        return policy;
    }
}

}  // namespace salve::io
