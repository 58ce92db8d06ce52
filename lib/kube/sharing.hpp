// Facts that are alike, kept once: the pods of one workload have the same labels, owner and containers, and stand next
// to each other in a list.
#pragma once
#include <array>
#include <cstddef>

#include "kube/snapshot.hpp"

namespace salve::kube {

// The different values that were seen last. Few, so that looking them through costs less than what is saved.
template <typename T>
class Recent {
public:
    // Afterwards value is as before, and shares its memory with an equal one that was seen lately.
    void share(T& value) {
        if (!found(value)) seen_[next_++ % seen_.size()] = value;
    }
    // The same, where there is such a one, or nothing to share; else false.
    bool found(T& value) const {
        if (value.empty()) return true;
        for (std::size_t back = 1; back <= seen_.size(); ++back)
            if (const T& one = seen_[(next_ - back) % seen_.size()]; one == value) {
                value = one;
                return true;
            }
        return false;
    }

private:
    std::array<T, 8> seen_;
    std::size_t next_ = 0;
};

// For the objects of one list, in their order. Changes no fact's value.
class Sharing {
public:
    // Of the object that was appended last; of a kind that seldom comes in numbers nothing.
    void newest(Resource what, Snapshot& facts);

private:
    void share(Meta& meta);
    void share(Container& container);
    void share(base::List<Container>& containers, Recent<base::List<Container>>& seen);
    void share(base::List<Volume>& volumes);
    void share(PodSpec& spec);
    void share(PodTemplate& pod_template);

    Recent<base::TextMap> labels_, annotations_, requests_, limits_;
    Recent<base::List<OwnerReference>> owners_;
    Recent<base::List<Container>> init_containers_, containers_;
    Recent<base::List<std::string>> command_, args_, secrets_;
    Recent<base::List<ContainerPort>> ports_;
    Recent<base::List<EnvVar>> env_;
    Recent<base::List<EnvFrom>> env_from_;
    Recent<base::List<VolumeMount>> mounts_;
    Recent<base::List<Volume>> projected_, volumes_;
    Recent<base::List<PodAffinityTerm>> affinity_;
    Recent<base::List<TopologySpread>> spread_;
    Recent<base::List<Toleration>> tolerations_;
    Recent<base::List<ServicePort>> service_ports_;
};

}  // namespace salve::kube
