#include "io/doctor.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chain_builders.hpp"
#include "io/file_lock.hpp"
#include "io/system.hpp"

using namespace salve;
using namespace salve::test;
using namespace salve::report::doctor;

namespace {

// A kubectl whose answers are lines of a shell's case: pattern) commands;;
struct FakeKubectl {
    TempFolder folder;
    io::Program program;
    explicit FakeKubectl(const std::string& cases) {
        const auto file =
            folder.file("kubectl", "#!/bin/sh\necho \"$@\" >> " + (folder / "calls") + "\ncase \"$*\" in\n" + cases +
                                       "\n*) echo \"error: not expected: $*\" >&2; exit 1;;\nesac\n");
        REQUIRE(::chmod(file.c_str(), 0755) == 0);
        program = io::find_program(file, "");
    }
    std::size_t calls() const {
        const auto text = io::read_file(folder / "calls", 1 << 20);
        return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    }
};

const std::string good = R"(
"version --client"*) echo '{"clientVersion":{"gitVersion":"v1.32.4"}}';;
*--raw=/version*) echo '{"gitVersion":"v1.32.2"}';;
*namespaces/kube-system*) echo '{"metadata":{"uid":"uid-1"}}';;
*namespaces/shop*) echo '{}';;
*namespaces/gone*) echo 'Error from server (NotFound): namespaces "gone" not found' >&2; exit 1;;
"auth whoami"*) echo '{"metadata":{"creationTimestamp":"2026-11-21T08:00:00Z"},"status":{"userInfo":{"username":"jane"}}}';;
*"-- list pods") echo no; exit 1;;
*"-- list nodes") echo "error: password=hunter2 is wrong" >&2; exit 1;;
"auth can-i"*) echo yes;;)";

io::Asking asking(int seconds = 60) {
    io::Asking how;
    how.environment = {"PATH=/usr/bin:/bin"};
    how.deadline_us = io::monotonic_us() + base::seconds(seconds).us;
    return how;
}

const base::Redactor redactor("key");
const kube::Target target{"demo", {}, {}, 10};

const AskedRight& right_of(const std::vector<AskedRight>& rights, const std::string& text) {
    for (const auto& one : rights)
        if (to_text(one.right) == text) return one;
    FAIL("no such right: " << text);
    return rights.front();
}

}  // namespace

TEST_CASE("kubectl: where it is, what it is, and its version") {
    const FakeKubectl fake(good);
    Kubectl facts;
    const auto program = io::look_at_kubectl(fake.program.path, "", asking(), facts);
    REQUIRE(program);
    CHECK(facts.error.empty());
    CHECK(facts.path == fake.program.path);
    CHECK(facts.mode == 0755);
    CHECK(facts.version == "v1.32.4");
    CHECK(facts.sha256 == base::sha256_hex(io::read_file(fake.folder / "kubectl", 1 << 20)));
    CHECK(facts.platform.starts_with("linux/"));
}

TEST_CASE("a kubectl that is refused, and one that does not tell its version") {
    Kubectl facts;
    const TempFolder empty;
    CHECK_FALSE(io::look_at_kubectl("kubectl", empty.path(), asking(), facts));
    CHECK(contains(facts.error, "not on PATH"));
    const auto loose = empty.file("kubectl", "#!/bin/sh\n");
    REQUIRE(::chmod(loose.c_str(), 0777) == 0);
    CHECK_FALSE(io::look_at_kubectl(loose, "", asking(), facts));
    CHECK(facts.hint == "chmod go-w " + loose);
    for (const auto* answer : {"echo text;;", "echo '{}';;", "echo '{\"clientVersion\":{\"gitVersion\":7}}';;",
                               "echo 'error: broken' >&2; exit 1;;", "kill -9 $$;;"}) {
        CAPTURE(answer);
        const FakeKubectl fake(std::string("version*) ") + answer);
        Kubectl silent;
        CHECK(io::look_at_kubectl(fake.program.path, "", asking(), silent));
        CHECK(silent.version.empty());
        CHECK(!silent.version_error.empty());
    }
}

TEST_CASE("a kubectl that is still busy when time is up is slow, and not broken") {
    const FakeKubectl fake("version*) exec sleep 60;;");
    Kubectl facts;
    CHECK(io::look_at_kubectl(fake.program.path, "", asking(1), facts));
    CHECK(facts.slow);
    CHECK(facts.version.empty());
    Kubectl broken;
    CHECK(io::look_at_kubectl(FakeKubectl("version*) exit 3;;").program.path, "", asking(), broken));
    CHECK_FALSE(broken.slow);
}

