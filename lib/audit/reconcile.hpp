// What became of a change whose answer was lost: decided from the object as it is now (SAFETY 1.4). Reads only.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "audit/record.hpp"
#include "base/time.hpp"

namespace salve::audit {

// An intent as a record or journal has it (the `step` of run.schema.json), as far as recovery needs it.
struct Intent {
    int ordinal = 1;
    diagnose::Subject target;
    std::optional<Time> at;
    std::optional<std::int64_t> timeout_ms;
    std::string uid;  // that the change was for
    std::optional<std::int64_t> generation;
    std::string marker;
    bool deletes = false;  // the patch is null: the object was to go
    bool creates = false;  // the target is a Job that was to be made; no Job is ever deleted
    bool ended = false;    // its outcome is known
};

// The steps of a document in their order. A field that is not there, or wrong, is left empty: less is concluded then.
// An ordinal that is none is the place in the list.
std::vector<Intent> intents(const nlohmann::json& document);

// What a read of the target gave. object is null when the server says that there is none.
struct Observed {
    bool read = false;  // false: it could not be read, and nothing follows
    std::string why;    // why not
    const nlohmann::json* object = nullptr;
};

// The moment of the question. The wall clock may have been set forward since the request was sent, and says then that
// more time has passed than has; where the machine was not booted meanwhile, the monotonic clock knows. With the boot
// the request's client is dead, and on another machine there is no clock but the wall's.
struct Asked {
    Time now;
    bool same_boot = false;                     // as the run that sent it
    std::optional<std::int64_t> since_sent_us;  // in the same boot, by the monotonic clock; nothing: it is not known
};

// applied: the marker of this step is on the object, or, for a step that sets none, salve is named in its managed
// fields with a later time; or the object that was to go is gone. not_applied: it is the same object at the same
// generation, nothing by salve is on it since then, and the request can no longer arrive (intent + its timeout + 30 s:
// our death does not stop kubectl), by every clock that can tell. undetermined: anything else, and everything of an
// object whose uid is not known on both sides. The reason is one sentence.
ReconciledStep reconcile(const Intent& intent, const Observed& observed, const Asked& asked);

// When not_applied may first be concluded, by the wall clock as it stands now: never where it is not known when the
// request was sent, and for how long.
std::optional<Time> settled_from(const Intent& intent, const Asked& asked);

// What identifies the object as it is.
ObjectState object_state(const nlohmann::json& object);

inline constexpr std::string_view marker_annotation = "salve/run";
inline constexpr std::string_view field_manager = "salve";

}  // namespace salve::audit
