// The API server's own refusals, read without kubectl: what came over HTTP becomes what kubectl would have said, so
// that both ways of reading leave the same line in the ledger.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "kube/outcome.hpp"

namespace salve::kube {

struct HttpAnswer {
    long status = 0;
    std::string content_type;
    std::string body;  // its first part is enough; a Status is short
};

// The outcome of a GET that was not answered with 2xx. Nothing where only kubectl itself knows the words: no
// connection, credentials, throttling (which it waits out), an answer that is no Status. log: kubectl looks at the pod
// before it asks for its log, so that only what the kubelet says of the log itself is the same.
std::optional<Outcome> outcome_of_answer(const HttpAnswer& answer, bool log);

}  // namespace salve::kube
