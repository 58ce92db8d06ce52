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
    return {reference["apiVersion"].text(), reference["kind"].text(), reference["namespace"].text(),
            reference["name"].text(), reference["uid"].text()};
}

}  // namespace

// core/v1. Events of the newer client leave firstTimestamp, lastTimestamp and count null and use eventTime and series
// (TAXONOMY 0.4).
Event decode_event(const Field& object, const TypeMeta& type) {
    Event made;
    made.meta = decode_meta(object, type);
    made.about = decode_reference(object["involvedObject"]);
    made.field_path = object["involvedObject"]["fieldPath"].text();
    made.type = object["type"].text();
    made.reason = object["reason"].text();
    made.message = without_prefix(object["message"].clean());
    const std::string reporter = object["reportingComponent"].text();
    made.component = object["source"]["component"].text();
    if (made.component.empty()) made.component = reporter;
    const Field series = object["series"];
    const auto time = object["eventTime"].time(), oldest = object["firstTimestamp"].time(),
               newest = object["lastTimestamp"].time();
    made.first = first_of({oldest, time}, made.meta.created);
    made.last = first_of({series["lastObservedTime"].time(), newest, time}, made.meta.created);
    const auto count = object["count"].maybe_number();
    made.count = series["count"].maybe_number().value_or(count.value_or(1));
    return made;
}

}  // namespace salve::kube
