// Whole records of runs (lib/audit/run.schema.json) built by hand: an incident in which a triage finds two things, a
// plan is made, rejected, made again, approved and applied with one of two steps failing, and a recover run settles
// what was left. Every free text goes through Say, so that a test can make all of them hostile.
#pragma once
#include <fmt/format.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "audit/summary.hpp"
#include "base/time.hpp"

namespace salve::tests::runs {

using nlohmann::json;

// What a free text of the record is; as it stands by default.
using Say = std::function<std::string(std::string)>;
inline std::string plain(std::string text) { return text; }

inline const base::Time start = *base::parse_time("2026-11-21T08:00:00Z");
inline std::string at(std::int64_t seconds) { return base::to_rfc3339(start + base::seconds(seconds)); }
inline std::string digest(char c) { return std::string(64, c); }

class Records {
public:
    explicit Records(Say say = plain) : say_(std::move(say)) {}

    json object(const std::string& kind, const std::string& name, const json& container = nullptr) const {
        return {{"api_version", say_(kind == "Deployment" ? "apps/v1" : "v1")},
                {"kind", say_(kind)},
                {"namespace", kind == "Node" ? json() : json(say_("demo"))},
                {"name", say_(name)},
                {"uid", say_("uid-" + name)},
                {"resource_version", nullptr},
                {"generation", nullptr},
                {"container", container.is_string() ? json(say_(container.get<std::string>())) : json()}};
    }

    // A record with nothing in it, the seq-th of its chain, begun so many seconds after the start.
    json blank(std::int64_t seq, const std::string& kind, const std::string& status, std::int64_t seconds) const {
        return {{"schema", "salve.run/v1"},
                {"schema_minor", 0},
                {"run_id", run_id(seq)},
                {"kind", kind},
                {"status", status},
                {"exit_code", 0},
                {"parent_run_ids", json::array()},
                {"initiator", "user"},
                {"trigger", nullptr},
                {"chain",
                 {{"hash_alg", "sha256"},
                  {"seq", seq},
                  {"prev", seq == 1 ? json() : json{{"seq", seq - 1}, {"sha256", digest('a')}}},
                  {"signer", nullptr}}},
                {"tool",
                 {{"name", "salve"},
                  {"version", say_("0.1.0")},
                  {"commit", say_("abcdef0")},
                  {"binary_sha256", nullptr},
                  {"catalog_sha256", nullptr},
                  {"rules_sha256", nullptr},
                  {"config_sha256", nullptr}}},
                {"time",
                 {{"started_at", at(seconds)},
                  {"ended_at", at(seconds + 2)},
                  {"sealed_at", at(seconds + 2)},
                  {"mono_us", 2'000'000},
                  {"boot_id", nullptr},
                  {"clock_synced", nullptr},
                  {"clock_went_back", false}}},
                {"actor", actor()},
                {"argv", {"salve", kind, say_("deploy/web")}},
                {"cluster", cluster()},
                {"scope", {{"namespaces", {say_("demo")}}, {"all", false}, {"targets", {say_("deploy/web")}}}},
                {"recording_sha256", nullptr},
                {"commands", json::array()},
                {"reads", json::array()},
                {"evidence", json::array()},
                {"findings", json::array()},
                {"below_min_severity", json::object()},
                {"candidates", json::array()},
                {"llm", nullptr},
                {"policy", nullptr},
                {"plan", nullptr},
                {"approvals", json::array()},
                {"steps", json::array()},
                {"verification", json::array()},
                {"transitions", json::array()},
                {"reconciliations", json::array()},
                {"journal", {{"lines", 12}, {"sha256", digest('0')}, {"torn_bytes", 0}, {"torn_base64", nullptr}}},
                {"limits", json::object()},
                {"redaction", {{"rules_version", 1}, {"hmac_key_id", nullptr}, {"count", 0}}},
                {"cooldown", nullptr},
                {"warnings", json::array()},
                {"errors", json::array()}};
    }
    static std::string run_id(std::int64_t seq) { return fmt::format("{:012x}", 0xabc000 + seq); }

    // Two findings, one of them a consequence of the other; one list that was refused.
    json triage(std::int64_t seq = 1, std::int64_t seconds = 0) const {
        auto record = blank(seq, "triage", "completed", seconds);
        record["exit_code"] = 1;
        add_reads(record);
        record["commands"] = {{"kubectl", "get", "--raw=/api/v1/namespaces/demo/pods"},
                              {"kubectl", "get", say_("--raw=/apis/apps/v1/deployments")}};
        record["evidence"] = {evidence("E1", "Pod", "web-7b84-x", "ErrImagePull"),
                              evidence("E2", "Service", "shop", "app=web")};
        record["findings"] = {image_finding(), service_finding()};
        record["below_min_severity"] = {{say_("hpa.no-metrics"), 2}};
        record["warnings"] = {say_("the clock of this machine is 90 s behind the cluster")};
        return record;
    }

