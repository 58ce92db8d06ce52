#include "report/doctor.hpp"

#include <nlohmann/json.hpp>

#include "doctor_builders.hpp"

using namespace salve;
using namespace salve::test;
using namespace salve::report::doctor;

TEST_CASE("all is well: every check is ok or has nothing to look at, and the exit code is 0") {
    const auto all = checks(well());
    for (const auto& check : all) {
        CAPTURE(check.name);
        CHECK((check.state == State::ok || check.state == State::skipped));
        CHECK(check.mend.empty());
        CHECK(!check.detail.empty());
    }
    CHECK(exit_code(all) == 0);
    CHECK(said(well(), "advisor") == "skipped: none configured");
}

TEST_CASE("the configuration") {
    CHECK(said(well(), "configuration") == "ok: none: the defaults hold");
    auto facts = well();
    facts.configuration = {"/etc/salve.yaml", "", false};
    CHECK(said(facts, "configuration") == "ok: /etc/salve.yaml");
    facts.configuration.writable_by_others = true;
    CHECK(said(facts, "configuration") ==
          "warning: /etc/salve.yaml: others may write to it, and it names the kubectl that runs | chmod go-w "
          "/etc/salve.yaml");
    CHECK(exit_of(facts) == 0);
    // It says where everything else is: nothing can be told without it.
    facts.configuration = {"my file.yaml", "my file.yaml:3: unknown key \"runs\"", false};
    const auto all = checks(facts);
    REQUIRE(all.size() == 2);
    CHECK(said(facts, "configuration") ==
          "failure: my file.yaml:3: unknown key \"runs\" | ${EDITOR:-vi} 'my file.yaml'");
    CHECK(all[1].state == State::skipped);
    CHECK(exit_code(all) == 2);
}

TEST_CASE("kubectl is missing, or was refused") {
    auto facts = well();
    facts.kubectl = {};
    facts.kubectl.platform = "linux/arm64";
    facts.kubectl.error = "\"kubectl\" is not on PATH";
    facts.kubectl.hint = "install kubectl";
    facts.kubeconfig.reset();
    facts.cluster.reset();
    facts.namespaces.clear();
    facts.cluster_reading.clear();
    CHECK(said(facts, "kubectl") ==
          "failure: \"kubectl\" is not on PATH | sudo curl -fLo /usr/local/bin/kubectl "
          "\"https://dl.k8s.io/release/$(curl -fsSL https://dl.k8s.io/release/stable.txt)/bin/linux/arm64/kubectl\" && "
          "sudo chmod 0755 /usr/local/bin/kubectl");
    for (const auto* name : {"kubectl version", "kubeconfig", "cluster", "identity", "clock", "rights"})
        CHECK(check_of(facts, name).state == State::skipped);
    CHECK(exit_of(facts) == 69);
    facts.kubectl.error = "\"/opt/my tools/kubectl\" can be changed by others";
    facts.kubectl.hint = "chmod go-w /opt/my tools/kubectl";
    CHECK(check_of(facts, "kubectl").mend == "sudo chmod go-w '/opt/my tools/kubectl'");
}

