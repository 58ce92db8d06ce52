#include "kube/decode_kinds.hpp"

namespace salve::kube {
namespace {

Terminated decode_terminated(const Field& terminated) {
    Terminated made;
    made.reason = terminated["reason"].text();
    made.message = terminated["message"].clean();  // the container's own words: its termination log
    made.exit_code = terminated["exitCode"].number();
    made.signal = terminated["signal"].maybe_number();
    made.started = terminated["startedAt"].time();
    made.finished = terminated["finishedAt"].time();
    return made;
}

ContainerState decode_state(const Field& state) {
    ContainerState made;
    if (const Field waiting = state["waiting"])
        made.waiting = Waiting{waiting["reason"].text(), waiting["message"].clean()};
    if (const Field running = state["running"]) made.running = Running{running["startedAt"].time()};
    if (const Field terminated = state["terminated"]) made.terminated = decode_terminated(terminated);
    return made;
}

}  // namespace

ContainerStatus decode_container_status(const Field& status, ContainerStatus::List list, int index) {
    ContainerStatus made;
    made.name = status["name"].text();
    made.image = status["image"].view();
    made.image_id = status["imageID"].view();
    made.list = list;
    made.index = index;
    made.ready = status["ready"].flag();
    made.started = status["started"].maybe_flag();
    made.restarts = status["restartCount"].number();
    made.state = decode_state(status["state"]);
    made.last = decode_state(status["lastState"]);
    return made;
}

}  // namespace salve::kube