    json plan(std::int64_t seq = 2, std::int64_t seconds = 60, char which = 'b') const {
        auto record = blank(seq, "plan", "completed", seconds);
        record["parent_run_ids"] = {run_id(1)};
        add_reads(record);
        record["evidence"] = triage()["evidence"];
        record["findings"] = {image_finding(), service_finding()};
        record["candidates"] = {{{"id", "C1"},
                                 {"action_id", say_("rollout.undo")},
                                 {"target", object("Deployment", "web")},
                                 {"params", {{"revision", say_("3")}}},
                                 {"params_sha256", digest('1')},
                                 {"rule_rank", 1},
                                 {"rule", say_("image-undo")},
                                 {"risk", "medium"},
                                 {"evidence_ids", {"E1"}}}};
        record["llm"] = model();
        record["policy"] = policy();
        record["plan"] = plan_of(seconds, which);
        record["transitions"] = {transition(seconds + 1, nullptr, "planned", which)};
        return record;
    }

    json reject(std::int64_t seq = 3, std::int64_t seconds = 120) const {
        auto record = blank(seq, "reject", "rejected", seconds);
        record["parent_run_ids"] = {run_id(2)};
        record["approvals"] = {approval("rejected", 'b', seconds, json::array())};
        record["transitions"] = {transition(seconds, "planned", "rejected", 'b')};
        return record;
    }

    json approve(std::int64_t seq = 5, std::int64_t seconds = 240) const {
        auto record = blank(seq, "approve", "completed", seconds);
        record["parent_run_ids"] = {run_id(4)};
        record["approvals"] = {approval("approved", 'c', seconds, {1, 2})};
        return record;
    }

    // The first step is applied and verified, the second one refused by the server.
    json apply(std::int64_t seq = 6, std::int64_t seconds = 300) const {
        auto record = blank(seq, "apply", "failed", seconds);
        record["exit_code"] = 79;
        record["time"]["ended_at"] = record["time"]["sealed_at"] = at(seconds + 12);
        record["parent_run_ids"] = {run_id(4), run_id(5)};
        record["plan"] = plan_of(seconds, 'c');
        record["approvals"] = {approval("approved", 'c', seconds, {1, 2})};
        record["steps"] = {step(1, "Deployment", "web", seconds + 1, true),
                           step(2, "Service", "shop", seconds + 10, false)};
        record["verification"] = {{{"ordinal", 1},
                                   {"check", say_("rollout_complete")},
                                   {"expected", say_("2 of 2 available")},
                                   {"observed", say_("2 of 2 available")},
                                   {"passed", true},
                                   {"samples", 6},
                                   {"window_ms", 60000},
                                   {"at", at(seconds + 9)}}};
        record["errors"] = {{{"code", 79}, {"message", say_("step 2 failed")}, {"where", say_("step 2")}}};
        return record;
    }

    // Run 6 left a step unsettled.
    json recover(std::int64_t seq = 7, std::int64_t seconds = 400) const {
        auto record = blank(seq, "recover", "recovered", seconds);
        record["initiator"] = "automatic";
        record["trigger"] = say_("a journal of a dead run");
        record["parent_run_ids"] = {run_id(6)};
        record["reconciliations"] = {
            {{"run_id", run_id(6)},
             {"kind", "apply"},
             {"class", "unknown"},
             {"sealed_seq", 6},
             {"steps",
              {{{"ordinal", 2},
                {"effect", "not_applied"},
                {"reason", say_("the annotation of the step is missing")},
                {"observed", {{"uid", "u"}, {"generation", 4}, {"resource_version", "9"}, {"sha256", nullptr}}}}}}}};
        return record;
    }

    // The Service is still wrong, the image is well.
    json triage_after(std::int64_t seq = 8, std::int64_t seconds = 500) const {
        auto record = triage(seq, seconds);
        record["findings"] = {service_finding()};
        record["findings"][0]["caused_by"] = nullptr;
        record["findings"][0]["severity"] = "high";
        return record;
    }

