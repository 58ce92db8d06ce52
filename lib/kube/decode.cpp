#include "kube/decode.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "kube/decode_kinds.hpp"
#include "kube/managed_fields.hpp"
#include "kube/proto/schema.hpp"
#include "kube/scope_check.hpp"

namespace salve::kube {
namespace {

// Decodes into the vector unless the object does not belong there.
template <typename Fact, typename Decode>
std::optional<std::string> append(const Asked& asked, const Field& object, const TypeMeta& type,
                                  std::vector<Fact>& into, Decode decode) {
    Fact fact = decode(object, type);
    auto mismatch = scope_mismatch(asked, fact.meta);
    if (!mismatch) into.push_back(std::move(fact));
    return mismatch;
}

// One line for each kind: longer than a function should be, and plainer than any table.
// NOLINTNEXTLINE(readability-function-size)
std::optional<std::string> dispatch(const Asked& asked, const Field& object, const TypeMeta& type, Snapshot& into) {
    using R = Resource;
    const auto to = [&](auto& list, auto decode) { return append(asked, object, type, list, decode); };
    const auto as_asked = [&](auto decode) {
        return [&asked, decode](const Field& one, const TypeMeta& its_type) { return decode(one, its_type, asked); };
    };
    switch (asked.what) {
        case R::namespaces:
            return to(into.namespaces, decode_namespace);
        case R::pods:
            return to(into.pods, asked.lean ? decode_lean_pod : decode_pod);
        case R::events:
            return to(into.events, decode_event);
        case R::deployments:
            return to(into.deployments, as_asked(decode_workload));
        case R::replicasets:
            return to(into.replica_sets, as_asked(decode_workload));
        case R::statefulsets:
            return to(into.stateful_sets, as_asked(decode_workload));
        case R::daemonsets:
            return to(into.daemon_sets, as_asked(decode_workload));
        case R::jobs:
            return to(into.jobs, as_asked(decode_job));
        case R::cronjobs:
            return to(into.cron_jobs, as_asked(decode_cron_job));
        case R::services:
            return to(into.services, decode_service);
        case R::endpointslices:
            return to(into.endpoint_slices, decode_endpoint_slice);
        case R::persistentvolumeclaims:
            return to(into.claims, decode_claim);
        case R::resourcequotas:
            return to(into.quotas, decode_quota);
        case R::limitranges:
            return to(into.limit_ranges, decode_limit_range);
        case R::serviceaccounts:
            return to(into.service_accounts, decode_service_account);
        case R::ingresses:
            return to(into.ingresses, decode_ingress);
        case R::networkpolicies:
            return to(into.network_policies, decode_network_policy);
        case R::horizontalpodautoscalers:
            return to(into.autoscalers, decode_autoscaler);
        case R::poddisruptionbudgets:
            return to(into.budgets, decode_budget);
        case R::nodes:
            return to(into.nodes, decode_node);
        case R::persistentvolumes:
            return to(into.volumes, decode_volume_object);
        case R::storageclasses:
            return to(into.storage_classes, decode_storage_class);
        case R::ingressclasses:
            return to(into.ingress_classes, decode_ingress_class);
        case R::validatingwebhookconfigurations:
        case R::mutatingwebhookconfigurations:
            return to(into.webhooks, decode_webhooks);
        case R::apiservices:
            return to(into.api_services, decode_api_service);
        case R::leases:
            return to(into.leases, decode_lease);
        case R::controllerrevisions:
            return to(into.revisions, decode_revision);
        case R::logs:
            break;
    }
    throw base::Error(base::ErrorKind::internal, "logs are not decoded as objects");
}

}  // namespace

std::string api_version(Resource resource, std::size_t version_index) {
    const ResourceInfo& row = info(resource);
    const std::string_view version = row.versions.at(version_index);
    return row.group.empty() ? std::string(version) : fmt::format("{}/{}", row.group, version);
}

simdjson::dom::element Decoder::parse(const ResourceInfo& row, std::string_view item) {
    buffer_.reserve(item.size() + simdjson::SIMDJSON_PADDING);
    buffer_.clear();
    append_without_managed_fields(item, buffer_);
    simdjson::dom::element root;
    const auto error = parser_.parse(buffer_.data(), buffer_.size(), false).get(root);
    if (error != simdjson::SUCCESS)
        throw base::Error(base::ErrorKind::cluster_unreadable,
                          fmt::format("{}: an object is not JSON: {}", row.plural, simdjson::error_message(error)));
    return root;
}

std::optional<std::string> Decoder::add(const Asked& asked, std::string_view item, Snapshot& into, Form form) try {
    const ResourceInfo& row = info(asked.what);
    context_.restart(row.plural);
    if (form == Form::json) return add(asked, Field(context_, parse(row, item)), into);
    const auto* message = proto::message_of(asked.what);
    if (message == nullptr) throw base::Error(base::ErrorKind::internal, fmt::format("{} have no schema", row.plural));
    const proto::Member object(0, row.kind, *message);
    return add(asked, Field(context_, proto::root(object, item)), into);
} catch (const proto::Malformed& error) {
    throw base::Error(base::ErrorKind::cluster_unreadable,
                      fmt::format("{}: an object is no protocol buffer: {}", info(asked.what).plural, error.what()));
}

std::optional<std::string> Decoder::add(const Asked& asked, const Field& object, Snapshot& into) {
    const ResourceInfo& row = info(asked.what);
    if (!object) object.fail("is null");
    const auto [metadata, api_version, kind] = object.get<"metadata", "apiVersion", "kind">();
    const auto name = metadata["name"].view();
    context_.set_name(name);
    TypeMeta type{api_version.view(), kind.view()};
    if (type.api_version.empty()) type.api_version = asked.api_version;
    if (type.kind.empty()) type.kind = row.kind;
    auto mismatch = dispatch(asked, object, type, into);
    if (mismatch) *mismatch = fmt::format("{} \"{}\": {}", row.plural, name, *mismatch);
    return mismatch;
}

}  // namespace salve::kube
