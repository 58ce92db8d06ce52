// What `salve doctor` has found out. An error is text for people, not escaped; empty where there is none.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "kube/can_i.hpp"
#include "kube/outcome.hpp"
#include "kube/rights.hpp"

namespace salve::report::doctor {

struct Configuration {
    std::string file;  // empty: there is none, and the defaults hold
    std::string error;
    bool writable_by_others = false;
};

struct Kubectl {
    std::string path, resolved, sha256, platform;  // platform: of this machine, "linux/amd64"
    unsigned mode = 0;
    std::string error, hint;  // why it was refused
    std::string version;      // "v1.32.4"; empty where it does not tell
    std::string version_error;
    bool slow = false;  // it was not done when time was up: that says nothing about it
};

struct Kubeconfig {
    std::string error;
    bool no_such_context = false;
    std::string file;                  // where one was named with --kubeconfig
    std::string context, ns, server;   // context empty: inside a pod
    std::vector<std::string> exposed;  // files with credentials that others may read
};

struct Cluster {
    kube::Outcome reached;  // of the read of its version
    std::string version;
    kube::Outcome identity;  // of the read of the kube-system uid
    std::string uid;
    std::string user, user_error;           // who the server thinks we are
    std::optional<base::Time> server_time;  // of that answer, to the second
    base::Time asked, answered;             // our clock before and after it
};

struct AskedRight {
    kube::Right right;
    kube::Answer answer;
    bool asked = true;  // false: time was up
};

struct Namespace {
    std::string name;
    kube::Failure found = kube::Failure::none;  // of the read of the namespace itself
    std::vector<AskedRight> reading, changing;
};

struct Remediation {
    bool enabled = false;
    std::vector<std::string> namespaces;
};

struct Runs {
    std::string path;
    bool exists = false;
    std::string fault;  // is a link, is no folder, cannot be looked at
    bool ours = true, writable = true, others_write = false, group_writes = false;
    unsigned mode = 0;
    std::string parent;  // the folder in which it would be made
    bool parent_writable = true;
    std::string journal_fault;  // of .journal: as fault, or why nothing can be written there
    bool lock_tried = false;    // the only thing that is written
    std::string lock_fault;
    std::vector<std::string> alive, dead;  // run ids of the journals
    std::string journals_error;
    std::int64_t records = 0, proven = 0;  // the newest `proven` of them
    std::string chain_fault;
    std::string key_file, key_error;  // of the key that signs records
};

struct Advisor {
    std::string endpoint, model;  // endpoint empty: it was refused, and nothing was asked
    bool loopback = true, tls = false, allow_remote = false;
    std::int64_t num_ctx = 0;    // tokens, as configured
    std::string endpoint_fault;  // why it was refused
    std::string version, version_fault;
    std::string digest, model_fault;  // why it cannot be asked
    std::string remote;               // who runs it, if not this server
    std::int64_t window = 0;          // tokens, of the model itself; 0: not told
};

struct Facts {
    Configuration configuration;
    Kubectl kubectl;
    std::optional<Kubeconfig> kubeconfig;
    std::optional<Cluster> cluster;
    std::vector<Namespace> namespaces;
    std::vector<AskedRight> cluster_reading;
    Remediation remediation;
    std::optional<Runs> runs;
    std::optional<Advisor> advisor;  // nothing: none is configured
};

}  // namespace salve::report::doctor