TEST_CASE("the cluster: version, identity, who we are and the time") {
    const FakeKubectl fake(good);
    const auto facts = io::look_at_cluster(fake.program, target, asking(), redactor);
    CHECK(facts.version == "v1.32.2");
    CHECK(facts.uid == "uid-1");
    CHECK(facts.user == "jane");
    CHECK(facts.server_time == base::parse_time("2026-11-21T08:00:00Z"));
    CHECK(facts.asked.us > 0);
    CHECK(facts.answered >= facts.asked);
}

TEST_CASE("a cluster that does not answer is asked nothing more") {
    const FakeKubectl fake("*) echo 'Unable to connect to the server: dial tcp: token=s3cr3t-value' >&2; exit 1;;");
    const auto facts = io::look_at_cluster(fake.program, target, asking(), redactor);
    CHECK(facts.reached.failure == kube::Failure::unreachable);
    CHECK_FALSE(contains(facts.reached.detail, "s3cr3t-value"));
    CHECK(fake.calls() == 1);
}

TEST_CASE("an older server tells no time, and that is no reason to stop") {
    const FakeKubectl fake("\"auth whoami\"*) echo 'error: the selfsubjectreviews API is not enabled' >&2; exit 1;;" +
                           good);
    const auto facts = io::look_at_cluster(fake.program, target, asking(), redactor);
    CHECK(facts.uid == "uid-1");
    CHECK(facts.user.empty());
    CHECK_FALSE(facts.server_time);
    CHECK(contains(facts.user_error, "not enabled"));
}

TEST_CASE("each right is asked for once, and each answer stands beside its right") {
    const FakeKubectl fake(good);
    Facts facts;
    io::ask_rights(fake.program, target, asking(), redactor, {"shop", "gone"}, false, facts);
    REQUIRE(facts.namespaces.size() == 2);
    const auto& shop = facts.namespaces[0];
    CHECK(right_of(shop.reading, "list pods").answer.allowed == kube::Allowed::no);
    CHECK(right_of(shop.reading, "get pods/log").answer.allowed == kube::Allowed::yes);
    CHECK(right_of(shop.changing, "create pods/eviction").answer.allowed == kube::Allowed::yes);
    const auto& nodes = right_of(facts.cluster_reading, "list nodes");
    CHECK(nodes.answer.allowed == kube::Allowed::unknown);
    CHECK_FALSE(contains(nodes.answer.reason, "hunter2"));
    CHECK(facts.namespaces[1].found == kube::Failure::not_found);
    for (const auto& right : facts.namespaces[1].reading) CHECK_FALSE(right.asked);
    CHECK(fake.calls() == 2 + shop.reading.size() + shop.changing.size() + facts.cluster_reading.size());
    const auto calls = io::read_file(fake.folder / "calls", 1 << 20);
    CHECK(contains(calls,
                   "auth can-i --context=demo --request-timeout=10s --namespace=shop --subresource=eviction -- "
                   "create pods\n"));
    CHECK(contains(calls,
                   "auth can-i --context=demo --request-timeout=10s --namespace=kube-node-lease -- list "
                   "leases.coordination.k8s.io\n"));
    CHECK(contains(calls, "auth can-i --context=demo --request-timeout=10s -- list nodes\n"));
    CHECK_FALSE(contains(calls, "--as"));
}

TEST_CASE("with statefulsets their rights are asked for too") {
    const FakeKubectl fake(good);
    Facts facts;
    io::ask_rights(fake.program, target, asking(), redactor, {"shop"}, true, facts);
    CHECK(right_of(facts.namespaces[0].changing, "patch statefulsets.apps").answer.allowed == kube::Allowed::yes);
}

TEST_CASE("when time is up no more is asked, and a kubectl that hangs is ended") {
    const FakeKubectl fake("*can-i*) exec sleep 60;;" + good);
    Facts facts;
    const auto before = io::monotonic_us();
    io::ask_rights(fake.program, target, asking(1), redactor, {"shop"}, false, facts);
    CHECK(io::monotonic_us() - before < base::seconds(30).us);
    std::size_t asked = 0;
    for (const auto& right : facts.namespaces[0].reading) {
        asked += right.asked;
        CHECK(right.answer.allowed == kube::Allowed::unknown);
    }
    CHECK(asked <= 4);
    io::Cancel cancel;
    cancel.request();
    auto stopped = asking();
    stopped.cancel = &cancel;
    io::ask_rights(fake.program, target, stopped, redactor, {"shop"}, false, facts);
    for (const auto& right : facts.cluster_reading) CHECK_FALSE(right.asked);
}

TEST_CASE("files with credentials that others may read") {
    const TempFolder folder;
    const auto mine = folder.file("mine", "x"), open = folder.file("a:b", "x");
    REQUIRE(::chmod(mine.c_str(), 0600) == 0);
    REQUIRE(::chmod(open.c_str(), 0640) == 0);
    CHECK(io::exposed_files(mine).empty());
    CHECK(io::exposed_files(open) == std::vector<std::string>{open});
    CHECK(io::exposed_files(folder / "none").empty());
}

