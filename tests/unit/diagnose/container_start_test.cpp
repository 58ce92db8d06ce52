#include <doctest/doctest.h>

#include "all_rules.hpp"
#include "diagnose/start_text.hpp"
#include "unit/diagnose/config_builders.hpp"

using namespace salve::config_test;
using salve::diagnose::read_start_text;
using salve::diagnose::StartFault;
using salve::diagnose::rules::container_start;

namespace {

const std::string wrapped =
    "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: "
    "unable to start container process: ";

Cluster failing(const std::string& text, std::string waiting) {
    Cluster cluster;
    cluster.container("daemon").command = {"harbourd", "--listen"};
    auto& status = cluster.status("daemon");
    status.restarts = 1;
    status.state.waiting = Waiting{std::move(waiting), text};
    status.last.terminated = ended("StartError", 128, 20, text);
    return cluster;
}

}  // namespace

TEST_CASE("texts of the runtimes") {
    struct Row {
        std::string text;
        StartFault fault;
        const char* subject;
    };
    const Row rows[] = {
        {wrapped + "exec: \"harbourd\": executable file not found in $PATH: unknown", StartFault::command_not_found,
         "harbourd"},
        {wrapped + "exec: \"/opt/x\": stat /opt/x: no such file or directory: unknown", StartFault::command_not_found,
         "/opt/x"},
        {"OCI runtime create failed: container_linux.go:380: starting container process caused: exec: \"foo\": "
         "executable file not found in $PATH: unknown",
         StartFault::command_not_found, "foo"},
        {"OCI runtime create failed: container_linux.go:345: starting container process caused \"exec: \\\"foo\\\": "
         "executable file not found in $PATH\": unknown",
         StartFault::command_not_found, "foo"},
        {"container create failed: executable file `serve` not found in $PATH: No such file or directory",
         StartFault::command_not_found, "serve"},
        {wrapped + "exec /entry.sh: no such file or directory", StartFault::command_not_found, "/entry.sh"},
        {wrapped + "exec: \"/opt/tools/start\": permission denied: unknown", StartFault::permission_denied,
         "/opt/tools/start"},
        {"container create failed: open executable: Permission denied", StartFault::permission_denied, ""},
        {wrapped + "exec: \"/srv\": is a directory: unknown", StartFault::permission_denied, "/srv"},
        {wrapped +
             "error during container init: error mounting \"/var/lib/kubelet/pods/u/volumes/kubernetes.io~configmap/"
             "conf\" to rootfs at \"/etc/passwd\": mount /var/lib/x:/etc/passwd (via /proc/self/fd/6), flags: "
             "0x5001: not a directory: unknown",
         StartFault::bad_mount, "/etc/passwd"},
        {"OCI runtime create failed: container_linux.go:380: starting container process caused: process_linux.go:545: "
         "container init caused: rootfs_linux.go:76: mounting \"/a/b\" to rootfs at \"/etc/app.conf\" caused: mount "
         "through procfd: not a directory: unknown: Are you trying to mount a directory onto a file (or vice-versa)?",
         StartFault::bad_mount, "/etc/app.conf"},
        {wrapped + "error during container init: error mounting \"/a\" to rootfs at \"/data\": create mountpoint for "
                   "/data mount: make mountpoint \"/data\": mkdirat /rootfs/data: read-only file system: unknown",
         StartFault::bad_mount, "/data"},
        {wrapped + "error during container init: mkdir /etc/hostname: not a directory: unknown", StartFault::bad_mount,
         "/etc/hostname"},
        {wrapped + "chdir to cwd (\"/srv/app\") set in config.json failed: permission denied: unknown",
         StartFault::bad_workdir, "/srv/app"},
        {wrapped + "chdir to cwd (\"/nowhere\") set in config.json failed: no such file or directory: unknown",
         StartFault::bad_workdir, "/nowhere"},
        {wrapped + "error during container init: error mounting \"proc\" to rootfs at \"/proc\": mount proc:/proc: "
                   "permission denied: unknown",
         StartFault::device_or_oci, ""},
        {wrapped + "error during container init: unable to apply apparmor profile: apparmor failed to apply profile: "
                   "write /proc/self/attr/apparmor/exec: no such file or directory: unknown",
         StartFault::device_or_oci, ""},
        {wrapped + "unable to init seccomp: error loading seccomp filter into kernel: permission denied: unknown",
         StartFault::device_or_oci, ""},
        {"context deadline exceeded", StartFault::device_or_oci, ""},
        {"", StartFault::device_or_oci, ""},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        const auto read = read_start_text(row.text);
        CHECK(read.fault == row.fault);
        CHECK(read.subject == row.subject);
        CHECK(!has(read.decisive, "failed to create shim task"));
    }
}

