#include "kube/decode_kinds.hpp"

namespace salve::kube {
namespace {

// The first of the times that is there.
Time first_of(std::initializer_list<std::optional<Time>> times, Time otherwise) {
    for (const auto& time : times)
        if (time) return *time;
    return otherwise;
}

// TAXONOMY 0.4: what client-go's event correlator puts before the message of an aggregated event.
std::string without_prefix(std::string message) {
    constexpr std::string_view combined = "(combined from similar events): ";
    if (message.starts_with(combined)) message.erase(0, combined.size());
    return message;
}

ObjectRef decode_reference(const Field& reference) {
    const auto [api_version, kind, ns, name, uid] = reference.get<"apiVersion", "kind", "namespace", "name", "uid">();
    return {api_version.text(), kind.text(), ns.text(), name.text(), uid.text()};
}

}  // namespace

// core/v1. Events of the newer client leave firstTimestamp, lastTimestamp and count null and use eventTime and series
// (TAXONOMY 0.4).
Event decode_event(const Field& object, const TypeMeta& type) {
    const auto [about, event_type, reason, message, reporter, source, series, time, oldest, newest, count] =
        object.get<"involvedObject", "type", "reason", "message", "reportingComponent", "source", "series", "eventTime",
                   "firstTimestamp", "lastTimestamp", "count">();
    const auto [last_observed, observed] = series.get<"lastObservedTime", "count">();
    const auto reported_by = reporter.text();
    const auto at = time.time(), first = oldest.time(), last = newest.time();
    Event made;
    made.meta = decode_meta(object, type);
    made.about = decode_reference(about);
    made.field_path = about["fieldPath"].text();
    made.type = event_type.text();
    made.reason = reason.text();
    made.message = without_prefix(message.clean());
    made.component = source["component"].text();
    if (made.component.empty()) made.component = reported_by;
    made.first = first_of({first, at}, made.meta.created);
    made.last = first_of({last_observed.time(), last, at}, made.meta.created);
    made.count = observed.maybe_number().value_or(count.maybe_number().value_or(1));
    return made;
}

}  // namespace salve::kube
