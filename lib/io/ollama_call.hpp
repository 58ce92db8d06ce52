// One request to an Ollama server, with words for everything that can go wrong on the way.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "advise/endpoint.hpp"
#include "advise/ollama_reply.hpp"
#include "base/time.hpp"
#include "io/cancel.hpp"

namespace salve::io {

struct OllamaServer {
    advise::Endpoint endpoint;  // checked; one that is loopback stays so, whatever its name resolves to
    base::Duration connect = base::seconds(5);
    const Cancel* cancel = nullptr;
};

// body: that of a POST; nothing: a GET. waiting: called about once a second. An answer with any status is a reply, an
// answer that did not arrive whole is none. Throws only Interrupted.
advise::ollama::Read<advise::ollama::Reply> call_ollama(const OllamaServer& server, const std::string& path,
                                                        const std::optional<std::string>& body, base::Duration budget,
                                                        const std::function<void(base::Duration)>& waiting = {});

}  // namespace salve::io