TEST_CASE("a mkdir for the working directory is told from one for a mount") {
    const auto text = wrapped + "error during container init: mkdir /etc/hostname: not a directory: unknown";
    CHECK(read_start_text(text, "/etc/hostname").fault == StartFault::bad_workdir);
    CHECK(read_start_text(text, "/etc/hostname/sub").fault == StartFault::bad_workdir);
    CHECK(read_start_text(text, "/srv").fault == StartFault::bad_mount);
    CHECK(read_start_text(text).decisive == "mkdir /etc/hostname: not a directory");
}

TEST_CASE("only a missing file may be a missing interpreter") {
    CHECK(read_start_text(wrapped + "exec: \"/x\": stat /x: no such file or directory: unknown").maybe_loader);
    CHECK(!read_start_text(wrapped + "exec: \"x\": executable file not found in $PATH: unknown").maybe_loader);
}

TEST_CASE("command not found, in every state that shows it") {
    const auto text = wrapped + "exec: \"harbourd\": executable file not found in $PATH: unknown";
    auto back_off = failing(text, "CrashLoopBackOff");
    auto terminated = failing(text, "");
    terminated.status("daemon").state = {};
    terminated.status("daemon").state.terminated = ended("StartError", 128, 3, text);
    terminated.status("daemon").last = {};
    auto docker = failing(text, "CrashLoopBackOff");
    docker.status("daemon").last.terminated->reason = "ContainerCannotRun";
    docker.status("daemon").last.terminated->exit_code = 127;
    auto run = failing(text, "RunContainerError");
    for (auto* cluster : {&run, &back_off, &terminated, &docker}) {
        const auto found = cluster->run(container_start);
        REQUIRE(found.size() == 1);
        CHECK(found[0].mode->id == "pod.run.command-not-found");
        CHECK(found[0].root.object.kind == "Deployment");
        CHECK(found[0].root.container == "daemon");
        CHECK(has(said(found[0]), "\"harbourd\": executable file not found in $PATH"));
        CHECK(has(found[0].summary, cluster == &docker ? "exit code 127" : "exit code 128"));
        CHECK(has(said(found[0]), "spec.containers[0].command = [harbourd --listen]"));
        CHECK(has(found[0].advice[0], "command of the template"));
    }
}

TEST_CASE("bad mounts name volume and path, bad working directories are no storage matter") {
    auto mount = failing(wrapped +
                             "error during container init: error mounting \"/v/conf\" to rootfs at \"/etc/passwd\": "
                             "mount /v/conf:/etc/passwd: not a directory: unknown",
                         "RunContainerError");
    mount.pod().spec.containers[0].mounts.push_back({"conf", "/etc/passwd", "", false});
    auto found = mount.run(container_start);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "pod.run.bad-mount-or-workdir");
    CHECK(found[0].category_or_mode() == salve::diagnose::Category::storage_mount);
    CHECK(has(said(found[0]), "volume conf at /etc/passwd"));

    auto workdir = failing(wrapped + "error during container init: mkdir /etc/hostname: not a directory: unknown",
                           "RunContainerError");
    workdir.pod().spec.containers[0].working_dir = "/etc/hostname";
    found = workdir.run(container_start);
    REQUIRE(found.size() == 1);
    CHECK(found[0].category_or_mode() == salve::diagnose::Category::other);
    CHECK(has(found[0].summary, "workingDir /etc/hostname"));
}

TEST_CASE("a RunContainerError without a StartError is judged by its own text") {
    auto cluster = failing("failed to start: cannot allocate device", "RunContainerError");
    cluster.status("daemon").last = {};
    const auto found = cluster.run(container_start);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "pod.run.device-or-oci");
}

TEST_CASE("what is no start error of now") {
    const auto text = wrapped + "exec: \"harbourd\": executable file not found in $PATH: unknown";
    // It has been started since.
    auto running = failing(text, "");
    running.status("daemon").state = {};
    running.status("daemon").state.running = Running{ago(10)};
    CHECK(running.run(container_start).empty());
    // A shell that does not find a program: exit 127 with reason Error is a crash.
    auto shell = failing(text, "CrashLoopBackOff");
    shell.status("daemon").last.terminated = ended("Error", 127, 20);
    CHECK(shell.run(container_start).empty());
    // Another error has come since.
    CHECK(failing(text, "ImagePullBackOff").run(container_start).empty());
    // It ran and crashed since.
    auto crashed = failing(text, "");
    crashed.status("daemon").state = {};
    crashed.status("daemon").state.terminated = ended("Error", 1, 3);
    CHECK(crashed.run(container_start).empty());
    // A failed pod that has been replaced.
    auto replaced = failing(text, "");
    replaced.status("daemon").state = {};
    replaced.status("daemon").state.terminated = ended("StartError", 128, 3, text);
    replaced.pod().phase = "Failed";
    replaced.snapshot.deployments[0].ready = 1;
    CHECK(replaced.run(container_start).empty());
}
