#include "io/config.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <cstdlib>
#include <functional>
#include <map>
#include <vector>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "io/file.hpp"
#include "io/yaml.hpp"
#include "kube/names.hpp"
#include "policy/policy.hpp"

namespace salve::io {
namespace {

constexpr std::size_t max_config_bytes = YamlLimits().bytes;

[[noreturn]] void refuse(const std::string& file, const YAML::Mark& mark, const std::string& reason,
                         const std::string& hint = "") {
    throw base::Error(base::ErrorKind::usage, fmt::format("{}:{}: {}", file, mark.line + 1, reason), hint);
}

std::string text_of(const std::string& file, const std::string& key, const YAML::Node& node) {
    if (!node.IsScalar()) refuse(file, node.Mark(), fmt::format("\"{}\" must be a word", key));
    return node.Scalar();
}

struct Span {
    std::string_view least_word, most_word;
    base::Duration least, most;
};

base::Duration duration_of(const std::string& file, const std::string& key, const YAML::Node& node,
                           const Span& span = {"1s", "60m", base::seconds(1), base::minutes(60)}) {
    const auto text = text_of(file, key, node);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    const bool fits = error == std::errc() && number >= 1 && number <= 86'400;  // keeps the arithmetic in range
    const auto found = !fits         ? base::seconds(0)
                       : unit == "s" ? base::seconds(number)
                       : unit == "m" ? base::minutes(number)
                       : unit == "h" ? base::hours(number)
                                     : base::seconds(0);
    if (found < span.least || found > span.most)
        refuse(file, node.Mark(),
               fmt::format("\"{}\" must be a time from {} to {}, such as \"60s\" or \"15m\"", key, span.least_word,
                           span.most_word));
    return found;
}

std::string path_of(const std::string& file, const std::string& key, const YAML::Node& node) {
    auto text = text_of(file, key, node);
    if (text.empty()) refuse(file, node.Mark(), fmt::format("\"{}\" must not be empty", key));
    return text;
}

bool flag_of(const std::string& file, const std::string& key, const YAML::Node& node) {
    const auto word = text_of(file, key, node);
    if (word != "true" && word != "false") refuse(file, node.Mark(), fmt::format("\"{}\" must be true or false", key));
    return word == "true";
}

// A list of words that all are what `fits` says they should be.
std::vector<std::string> words_of(const std::string& file, const std::string& key, const YAML::Node& node,
                                  bool (*fits)(std::string_view), const char* what) {
    if (!node.IsSequence()) refuse(file, node.Mark(), fmt::format("\"{}\" must be a list", key));
    std::vector<std::string> words;
    for (const auto& item : node) {
        auto word = text_of(file, key, item);
        if (!fits(word))
            refuse(file, item.Mark(), fmt::format("\"{}\" holds {}, which is no {}", key, base::quoted(word), what));
        words.push_back(std::move(word));
    }
    return words;
}

// 0 to 1 with at most three decimals, as thousandths: no floating point, so that what is written is what is compared.
std::int64_t thousandths_of(const std::string& file, const std::string& key, const YAML::Node& node) {
    const auto text = text_of(file, key, node);
    const std::string_view decimals = text.size() > 2 ? std::string_view(text).substr(2) : "";
    const bool digits = decimals.size() <= 3 && decimals.find_first_not_of("0123456789") == std::string_view::npos;
    std::int64_t number = text.starts_with('1') ? 1000 : 0, unit = 100;
    for (const char c : decimals) {
        number += (c - '0') * unit;
        unit /= 10;
    }
    const bool head =
        text == "0" || text == "1" || (text.size() > 2 && (text.starts_with("0.") || text.starts_with("1.")));
    if (!head || !digits || number > 1000)
        refuse(file, node.Mark(), fmt::format("\"{}\" must be a number from 0 to 1, such as 0.8", key));
    return number;
}

template <typename Enum, std::size_t Count>
Enum word_of(const std::string& file, const std::string& key, const YAML::Node& node,
             const base::Names<Enum, Count>& names, const char* choice) {
    const auto value = base::parse(names, text_of(file, key, node));
    if (!value) refuse(file, node.Mark(), fmt::format("\"{}\" must be {}", key, choice));
    return *value;
}

using Setter = std::function<void(const std::string& key, const YAML::Node&)>;

// Each key once; an unknown one is an error with the nearest known one.
void read_map(const std::string& file, const std::string& prefix, const YAML::Node& node,
              const std::map<std::string, Setter>& setters) {
    if (node.IsNull()) return;
    if (!node.IsMap())
        refuse(file, node.Mark(), fmt::format("{} must be a map", prefix.empty() ? "the file" : "\"" + prefix + "\""));
    std::map<std::string, bool> seen;
    for (const auto& pair : node) {
        const auto key = text_of(file, prefix.empty() ? "key" : prefix, pair.first);
        const auto full = prefix.empty() ? key : fmt::format("{}.{}", prefix, key);
        if (std::exchange(seen[key], true))
            refuse(file, pair.first.Mark(), fmt::format("\"{}\" stands there twice", full));
        const auto setter = setters.find(key);
        if (setter == setters.end()) {
            std::vector<std::string_view> known;
            known.reserve(setters.size());
            for (const auto& [name, unused] : setters) known.push_back(name);
            const auto near = base::nearest(key, known);
            refuse(file, pair.first.Mark(), fmt::format("unknown key \"{}\"", full),
                   near ? fmt::format("did you mean \"{}\"?", *near)
                        : fmt::format("known keys: {}", base::join(known, ", ")));
        }
        setter->second(full, pair.second);
    }
}

using Setters = std::map<std::string, Setter>;

Setters kubectl_keys(const std::string& file, Config& config) {
    return {
        {"compression",
         [&](auto& key, auto& node) {
             config.kubectl_compression = word_of(file, key, node, compression_names, "auto, on or off");
         }},
        {"lists",
         [&](auto& key, auto& node) { config.kubectl_lists = word_of(file, key, node, lists_names, "needed or all"); }},
        {"path", [&](auto& key, auto& node) { config.kubectl_path = path_of(file, key, node); }},
        {"timeout", [&](auto& key, auto& node) { config.kubectl_timeout = duration_of(file, key, node); }},
        {"transport",
         [&](auto& key, auto& node) {
             config.kubectl_transport = word_of(file, key, node, read_through_names, "auto, proxy or spawn");
         }},
    };
}

Setters audit_keys(const std::string& file, Config& config) {
    return {
        {"sign_key", [&](auto& key, auto& node) { config.sign_key = path_of(file, key, node); }},
        {"immutable",
         [&](auto& key, auto& node) {
             const auto word = text_of(file, key, node);
             if (word != "on" && word != "off") refuse(file, node.Mark(), fmt::format("\"{}\" must be on or off", key));
             config.immutable = word == "on";
         }},
    };
}

Setters remediation_keys(const std::string& file, Config& config) {
    return {
        {"enabled", [&](auto& key, auto& node) { config.remediation_enabled = flag_of(file, key, node); }},
        {"allow_high_risk", [&](auto& key, auto& node) { config.allow_high_risk = flag_of(file, key, node); }},
        {"allowed_namespaces",
         [&](auto& key, auto& node) {
             config.allowed_namespaces = words_of(file, key, node, kube::is_namespace, "namespace");
         }},
        {"dry_run_hold",
         [&](auto& key, auto& node) {
             config.dry_run_hold = duration_of(file, key, node, {"5m", "24h", base::minutes(5), base::hours(24)});
         }},
        {"actions",
         [&](auto& key, auto& node) {
             config.enabled_actions = words_of(file, key, node, policy::is_action_id, "action id");
         }},
    };
}

Setters policy_keys(const std::string& file, Config& config) {
    return {
        {"file",
         [&](auto& key, auto& node) {
             if (!node.IsNull()) config.policy_file = path_of(file, key, node);
         }},
        {"confidence_threshold",
         [&](auto& key, auto& node) { config.confidence_threshold = thousandths_of(file, key, node); }},
    };
}

Setters approval_keys(const std::string& file, Config& config) {
    return {{"ttl", [&](auto& key, auto& node) {
                 config.approval_ttl = duration_of(file, key, node, {"1m", "60m", base::minutes(1), base::minutes(60)});
             }}};
}

std::int64_t number_of(const std::string& file, const std::string& key, const YAML::Node& node, std::int64_t least,
                       std::int64_t most) {
    const auto text = text_of(file, key, node);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < least || number > most)
        refuse(file, node.Mark(), fmt::format("\"{}\" must be a whole number from {} to {}", key, least, most));
    return number;
}

Setters advisor_keys(const std::string& file, Config& config) {
    auto& advisor = config.advisor;
    return {
        {"kind",
         [&](auto& key, auto& node) { advisor.kind = word_of(file, key, node, advisor_kind_names, "none or ollama"); }},
        {"endpoint", [&](auto& key, auto& node) { advisor.endpoint = path_of(file, key, node); }},
        {"model", [&](auto& key, auto& node) { advisor.model = path_of(file, key, node); }},
        {"shadow_model",
         [&](auto& key, auto& node) {
             if (!node.IsNull()) advisor.shadow_model = path_of(file, key, node);
         }},
        {"num_ctx", [&](auto& key, auto& node) { advisor.num_ctx = number_of(file, key, node, 2048, 131'072); }},
        {"allow_remote", [&](auto& key, auto& node) { advisor.allow_remote = flag_of(file, key, node); }},
    };
}

Setters trust_keys(const std::string& file, Config& config) {
    return {{"level", [&](auto& key, auto& node) {
                 config.trust_level =
                     word_of(file, key, node, policy::trust_names, "observe, selective, approve or automate");
             }}};
}

Config decode(const std::string& file, const YAML::Node& document) {
    Config config;
    config.file = file;
    const auto part = [&](Setters (*keys)(const std::string&, Config&)) -> Setter {
        return [&, keys](auto& key, auto& node) { read_map(file, key, node, keys(file, config)); };
    };
    const Setters top = {
        {"runs_dir", [&](auto& key, auto& node) { config.runs_dir = path_of(file, key, node); }},
        {"min_severity",
         [&](auto& key, auto& node) {
             config.min_severity =
                 word_of(file, key, node, diagnose::severity_names, "info, low, medium, high or critical");
         }},
        {"advisor", part(advisor_keys)},
        {"approval", part(approval_keys)},
        {"audit", part(audit_keys)},
        {"kubectl", part(kubectl_keys)},
        {"policy", part(policy_keys)},
        {"remediation", part(remediation_keys)},
        {"trust", part(trust_keys)},
    };
    read_map(file, "", document, top);
    return config;
}

}  // namespace

Config read_config(const std::string& file) {
    const auto bytes = read_file(file, max_config_bytes);
    try {
        check_yaml(bytes, file);
        auto config = decode(file, YAML::Load(bytes));
        config.sha256 = base::sha256_hex(bytes);
        return config;
    } catch (const YAML::Exception& error) {
        refuse(file, error.mark, error.msg);
    }
}

std::optional<std::string> default_config_file() {
    const auto there = [](const std::string& path) {
        struct stat status {};
        return ::stat(path.c_str(), &status) == 0;
    };
    if (there("salve.yaml")) return "salve.yaml";
    const char* base = std::getenv("XDG_CONFIG_HOME");
    const char* home = std::getenv("HOME");
    const std::string folder = base && *base == '/' ? std::string(base)
                               : home && *home      ? std::string(home) + "/.config"
                                                    : "";
    if (!folder.empty() && there(folder + "/salve/salve.yaml")) return folder + "/salve/salve.yaml";
    return std::nullopt;
}

}  // namespace salve::io
