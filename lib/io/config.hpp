// salve.yaml (CLI.md section 5). Unknown keys are errors that name the nearest known one.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/names.hpp"
#include "base/time.hpp"
#include "diagnose/finding.hpp"
#include "io/lists.hpp"
#include "policy/input.hpp"

namespace salve::io {

// A model that may be asked about a plan; kind none: it is never asked.
enum class AdvisorKind { none, ollama };
inline constexpr base::Names<AdvisorKind, 2> advisor_kind_names{
    {{AdvisorKind::none, "none"}, {AdvisorKind::ollama, "ollama"}}};

struct AdvisorConfig {
    AdvisorKind kind = AdvisorKind::none;
    std::string endpoint = "http://127.0.0.1:11434", model = "qwen2.5:7b";
    std::string shadow_model;     // asked whether a text speaks to a model; empty: none
    std::int64_t num_ctx = 8192;  // tokens, 2048 to 131072
    bool allow_remote = false;    // an endpoint or a model that is elsewhere
};

// How lists and logs are read: through one kubectl proxy, by one kubectl each, or, automatic, by the second where the
// first does not come up.
enum class ReadThrough : std::uint8_t { automatic, proxy, spawn };
inline constexpr base::Names<ReadThrough, 3> read_through_names{
    {{ReadThrough::automatic, "auto"}, {ReadThrough::proxy, "proxy"}, {ReadThrough::spawn, "spawn"}}};

// Whether the proxy's answers come packed with gzip, which pays below about 500 Mbit/s. automatic: by how far the
// server is. A kubectl that is started for one read never asks for it.
enum class Compression : std::uint8_t { automatic, on, off };
inline constexpr base::Names<Compression, 3> compression_names{
    {{Compression::automatic, "auto"}, {Compression::on, "on"}, {Compression::off, "off"}}};

struct Config {
    std::string file;    // where it was read from, empty for the defaults
    std::string sha256;  // of the file's bytes, empty for the defaults
    std::optional<std::string> runs_dir;
    std::optional<std::string> sign_key;  // PEM file of the Ed25519 key that signs the records (audit.sign_key)
    bool immutable = false;               // audit.immutable: on makes sealed records immutable where that is possible
    diagnose::Severity min_severity = diagnose::Severity::medium;
    std::string kubectl_path = "kubectl";
    ReadThrough kubectl_transport = ReadThrough::automatic;
    Compression kubectl_compression = Compression::automatic;
    Lists kubectl_lists = Lists::needed;  // of a triage
    base::Duration kubectl_timeout = base::seconds(60);

    // remediation: nothing can be changed until it is enabled and the namespace is listed.
    bool remediation_enabled = false;
    std::vector<std::string> allowed_namespaces;
    bool allow_high_risk = false;
    std::vector<std::string> enabled_actions;  // those of the catalog that are off by default, and are on here

    base::Duration dry_run_hold = base::hours(1);     // 5m to 24h: what was shown unattended is not planned anew (S0.6)
    base::Duration approval_ttl = base::minutes(15);  // 1m to 60m
    std::optional<std::string> policy_file;
    std::int64_t confidence_threshold = 800;  // thousandths; the file says 0.8
    policy::Trust trust_level = policy::Trust::approve;
    AdvisorConfig advisor;
};

// Error(usage) names the file, the line and what is wrong: what check_yaml() refuses (io/yaml.hpp), an unknown key, a
// wrong type or an unknown word.
Config read_config(const std::string& file);

// The file to read when none was named: ./salve.yaml, else $XDG_CONFIG_HOME/salve/salve.yaml (or ~/.config/...), if it
// is there.
std::optional<std::string> default_config_file();

}  // namespace salve::io