    // All of them, in the order of the chain.
    std::vector<json> incident() const {
        return {triage(), plan(), reject(), plan(4, 180, 'c'), approve(), apply(), recover(), triage_after()};
    }

private:
    json actor() const {
        return {{"os_user", say_("alice")},
                {"uid", 1000},
                {"euid", 1000},
                {"sudo_user", nullptr},
                {"host", say_("ops-1")},
                {"tty", say_("/dev/pts/0")},
                {"ssh_client_hmac", nullptr},
                {"kube_user", say_("alice@example.com")},
                {"kube_groups_sha256", nullptr},
                {"reason", say_("the shop is down")},
                {"ticket", say_("INC-7")}};
    }
    json cluster() const {
        return {{"context", say_("kind-demo")},
                {"server", say_("https://10.0.0.1:6443")},
                {"ca_sha256", nullptr},
                {"kube_system_uid", say_("uid-kube-system")},
                {"server_version", say_("v1.32.2")},
                {"kubectl", {{"path", say_("/usr/bin/kubectl")}, {"sha256", nullptr}, {"version", say_("v1.32.4")}}},
                {"namespace", say_("demo")},
                {"trust_level", say_("approve")}};
    }
    json read(const std::string& id, const std::string& what, const std::string& state, const json& detail) const {
        return {{"id", id},
                {"what", what},
                {"namespace", say_("demo")},
                {"object", nullptr},
                {"state", state},
                {"objects", state == "ok" ? 3 : 0},
                {"detail", detail},
                {"argv_sha256", nullptr},
                {"collected_at", at(0)},
                {"bytes_raw", nullptr},
                {"sha256_raw", nullptr}};
    }
    void add_reads(json& record) const {
        record["reads"] = {read("R1", "pods", "ok", nullptr), read("R2", "services", "ok", nullptr),
                           read("R3", "networkpolicies", "forbidden", say_("User \"reader\" cannot list them"))};
    }
    json evidence(const std::string& id, const std::string& kind, const std::string& name,
                  const std::string& excerpt) const {
        return {{"id", id},
                {"object", object(kind, name)},
                {"source", "status"},
                {"path", say_("status.containerStatuses[0].state.waiting.reason")},
                {"excerpt", say_(excerpt)},
                {"at", at(-30)},
                {"trust", "kubelet"},
                {"read_id", "R1"}};
    }
    json image_finding() const {
        return {{"id", say_("a1b2c3d4e5f6")},
                {"rule", say_("pod.image.not-found")},
                {"category", say_("image-pull")},
                {"severity", "critical"},
                {"confidence", "confirmed"},
                {"root", object("Deployment", "web", "app")},
                {"affected", {object("Pod", "web-7b84-x"), object("Pod", "web-7b84-y")}},
                {"affected_count", 2},
                {"summary", say_("the registry does not have the image registry.example.com/shop/web:1.2.4")},
                {"evidence_ids", {"E1"}},
                {"missing_evidence", json::array()},
                {"caused_by", nullptr},
                {"consequences", {say_("0123456789ab")}},
                {"change", say_("revision 4 of 2026-11-21T07:55:00Z changed the image")},
                {"first_seen", at(-240)},
                {"last_seen", at(-30)},
                {"advice", {say_("Use a tag that exists.")}},
                {"actions", {say_("rollout.undo")}}};
    }
    json service_finding() const {
        return {{"id", say_("0123456789ab")},
                {"rule", say_("svc.no-endpoints")},
                {"category", say_("service-selector")},
                {"severity", "medium"},
                {"confidence", "probable"},
                {"root", object("Service", "shop")},
                {"affected", json::array()},
                {"affected_count", 0},
                {"summary", say_("no pod behind Service shop is ready, so calls to it fail")},
                {"evidence_ids", {"E2"}},
                {"missing_evidence", {say_("network policies: whether one blocks the traffic is not known")}},
                {"caused_by", say_("a1b2c3d4e5f6")},
                {"consequences", json::array()},
                {"change", nullptr},
                {"first_seen", at(-200)},
                {"last_seen", nullptr},
                {"advice", json::array()},
                {"actions", json::array()}};
    }
    json model() const {
        return {{"used", false},
                {"endpoint", say_("http://127.0.0.1:11434")},
                {"model", say_("qwen2.5:7b")},
                {"model_digest", nullptr},
                {"server_version", nullptr},
                {"options", json::object()},
                {"prompt_sha256", nullptr},
                {"prompt", nullptr},
                {"prompt_tokens", nullptr},
                {"num_ctx", nullptr},
                {"response_sha256", nullptr},
                {"response", nullptr},
                {"done_reason", nullptr},
                {"latency_us", nullptr},
                {"load_us", nullptr},
                {"ranking", json::array()},
                {"notes", {{{"candidate", "A1"}, {"text", say_("it was killed")}, {"evidence", {say_("f/E1")}}}}},
                {"warnings", {say_("the answer was cut")}},
                {"actionable", nullptr},
                {"dropped", {{{"what", say_("delete everything")}, {"reason", say_("not in the catalog")}}}},
                {"unstable", false},
                {"fallback_reason", say_("connection refused")}};
    }
    json policy() const {
        return {{"engine", "salve"},
                {"files", {{{"path_rel", say_("policy.yaml")}, {"sha256", digest('2')}}}},
                {"input_sha256", digest('3')},
                {"decisions",
                 {{{"candidate", "C1"},
                   {"effect", "require_approval"},
                   {"rule_id", say_("prod-needs-approval")},
                   {"matched", {say_("namespace demo")}},
                   {"message", say_("a person has to look at it")},
                   {"requires", {say_("one approver")}}}}},
                {"engine_rc", 0},
                {"engine_us", 120},
                {"errors", json::array()}};
    }
    json precondition() const {
        return {{"uid", say_("uid-web")},
                {"generation", 4},
                {"resource_version", nullptr},
                {"tests", {{{"path", say_("/metadata/uid")}, {"value", say_("uid-web")}}}}};
    }
    json planned(int ordinal, const std::string& kind, const std::string& name) const {
        return {
            {"ordinal", ordinal},
            {"step_id", fmt::format("S{}", ordinal)},
            {"action_id", say_("rollout.undo")},
            {"risk", "medium"},
            {"target", object(kind, name)},
            {"request",
             {{"verb", "patch"},
              {"path", say_("/apis/apps/v1/namespaces/demo/deployments/web")},
              {"patch_type", "json"},
              {"body", json::array()},
              {"body_sha256", digest('4')}}},
            {"preconditions", precondition()},
            {"can_i", true},
            {"dry_run",
             {{"rc", 0}, {"diff_sha256", digest('5')}, {"diff_excerpt", say_("-image: web:1.2.4\n+image: web:1.2.3")}}},
            {"verify", {{{"check", say_("rollout_complete")}, {"samples", 6}, {"window_ms", 60000}}}},
            {"timeout_ms", 60000},
            {"continue_on_error", false}};
    }
    json plan_of(std::int64_t seconds, char which) const {
        return {{"plan_sha256", digest(which)},
                {"created_at", at(seconds)},
                {"expires_at", at(seconds + 900)},
                {"steps", {planned(1, "Deployment", "web"), planned(2, "Service", "shop")}},
                {"rescue", nullptr},
                {"document", nullptr}};
    }
    json approval(const std::string& decision, char which, std::int64_t seconds, const json& steps) const {
        return {{"decision", decision},
                {"plan_sha256", digest(which)},
                {"finding_id", nullptr},
                {"steps", steps},
                {"method", "digest"},
                {"approver", say_("bob@ops-2")},
                {"at", at(seconds)},
                {"expires_at", at(seconds + 900)},
                {"reason", say_(decision == "approved" ? "seen and agreed" : "the wrong revision")},
                {"keyid", nullptr},
                {"sig", nullptr}};
    }
    json transition(std::int64_t seconds, const json& from, const std::string& to, char which) const {
        return {{"at", at(seconds)}, {"plan_sha256", digest(which)}, {"ordinal", nullptr}, {"from", from},
                {"to", to},          {"reason", say_("as asked")}};
    }
    json output(const std::string& text) const {
        return {{"sha256", digest('6')}, {"bytes", text.size()}, {"truncated", false}, {"excerpt", say_(text)}};
    }
    json step(int ordinal, const std::string& kind, const std::string& name, std::int64_t seconds, bool good) const {
        return {{"ordinal", ordinal},
                {"action_id", say_("rollout.undo")},
                {"target", object(kind, name)},
                {"plan_sha256", digest('c')},
                {"intent_at", at(seconds)},
                {"argv",
                 {"kubectl", "patch", "--type=json", "--patch-file=/dev/stdin", say_("deployments.v1.apps"),
                  say_("it's " + name)}},
                {"env_names", {"PATH"}},
                {"stdin_sha256", nullptr},
                {"patch", {{{"op", "test"}, {"path", "/metadata/uid"}, {"value", say_("uid-" + name)}}}},
                {"timeout_ms", 60000},
                {"preconditions", precondition()},
                {"marker", nullptr},
                {"started_at", at(seconds)},
                {"ended_at", at(seconds + 1)},
                {"rc", good ? 0 : 1},
                {"signal", nullptr},
                {"timed_out", false},
                {"stdout", output(good ? "deployment.apps/web patched\n" : "")},
                {"stderr", output(good ? "" : "The request is invalid:\nthe server rejected our request\n")},
                {"effect", good ? "applied" : "not_applied"},
                {"before", nullptr},
                {"after", nullptr}};
    }

    Say say_;
};

// As they lie in the folder. The records must outlive the result.
inline std::vector<audit::Sealed> sealed(const std::vector<json>& records) {
    std::vector<audit::Sealed> list;
    for (const auto& record : records) {
        const auto seq = record["chain"]["seq"].get<std::int64_t>();
        list.push_back(
            {&record, digest('9'),
             fmt::format("{:08}-20261121T080000Z-{}-999999999999.json", seq, record["kind"].get<std::string>())});
    }
    return list;
}

}  // namespace salve::tests::runs
