// What a judgement looked for and nobody had read. A large cluster is mostly of objects that no finding needs: they are
// read when somebody asks, and then whatever looked at them is judged anew (kube/watch.hpp). So what was not read has
// changed nothing.
#pragma once
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "kube/resource.hpp"
#include "kube/workload.hpp"

namespace salve::kube {

struct Unread {
    std::set<std::pair<Resource, std::string>> lists;        // kind, namespace (empty: one of the cluster)
    std::map<std::string, const Workload*> replica_sets_of;  // Deployments, by uid; they live in the snapshot
    std::set<std::string> hashes;  // pod-template-hash of pods that a ReplicaSet made of which nothing else is known

    bool empty() const { return lists.empty() && replica_sets_of.empty() && hashes.empty(); }
};

// Where several threads note it at once; it is looked at when they have ended.
class NotedUnread {
public:
    void list(Resource what, std::string_view ns) {
        const std::lock_guard lock(mutex_);
        noted_.lists.emplace(what, ns);
    }
    void replica_sets_of(const Workload& deployment) {
        const std::lock_guard lock(mutex_);
        noted_.replica_sets_of.emplace(deployment.meta.uid, &deployment);
    }
    void hash(const std::string& hash) {
        const std::lock_guard lock(mutex_);
        noted_.hashes.insert(hash);
    }
    const Unread& noted() const { return noted_; }

private:
    std::mutex mutex_;
    Unread noted_;
};

}  // namespace salve::kube
