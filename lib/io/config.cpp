#include "io/config.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <cstdlib>
#include <functional>
#include <map>
#include <sstream>
#include <vector>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "io/file.hpp"

namespace salve::io {
namespace {

constexpr std::size_t max_config_bytes = std::size_t{1} << 20;
constexpr int max_depth = 16;

[[noreturn]] void refuse(const std::string& file, const YAML::Mark& mark, const std::string& reason,
                         const std::string& hint = "") {
    throw base::Error(base::ErrorKind::usage, fmt::format("{}:{}: {}", file, mark.line + 1, reason), hint);
}

// Walks the events before a document is built: aliases (which can blow up) and deep nesting are refused.
class Guard : public YAML::EventHandler {
public:
    explicit Guard(const std::string& file) : file_(file) {}
    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse(file_, mark, "aliases are not allowed"); }
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
    void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                         YAML::EmitterStyle::value) override {
        enter(mark);
    }
    void OnSequenceEnd() override { --depth_; }
    void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
        enter(mark);
    }
    void OnMapEnd() override { --depth_; }

private:
    void enter(const YAML::Mark& mark) {
        if (++depth_ > max_depth) refuse(file_, mark, fmt::format("nested deeper than {} levels", max_depth));
    }
    const std::string& file_;
    int depth_ = 0;
};

std::string text_of(const std::string& file, const std::string& key, const YAML::Node& node) {
    if (!node.IsScalar()) refuse(file, node.Mark(), fmt::format("\"{}\" must be a word", key));
    return node.Scalar();
}

base::Duration duration_of(const std::string& file, const std::string& key, const YAML::Node& node) {
    const auto text = text_of(file, key, node);
    constexpr std::int64_t longest = 3600;  // seconds; also keeps the arithmetic in range
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    const bool fits = error == std::errc() && number >= 1 && number <= longest;
    const auto span = !fits         ? base::seconds(0)
                      : unit == "s" ? base::seconds(number)
                      : unit == "m" ? base::minutes(number)
                                    : base::seconds(0);
    if (span < base::seconds(1) || span > base::seconds(longest))
        refuse(file, node.Mark(), fmt::format("\"{}\" must be a time from 1s to 60m, such as \"60s\"", key));
    return span;
}

std::string path_of(const std::string& file, const std::string& key, const YAML::Node& node) {
    auto text = text_of(file, key, node);
    if (text.empty()) refuse(file, node.Mark(), fmt::format("\"{}\" must not be empty", key));
    return text;
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

Config decode(const std::string& file, const YAML::Node& document) {
    Config config;
    config.file = file;
    const std::map<std::string, Setter> kubectl = {
        {"path", [&](auto& key, auto& node) { config.kubectl_path = path_of(file, key, node); }},
        {"timeout", [&](auto& key, auto& node) { config.kubectl_timeout = duration_of(file, key, node); }},
    };
    const std::map<std::string, Setter> audit = {
        {"sign_key", [&](auto& key, auto& node) { config.sign_key = path_of(file, key, node); }},
        {"immutable",
         [&](auto& key, auto& node) {
             const auto word = text_of(file, key, node);
             if (word != "on" && word != "off") refuse(file, node.Mark(), fmt::format("\"{}\" must be on or off", key));
             config.immutable = word == "on";
         }},
    };
    const std::map<std::string, Setter> top = {
        {"runs_dir", [&](auto& key, auto& node) { config.runs_dir = path_of(file, key, node); }},
        {"min_severity",
         [&](auto& key, auto& node) {
             const auto severity = base::parse(diagnose::severity_names, text_of(file, key, node));
             if (!severity)
                 refuse(file, node.Mark(), fmt::format("\"{}\" must be info, low, medium, high or critical", key));
             config.min_severity = *severity;
         }},
        {"audit", [&](auto& key, auto& node) { read_map(file, key, node, audit); }},
        {"kubectl", [&](auto& key, auto& node) { read_map(file, key, node, kubectl); }},
    };
    read_map(file, "", document, top);
    return config;
}

}  // namespace

Config read_config(const std::string& file) {
    const auto bytes = read_file(file, max_config_bytes);
    try {
        std::istringstream guarded(bytes);
        YAML::Parser parser(guarded);
        Guard guard(file);
        parser.HandleNextDocument(guard);
        if (parser.HandleNextDocument(guard)) refuse(file, YAML::Mark(), "holds more than one document");
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
