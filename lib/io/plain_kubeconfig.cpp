#include "io/plain_kubeconfig.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <string_view>

#include "base/error.hpp"
#include "base/text.hpp"
#include "io/file.hpp"
#include "io/kubeconfig_files.hpp"
#include "io/unique_fd.hpp"
#include "io/yaml.hpp"

namespace salve::io {
namespace {

using nlohmann::json;
using Keys = std::span<const std::string_view>;

constexpr std::size_t max_bytes = std::size_t{256} << 10;

// k8s.io/client-go/tools/clientcmd/api/v1/types.go
constexpr std::array<std::string_view, 7> config_keys = {"apiVersion", "kind",  "preferences",    "clusters",
                                                         "contexts",   "users", "current-context"};
constexpr std::array<std::string_view, 4> context_keys = {"cluster", "user", "namespace", "extensions"};
constexpr std::array<std::string_view, 8> cluster_keys = {
    "server",
    "tls-server-name",
    "insecure-skip-tls-verify",
    "certificate-authority",
    "certificate-authority-data",
    "proxy-url",
    "disable-compression",
    "extensions",
};

// A map with none but these keys. What YAML 1.1 merges into a map ("<<") is such another key.
bool has_only(const json& map, Keys keys) {
    if (!map.is_object()) return false;
    for (const auto& [key, value] : map.items())
        if (std::find(keys.begin(), keys.end(), key) == keys.end()) return false;
    return true;
}

// A text in every version of YAML, quoted or not: a letter, then what is no sign of its own, and none of the words of
// YAML 1.1 (yaml.org/type/bool.html, null.html).
bool is_plain_word(const json& value) {
    if (!value.is_string()) return false;
    const auto& word = value.get_ref<const std::string&>();
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    const auto allowed = [&](char c) {
        return letter(c) || (c >= '0' && c <= '9') || std::string_view("._:/@-").find(c) != std::string_view::npos;
    };
    static const std::set<std::string> other = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"};
    return !word.empty() && letter(word.front()) && word.back() != ':' &&
           std::all_of(word.begin(), word.end(), allowed) && !other.contains(base::lower_ascii(word));
}

// The values of a list of {name: ..., KEY: {...}}, by their names.
std::optional<std::map<std::string, const json*>> named_values(const json& config, const char* list,
                                                               std::string_view key) {
    std::map<std::string, const json*> values;
    const auto items = config.find(list);
    if (items == config.end() || !items->is_array()) return std::nullopt;
    const std::array<std::string_view, 2> keys = {"name", key};
    for (const auto& item : *items) {
        if (!has_only(item, keys) || item.size() != keys.size() || !is_plain_word(item["name"])) return std::nullopt;
        const auto& value = item[std::string(key)];
        if (!value.is_object() || !values.emplace(item["name"], &value).second) return std::nullopt;
    }
    return values;
}

// kubectl by its real name, and no script.
bool is_kubectl_itself(const Program& kubectl) {
    const auto name = std::string_view(kubectl.resolved).substr(kubectl.resolved.rfind('/') + 1);
    if (!name.starts_with("kubectl")) return false;
    const UniqueFd fd(::open(kubectl.resolved.c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, 4> magic{};
    return fd.get() >= 0 && ::read(fd.get(), magic.data(), magic.size()) == 4 &&
           magic == std::array<char, 4>{'\x7f', 'E', 'L', 'F'};
}

std::optional<json> parsed(const std::string& file) {
    try {
        YamlLimits limits;
        limits.bytes = max_bytes;
        return parse_yaml(read_file(file, max_bytes), file, limits);
    } catch (const base::Error&) {
        return std::nullopt;  // kubectl says what is wrong with it, if it thinks so too
    }
}

}  // namespace

std::optional<PlainContext> plain_context(const json& config, const std::optional<std::string>& named) {
    if (!has_only(config, config_keys) || config.value("kind", json()) != "Config" ||
        config.value("apiVersion", json()) != "v1")
        return std::nullopt;
    const auto contexts = named_values(config, "contexts", "context");
    const auto clusters = named_values(config, "clusters", "cluster");
    const auto users = named_values(config, "users", "user");
    const auto& current = named ? json(*named) : config.value("current-context", json());
    if (!contexts || !clusters || !users || !is_plain_word(current) || !contexts->contains(current))
        return std::nullopt;

    const auto& context = *contexts->at(current);
    const auto word = [&](const char* key) { return context.value(key, json()); };
    if (!has_only(context, context_keys) || !is_plain_word(word("cluster")) || !is_plain_word(word("user")) ||
        !clusters->contains(word("cluster")) || !users->contains(word("user")))
        return std::nullopt;
    const auto& cluster = *clusters->at(word("cluster"));
    const auto server = cluster.value("server", json());
    if (!has_only(cluster, cluster_keys) || !is_plain_word(server)) return std::nullopt;
    if (!context.contains("namespace")) return PlainContext{current, "default", server};
    if (!is_plain_word(word("namespace"))) return std::nullopt;
    return PlainContext{current, word("namespace"), server};
}

std::optional<Chosen> choose_plain_context(const Program& kubectl, const kube::Target& target) {
    const auto file = KubeconfigFiles::look(target).only_file();
    if (!file || !is_kubectl_itself(kubectl)) return std::nullopt;
    const auto config = parsed(*file);
    const auto context = config ? plain_context(*config, target.context) : std::nullopt;
    if (!context) return std::nullopt;
    return chosen_in(target, context->name, context->ns, context->server);
}

}  // namespace salve::io
