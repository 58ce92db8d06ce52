// Run records as JSON, for the tests of the schema, the store and the verifier.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

namespace salve::test {

inline std::string digest_of(char digit) { return std::string(64, digit); }

inline constexpr const char* record_time = "2026-11-21T08:00:00.000000Z";

inline nlohmann::json bare_tool() {
    const nlohmann::json nothing;
    return {{"name", "salve"},          {"version", "0.1.0"},        {"commit", "abc1234"},
            {"binary_sha256", nothing}, {"catalog_sha256", nothing}, {"rules_sha256", nothing},
            {"config_sha256", nothing}};
}

inline nlohmann::json bare_time() {
    const nlohmann::json nothing;
    return {{"started_at", record_time}, {"ended_at", nothing},     {"sealed_at", record_time}, {"mono_us", nothing},
            {"boot_id", nothing},        {"clock_synced", nothing}, {"clock_went_back", false}};
}

inline nlohmann::json bare_actor() {
    const nlohmann::json nothing;
    return {{"os_user", nothing},         {"uid", 1000},          {"euid", 1000},
            {"sudo_user", nothing},       {"host", nothing},      {"tty", nothing},
            {"ssh_client_hmac", nothing}, {"kube_user", nothing}, {"kube_groups_sha256", nothing},
            {"reason", nothing},          {"ticket", nothing}};
}

inline nlohmann::json bare_cluster() {
    const nlohmann::json nothing;
    return {{"context", nothing},        {"server", nothing},
            {"ca_sha256", nothing},      {"kube_system_uid", nothing},
            {"server_version", nothing}, {"kubectl", {{"path", nothing}, {"sha256", nothing}, {"version", nothing}}},
            {"namespace", nothing},      {"trust_level", nothing}};
}

// A record with every field and nothing in any of them: a triage that found the cluster well.
inline nlohmann::json minimal_record() {
    using nlohmann::json;
    const json nothing, none = json::array();
    return {{"schema", "salve.run/v1"},
            {"schema_minor", 0},
            {"run_id", "20261121t080000z-000000000001"},
            {"kind", "triage"},
            {"status", "completed"},
            {"exit_code", 0},
            {"parent_run_ids", none},
            {"initiator", "user"},
            {"trigger", nothing},
            {"chain", {{"hash_alg", "sha256"}, {"seq", 1}, {"prev", nothing}, {"signer", nothing}}},
            {"tool", bare_tool()},
            {"time", bare_time()},
            {"actor", bare_actor()},
            {"argv", none},
            {"cluster", bare_cluster()},
            {"scope", {{"namespaces", none}, {"all", false}, {"targets", none}}},
            {"recording_sha256", nothing},
            {"commands", none},
            {"reads", none},
            {"evidence", none},
            {"findings", none},
            {"below_min_severity", json::object()},
            {"candidates", none},
            {"llm", nothing},
            {"policy", nothing},
            {"plan", nothing},
            {"approvals", none},
            {"steps", none},
            {"verification", none},
            {"transitions", none},
            {"reconciliations", none},
            {"journal", {{"lines", 0}, {"sha256", digest_of('0')}, {"torn_bytes", 0}, {"torn_base64", nothing}}},
            {"limits", json::object()},
            {"redaction", {{"rules_version", 1}, {"hmac_key_id", nothing}, {"count", 0}}},
            {"cooldown", nothing},
            {"warnings", none},
            {"errors", none}};
}

inline nlohmann::json record_object() {
    return {{"api_version", "apps/v1"}, {"kind", "Deployment"},     {"namespace", "shop"}, {"name", "web"},
            {"uid", "uid-web"},         {"resource_version", "41"}, {"generation", 7},     {"container", "app"}};
}

inline nlohmann::json record_state() {
    return {{"uid", "uid-web"}, {"generation", 7}, {"resource_version", "41"}, {"sha256", digest_of('1')}};
}

inline nlohmann::json record_output() {
    return {{"sha256", digest_of('2')}, {"bytes", 18}, {"truncated", false}, {"excerpt", "deployment patched"}};
}

inline nlohmann::json record_preconditions() {
    using nlohmann::json;
    json test{{"path", "/metadata/uid"}, {"value", "uid-web"}};
    return {{"uid", "uid-web"}, {"generation", 7}, {"resource_version", "41"}, {"tests", json::array({test})}};
}

inline nlohmann::json record_patch() {
    using nlohmann::json;
    return json::array({{{"op", "replace"}, {"path", "/spec/replicas"}, {"value", 2}}});
}

inline nlohmann::json record_plan_step() {
    using nlohmann::json;
    json check{{"check", "rollout_complete"}, {"samples", 3}, {"window_ms", 30'000}};
    return {{"ordinal", 1},
            {"step_id", "s1"},
            {"action_id", "rollout.restart"},
            {"risk", "low"},
            {"target", record_object()},
            {"request",
             {{"verb", "patch"},
              {"path", "/apis/apps/v1/namespaces/shop/deployments/web"},
              {"patch_type", "json"},
              {"body", record_patch()},
              {"body_sha256", digest_of('3')}}},
            {"preconditions", record_preconditions()},
            {"can_i", true},
            {"dry_run", {{"rc", 0}, {"diff_sha256", digest_of('4')}, {"diff_excerpt", "+  replicas: 2"}}},
            {"verify", json::array({check})},
            {"timeout_ms", 30'000},
            {"continue_on_error", false}};
}

inline nlohmann::json record_step() {
    return {{"ordinal", 1},
            {"action_id", "rollout.restart"},
            {"target", record_object()},
            {"plan_sha256", digest_of('5')},
            {"intent_at", record_time},
            {"argv", {"kubectl", "patch"}},
            {"env_names", {"KUBECONFIG"}},
            {"stdin_sha256", digest_of('6')},
            {"patch", record_patch()},
            {"timeout_ms", 30'000},
            {"preconditions", record_preconditions()},
            {"marker", "20261121t080000z-000000000001.1"},
            {"started_at", record_time},
            {"ended_at", record_time},
            {"rc", 0},
            {"signal", 9},
            {"timed_out", false},
            {"stdout", record_output()},
            {"stderr", record_output()},
            {"effect", "applied"},
            {"before", record_state()},
            {"after", record_state()}};
}

inline nlohmann::json record_read() {
    return {{"id", "R1"},
            {"what", "pods"},
            {"namespace", "shop"},
            {"object", "web-0"},
            {"state", "ok"},
            {"objects", 3},
            {"detail", "all of them"},
            {"argv_sha256", digest_of('7')},
            {"collected_at", record_time},
            {"bytes_raw", 4096},
            {"sha256_raw", digest_of('8')}};
}

inline nlohmann::json record_evidence() {
    return {{"id", "E1"},           {"object", record_object()}, {"source", "status"}, {"path", "status.phase"},
            {"excerpt", "Pending"}, {"at", record_time},         {"trust", "kubelet"}, {"read_id", "R1"}};
}

inline nlohmann::json record_finding() {
    using nlohmann::json;
    return {{"id", "aaaabbbbcccc"},
            {"rule", "pod.image.not-found"},
            {"category", "image_pull"},
            {"severity", "high"},
            {"confidence", "confirmed"},
            {"root", record_object()},
            {"affected", json::array({record_object()})},
            {"affected_count", 1},
            {"summary", "The image does not exist."},
            {"evidence_ids", {"E1"}},
            {"missing_evidence", {"the events of the pod"}},
            {"caused_by", "ddddeeeeffff"},
            {"consequences", {"111122223333"}},
            {"change", "image: web:1 to web:2"},
            {"first_seen", record_time},
            {"last_seen", record_time},
            {"advice", {"Use a tag that exists."}},
            {"actions", {"rollout.undo"}}};
}

inline nlohmann::json record_candidate() {
    return {{"id", "C1"},
            {"action_id", "rollout.undo"},
            {"target", record_object()},
            {"params", {{"revision", "3"}}},
            {"params_sha256", digest_of('9')},
            {"rule_rank", 1},
            {"rule", "pod.image.not-found"},
            {"risk", "medium"},
            {"evidence_ids", {"E1"}}};
}

inline nlohmann::json record_llm() {
    using nlohmann::json;
    json dropped{{"what", "C9"}, {"reason", "no such candidate"}};
    json note{{"candidate", "C1"}, {"text", "it was killed"}, {"evidence", {"f/E1"}}};
    return {{"used", true},
            {"endpoint", "http://127.0.0.1:11434"},
            {"model", "small:1b"},
            {"model_digest", "sha256:" + digest_of('a')},
            {"server_version", "0.17.4"},
            {"options", {{"seed", 1}, {"stop", "end"}, {"raw", false}, {"top_k", nullptr}}},
            {"prompt_sha256", digest_of('b')},
            {"prompt", "be careful"},
            {"prompt_tokens", 900},
            {"num_ctx", 4096},
            {"response_sha256", digest_of('c')},
            {"response", "{}"},
            {"done_reason", "stop"},
            {"latency_us", 1'500'000},
            {"load_us", 200'000},
            {"ranking", {"C1"}},
            {"notes", json::array({note})},
            {"warnings", {"the reply was cut"}},
            {"actionable", true},
            {"dropped", json::array({dropped})},
            {"unstable", false},
            {"fallback_reason", "none"}};
}

inline nlohmann::json record_policy() {
    using nlohmann::json;
    json file{{"path_rel", "policy.json"}, {"sha256", digest_of('d')}};
    json decision{{"candidate", "C1"},   {"effect", "require_approval"}, {"rule_id", "prod"},
                  {"matched", {"prod"}}, {"message", "ask first"},       {"requires", {"ticket"}}};
    return {{"engine", "embedded"},
            {"files", json::array({file})},
            {"input_sha256", digest_of('e')},
            {"decisions", json::array({decision})},
            {"engine_rc", 0},
            {"engine_us", 120},
            {"errors", {"one rule was skipped"}}};
}

inline nlohmann::json record_plan() {
    using nlohmann::json;
    const json steps = json::array({record_plan_step()});
    return {{"plan_sha256", digest_of('f')},
            {"created_at", record_time},
            {"expires_at", record_time},
            {"steps", steps},
            {"rescue", {{"plan_sha256", digest_of('0')}, {"steps", steps}}},
            {"document", {{"schema", "salve.plan/v1"}, {"steps", 1}}}};
}

inline nlohmann::json record_approval() {
    return {{"decision", "approved"},
            {"plan_sha256", digest_of('f')},
            {"finding_id", "aaaabbbbcccc"},
            {"steps", {1}},
            {"method", "typed"},
            {"approver", "kim"},
            {"at", record_time},
            {"expires_at", record_time},
            {"reason", "seen in the review"},
            {"keyid", digest_of('1')},
            {"sig", "c2lnbmF0dXJl"}};
}

inline nlohmann::json record_verification() {
    return {
        {"ordinal", 1}, {"check", "rollout_complete"}, {"expected", "3 of 3"}, {"observed", "3 of 3"}, {"passed", true},
        {"samples", 3}, {"window_ms", 30'000},         {"at", record_time}};
}

inline nlohmann::json record_transition() {
    return {{"at", record_time}, {"plan_sha256", digest_of('f')}, {"ordinal", 1}, {"from", "pending"},
            {"to", "running"},   {"reason", "approved"}};
}

inline nlohmann::json record_reconciliation() {
    using nlohmann::json;
    json step{
        {"ordinal", 1}, {"effect", "undetermined"}, {"reason", "it was changed since"}, {"observed", record_state()}};
    return {{"run_id", "20261121t070000z-000000000000"},
            {"kind", "apply"},
            {"class", "interrupted"},
            {"sealed_seq", 40},
            {"steps", json::array({step})}};
}

// One with something in every field, every list and every definition of the schema; what no run would have at once.
inline nlohmann::json full_record() {
    using nlohmann::json;
    json record = minimal_record();
    const auto fill = [&](const char* part, const json& fields) { record[part].update(fields); };
    record["schema_minor"] = 0;
    record["parent_run_ids"] = {"20261121t070000z-000000000000"};
    record["trigger"] = "alert";
    fill("chain", {{"seq", 42}, {"prev", {{"seq", 41}, {"sha256", digest_of('a')}}}, {"signer", digest_of('b')}});
    fill("tool", {{"binary_sha256", digest_of('c')},
                  {"catalog_sha256", digest_of('d')},
                  {"rules_sha256", digest_of('e')},
                  {"config_sha256", digest_of('f')}});
    fill("time", {{"ended_at", record_time}, {"mono_us", 2'000'000}, {"boot_id", "boot-1"}, {"clock_synced", true}});
    fill("actor", {{"os_user", "kim"},
                   {"sudo_user", "root"},
                   {"host", "host-1"},
                   {"tty", "/dev/pts/0"},
                   {"ssh_client_hmac", "hmac-sha256:k1:" + digest_of('0')},
                   {"kube_user", "kim@example"},
                   {"kube_groups_sha256", digest_of('1')},
                   {"reason", "the shop is down"},
                   {"ticket", "OPS-12"}});
    record["argv"] = {"salve", "triage", "-n", "shop"};
    fill("cluster", {{"context", "kind-demo"},
                     {"server", "https://127.0.0.1:6443"},
                     {"ca_sha256", digest_of('2')},
                     {"kube_system_uid", "uid-cluster"},
                     {"server_version", "v1.32.2"},
                     {"kubectl", {{"path", "/usr/bin/kubectl"}, {"sha256", digest_of('3')}, {"version", "v1.32.4"}}},
                     {"namespace", "shop"},
                     {"trust_level", "staging"}});
    fill("scope", {{"namespaces", {"shop"}}, {"targets", {"deployment/web"}}});
    record["recording_sha256"] = digest_of('4');
    record["commands"] = json::array({{"get", "pods"}});
    record["reads"] = json::array({record_read()});
    record["evidence"] = json::array({record_evidence()});
    record["findings"] = json::array({record_finding()});
    record["below_min_severity"] = {{"svc.no-endpoints", 2}};
    record["candidates"] = json::array({record_candidate()});
    record["llm"] = record_llm();
    record["policy"] = record_policy();
    record["plan"] = record_plan();
    record["approvals"] = json::array({record_approval()});
    record["steps"] = json::array({record_step()});
    record["verification"] = json::array({record_verification()});
    record["transitions"] = json::array({record_transition()});
    record["reconciliations"] = json::array({record_reconciliation()});
    fill("journal", {{"lines", 12}, {"torn_bytes", 3}, {"torn_base64", "e3si"}});
    record["limits"] = {{"bytes_max", 67'108'864}};
    fill("redaction", {{"hmac_key_id", "k1"}, {"count", 4}});
    record["cooldown"] = {
        {"fingerprint", digest_of('5')}, {"next_allowed_at", record_time}, {"consecutive_failures", 2}};
    record["warnings"] = {"the clock is not synchronised"};
    record["errors"] = json::array({{{"code", 74}, {"message", "disk full"}, {"where", "runs/"}}});
    return record;
}

}  // namespace salve::test