TEST_CASE("a runs folder that is well, and that is left as it was but for its lock") {
    const TempFolder folder;
    add_runs(folder / "runs", 1, 3);
    const auto listed = [&] {
        std::string all;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / "runs"))
            all += entry.path().string() + "\n";
        return all;
    };
    const auto before = listed();
    const auto facts = io::look_at_runs(folder / "runs//");
    CHECK(listed() == before);
    CHECK(facts.path == folder / "runs");
    CHECK(facts.exists);
    CHECK(facts.fault.empty());
    CHECK(facts.ours);
    CHECK(facts.writable);
    CHECK_FALSE(facts.others_write);
    CHECK(facts.mode == 0700);
    CHECK(facts.lock_tried);
    CHECK(facts.lock_fault.empty());
    CHECK(facts.journal_fault.empty());
    CHECK(facts.records == 3);
    CHECK(facts.proven == 3);
    CHECK(facts.chain_fault.empty());
    // The lock was given back.
    const auto runs = io::RunsFolder::open(folder / "runs");
    CHECK(io::take_lock(runs.folder(), ".lock"));
}

TEST_CASE("a lock that somebody holds is a lock that works") {
    const TempFolder folder;
    add_runs(folder / "runs", 1, 1);
    const auto runs = io::RunsFolder::open(folder / "runs");
    const auto held = io::take_lock(runs.folder(), ".lock");
    REQUIRE(held);
    const auto facts = io::look_at_runs(folder / "runs");
    CHECK(facts.lock_tried);
    CHECK(facts.lock_fault.empty());
}

TEST_CASE("what is wrong with a runs folder is found, and nothing is made there") {
    const TempFolder folder;
    auto facts = io::look_at_runs(folder / "a/b/runs");
    CHECK_FALSE(facts.exists);
    CHECK(facts.parent == folder.path());
    CHECK(facts.parent_writable);
    CHECK(folder.names().empty());
    std::filesystem::create_directory(folder / "closed");
    REQUIRE(::chmod((folder / "closed").c_str(), 0555) == 0);
    CHECK(io::look_at_runs(folder / "closed/runs").parent_writable == (::geteuid() == 0));

    folder.file("file", "x");
    CHECK(io::look_at_runs(folder / "file").fault == "is no folder");
    CHECK_FALSE(io::look_at_runs(folder / "file/runs").fault.empty());
    std::filesystem::create_directory(folder / "real");
    std::filesystem::create_symlink("real", folder / "link");
    CHECK(contains(io::look_at_runs(folder / "link/").fault, "is a link"));

    REQUIRE(::chmod((folder / "real").c_str(), 0777) == 0);
    facts = io::look_at_runs(folder / "real");
    CHECK(facts.others_write);
    CHECK_FALSE(facts.lock_tried);
    REQUIRE(::chmod((folder / "real").c_str(), 0770) == 0);
    facts = io::look_at_runs(folder / "real");
    CHECK(facts.group_writes);
    CHECK_FALSE(facts.others_write);
    CHECK(facts.lock_tried);

    std::filesystem::create_directory(folder / "real/.journal");
    REQUIRE(::chmod((folder / "real/.journal").c_str(), 0777) == 0);
    CHECK(io::look_at_runs(folder / "real").journal_fault == "everybody may write to it");
    std::filesystem::remove(folder / "real/.journal");
    folder.file("real/.journal", "x");
    CHECK(contains(io::look_at_runs(folder / "real").journal_fault, "is no folder"));
    if (::geteuid() != 0) return;
    REQUIRE(::chown((folder / "real").c_str(), 12345, 12345) == 0);
    facts = io::look_at_runs(folder / "real");
    CHECK_FALSE(facts.ours);
    CHECK_FALSE(facts.lock_tried);
}

TEST_CASE("runs that died, and a chain that was tampered with") {
    const Tampered chain;
    const auto& folder = chain.folder();
    const io::RunLog alive(io::RunsFolder::open_or_make(folder.path()), run_record(51), {chain_start, 1});
    chain.write(".journal/" + run_id_of(50) + ".jsonl", "x");
    auto facts = io::look_at_runs(folder.path());
    CHECK(facts.alive == std::vector<std::string>{run_id_of(51)});
    CHECK(facts.dead == std::vector<std::string>{run_id_of(50)});
    CHECK(facts.records == chain_length);
    chain.write(to_text(chain.name(20)), "x");
    CHECK(contains(io::look_at_runs(folder.path()).chain_fault, "broken at record 20: edited"));
}