TEST_CASE("the version of kubectl, and its skew to the server") {
    CHECK(said(well(), "kubectl version") == "ok: v1.32.4, server v1.32.2");
    const auto with = [](const std::string& client, const std::string& server) {
        auto facts = well();
        facts.kubectl.version = client;
        facts.cluster->version = server;
        return facts;
    };
    for (const auto* client : {"v1.31.0", "v1.33.9", "v1.32.4-dispatcher", "v1.32.1-gke.100", "v1.32.0+k3s1"})
        CHECK(check_of(with(client, "v1.32.2"), "kubectl version").state == State::ok);
    CHECK(said(with("v1.30.1", "v1.32.2-gke.7"), "kubectl version") ==
          "warning: v1.30.1 is 2 minor versions older than the server (v1.32.2-gke.7); one is supported | sudo curl "
          "-fLo /usr/local/bin/kubectl \"https://dl.k8s.io/release/v1.32.2/bin/linux/amd64/kubectl\" && sudo chmod "
          "0755 /usr/local/bin/kubectl");
    CHECK(check_of(with("v1.34.0", "v1.32.2"), "kubectl version").detail.find("2 minor versions newer") !=
          std::string::npos);
    CHECK(check_of(with("v1.26.9", "v1.27.0"), "kubectl version").detail ==
          "v1.26.9 is older than v1.27, with which salve is tested");
    CHECK(check_of(with("v1.26.9", "v1.27.0"), "kubectl version").state == State::warning);
    // No word of the server gets into a command.
    CHECK(check_of(with("v1.29.0", "v1.32.2$(id)"), "kubectl version").mend.find("/v1.32.2/") != std::string::npos);
    CHECK(check_of(with("v1.29.0", "v1.;id"), "kubectl version").state == State::ok);
    CHECK(exit_of(with("v1.20.0", "v1.32.2")) == 0);
    for (const auto* word : {"", "v2.0.0", "1.32", "v1.", "v1.x", "v1.32", "v1.99999999999999999999.0"}) {
        CAPTURE(word);
        CHECK(check_of(with(word, "v1.32.2"), "kubectl version").state == State::failure);
        CHECK(exit_of(with(word, "v1.32.2")) == 69);
    }
}

TEST_CASE("a kubectl that is slow is not called broken") {
    auto facts = well();
    facts.kubectl.version.clear();
    facts.kubectl.version_error = "kubectl did not finish within its time budget";
    facts.kubectl.slow = true;
    CHECK(said(facts, "kubectl version") ==
          "warning: not known: kubectl did not finish within its time budget | /usr/bin/kubectl version --client");
    CHECK(exit_of(facts) == 0);
}

TEST_CASE("the kubeconfig") {
    CHECK(said(well(), "kubeconfig") == "ok: context kind-demo, namespace shop, server https://127.0.0.1:6443");
    auto facts = well();
    facts.kubeconfig->context.clear();
    CHECK(said(facts, "kubeconfig") == "ok: inside a pod, namespace shop");
    facts = well();
    facts.kubeconfig->exposed = {"/home/jane/.kube/config"};
    CHECK(said(facts, "kubeconfig")
              .ends_with("others may read its credentials: /home/jane/.kube/config | chmod go-rwx "
                         "/home/jane/.kube/config"));
    CHECK(exit_of(facts) == 0);
    facts.kubeconfig->error = "context \"x\" does not exist";
    facts.kubeconfig->context.clear();
    facts.kubeconfig->no_such_context = true;
    facts.kubeconfig->file = "/k";
    facts.cluster.reset();
    CHECK(said(facts, "kubeconfig") ==
          "failure: context \"x\" does not exist | kubectl --kubeconfig /k config get-contexts");
    facts.kubeconfig->no_such_context = false;
    CHECK(check_of(facts, "kubeconfig").mend == "kubectl --kubeconfig /k config view --minify");
    CHECK(exit_of(facts) == 83);
}

TEST_CASE("the cluster does not answer, or refuses us") {
    auto facts = well();
    facts.cluster->reached = {kube::ReadState::error, kube::Failure::unreachable, "connection refused"};
    CHECK(said(facts, "cluster") ==
          "failure: unreachable: connection refused | kubectl --context kind-demo get '--raw=/readyz?verbose' -v=6");
    for (const auto* name : {"identity", "clock"}) CHECK(check_of(facts, name).state == State::skipped);
    CHECK(exit_of(facts) == 83);
    facts.cluster->reached.failure = kube::Failure::unauthorized;
    facts.kubeconfig->context = "it's";
    CHECK(check_of(facts, "cluster").mend == "kubectl --context 'it'\\''s' auth whoami");
    // Who may not read the version has reached the server.
    facts = well();
    facts.cluster->reached = {kube::ReadState::forbidden, kube::Failure::forbidden, "Forbidden: no"};
    CHECK(check_of(facts, "cluster").state == State::warning);
    CHECK(check_of(facts, "clock").state == State::ok);
    CHECK(exit_of(facts) == 0);
}

