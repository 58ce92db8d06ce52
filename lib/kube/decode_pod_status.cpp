#include "kube/decode_kinds.hpp"

namespace salve::kube {
namespace {

Terminated decode_terminated(const Field& terminated) {
    const auto [reason, message, exit_code, signal, started, finished] =
        terminated.get<"reason", "message", "exitCode", "signal", "startedAt", "finishedAt">();
    Terminated made;
    made.reason = reason.text();
    made.message = message.clean();  // the container's own words: its termination log
    made.exit_code = exit_code.number();
    made.signal = signal.maybe_number();
    made.started = started.time();
    made.finished = finished.time();
    return made;
}

ContainerState decode_state(const Field& state) {
    ContainerState made;
    if (!state) return made;
    const auto [waiting, running, terminated] = state.get<"waiting", "running", "terminated">();
    if (waiting) {
        const auto [reason, message] = waiting.get<"reason", "message">();
        made.waiting = Waiting{reason.text(), message.clean()};
    }
    if (running) made.running = Running{running["startedAt"].time()};
    if (terminated) made.terminated = decode_terminated(terminated);
    return made;
}

}  // namespace

ContainerStatus decode_container_status(const Field& status, ContainerStatus::List list, int index) {
    const auto [name, image, image_id, ready, started, restarts, state, last] =
        status.get<"name", "image", "imageID", "ready", "started", "restartCount", "state", "lastState">();
    ContainerStatus made;
    made.name = name.view();
    made.image = image.view();
    made.image_id = image_id.view();
    made.list = list;
    made.index = index;
    made.ready = ready.flag();
    made.started = started.maybe_flag();
    made.restarts = restarts.number();
    made.state = decode_state(state);
    made.last = decode_state(last);
    return made;
}

}  // namespace salve::kube
