#include "kube/sharing.hpp"

namespace salve::kube {

void Sharing::share(Meta& meta) {
    labels_.share(meta.labels);
    annotations_.share(meta.annotations);
    owners_.share(meta.owners);
}

void Sharing::share(Container& container) {
    command_.share(container.command);
    args_.share(container.args);
    ports_.share(container.ports);
    env_.share(container.env);
    env_from_.share(container.env_from);
    requests_.share(container.resources.requests);
    limits_.share(container.resources.limits);
    mounts_.share(container.mounts);
}

void Sharing::share(base::List<Container>& containers, Recent<base::List<Container>>& seen) {
    if (seen.found(containers)) return;  // a change of what is shared already would end that
    for (Container& container : containers) share(container);
    seen.share(containers);
}

void Sharing::share(base::List<Volume>& volumes) {
    if (volumes_.found(volumes)) return;
    for (Volume& volume : volumes) projected_.share(volume.projected);
    volumes_.share(volumes);
}

void Sharing::share(PodSpec& spec) {
    share(spec.init_containers, init_containers_);
    share(spec.containers, containers_);
    share(spec.volumes);
    affinity_.share(spec.pod_affinity);
    affinity_.share(spec.pod_anti_affinity);
    spread_.share(spec.topology_spread);
    tolerations_.share(spec.tolerations);
    secrets_.share(spec.image_pull_secrets);
}

void Sharing::share(PodTemplate& pod_template) {
    labels_.share(pod_template.labels);
    annotations_.share(pod_template.annotations);
    share(pod_template.spec);
}

void Sharing::newest(Resource what, Snapshot& facts) {
    const auto workload = [this](Workload& made) {
        share(made.meta);
        share(made.pod_template);
        if (made.selector) labels_.share(made.selector->match_labels);
    };
    switch (what) {
        case Resource::pods:
            share(facts.pods.back().meta);
            return share(facts.pods.back().spec);
        case Resource::deployments:
            return workload(facts.deployments.back());
        case Resource::replicasets:
            return workload(facts.replica_sets.back());
        case Resource::statefulsets:
            return workload(facts.stateful_sets.back());
        case Resource::jobs:
            share(facts.jobs.back().meta);
            return share(facts.jobs.back().pod_template);
        case Resource::services:
            share(facts.services.back().meta);
            labels_.share(facts.services.back().selector);
            return service_ports_.share(facts.services.back().ports);
        case Resource::endpointslices:
            share(facts.endpoint_slices.back().meta);
            return service_ports_.share(facts.endpoint_slices.back().ports);
        default:
            return;
    }
}

}  // namespace salve::kube