TEST_CASE("which cluster it is, and who we are") {
    CHECK(said(well(), "identity") == "ok: kube-system uid uid-1; we are jane");
    auto facts = well();
    facts.cluster->uid.clear();
    facts.cluster->identity = {kube::ReadState::forbidden, kube::Failure::forbidden, "Forbidden: no"};
    CHECK(
        said(facts, "identity") ==
        "warning: the cluster cannot be told from another one: Forbidden: no; we are jane | salve rbac reader -n shop "
        "| kubectl apply -f - && kubectl create clusterrolebinding salve-reader-cluster-jane "
        "--clusterrole=salve-reader-cluster --user=jane --dry-run=client -o yaml | kubectl apply -f -");
}

TEST_CASE("the clock: the server tells whole seconds, so a second is no error") {
    const auto at = [](std::int64_t server_us, std::int64_t asked_us, std::int64_t answered_us) {
        auto facts = well();
        facts.cluster->server_time = base::Time{doctor_now.us + server_us};
        facts.cluster->asked = base::Time{doctor_now.us + asked_us};
        facts.cluster->answered = base::Time{doctor_now.us + answered_us};
        return said(facts, "clock");
    };
    constexpr std::int64_t s = 1'000'000;
    CHECK(at(0, 0, 0) == "ok: as the server's");
    CHECK(at(0, 900'000, 1'100'000) == "ok: as the server's");
    CHECK(at(5 * s, 0, 9 * s) == "ok: as the server's");  // a slow answer
    CHECK(at(20 * s, 0, 0) == "ok: within 21s of the server's");
    CHECK(at(60 * s, 0, 0) == "ok: within 1m1s of the server's");
    CHECK(at(61 * s, 0, 0) ==
          "warning: 1m1s behind the server's: times and expiries are wrong | sudo timedatectl "
          "set-ntp true");
    CHECK(at(0, 3601 * s, 3602 * s).starts_with("warning: 1h ahead of the server's"));
    auto facts = well();
    facts.cluster->server_time.reset();
    facts.cluster->user_error = "not enabled";
    CHECK(said(facts, "clock") == "skipped: the server's time is not known: not enabled");
}

TEST_CASE("of several failures the exit code is that of the first that stands in the way") {
    auto facts = well();
    facts.runs->others_write = true;
    CHECK(exit_of(facts) == 73);
    facts.cluster->reached = {kube::ReadState::error, kube::Failure::timeout, "slow"};
    CHECK(exit_of(facts) == 83);
    facts.kubectl.error = "gone";
    CHECK(exit_of(facts) == 69);
}

TEST_CASE("salve.doctor/v1, and nothing of the cluster gets through unescaped") {
    auto facts = well();
    facts.cluster->reached = {kube::ReadState::error, kube::Failure::unknown, "\x1b[31mred\nline\xff"};
    const auto document = nlohmann::json::parse(report::doctor::json(checks(facts)));
    CHECK(document["schema"] == "salve.doctor/v1");
    REQUIRE(document["checks"].size() == checks(facts).size());
    for (const auto& check : document["checks"]) {
        CHECK(check.size() == 4);
        CHECK(check["name"].is_string());
        CHECK(base::parse(state_names, check["state"].get<std::string>()).has_value());
        CHECK(check["detail"].is_string());
        CHECK((check["mend"].is_null() || check["mend"].is_string()));
    }
    const auto text = human(checks(facts), {false, 80, 0, false});
    for (const char c : text) CHECK((c == '\n' || static_cast<unsigned char>(c) >= 0x20));
    CHECK(text.find("\\x1b[31mred line\\xff") != std::string::npos);
}

TEST_CASE("for people: the verdict first, then each check, quiet only what is wrong") {
    auto facts = well();
    CHECK(human(checks(facts), {false, 80, 0, false}).starts_with("all is well; 15 of 17 checks ok\n\nok       conf"));
    facts.runs->group_writes = true;
    const auto quiet = human(checks(facts), {false, 80, 0, true});
    CHECK(quiet ==
          "0 failures, 1 warning; 14 of 17 checks ok\n\n"
          "warning  runs folder: ./runs: its group may write to it\n"
          "         mend: chmod g-w ./runs\n");
    CHECK(human(checks(facts), {true, 80, 0, true}).find("\x1b[33mwarning") != std::string::npos);
}
