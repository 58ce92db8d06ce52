#include "advise/endpoint.hpp"
#include "advise/ollama_reply.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "targets.hpp"

namespace salve::fuzz {
namespace {

namespace ollama = advise::ollama;

const ollama::Options options{"salve-tiny", 2048, 50};
const std::string digest = "fd37fc74c6f84cd0584f26d548ccf288730adf71a712b280f69b231085124000";
constexpr std::size_t question_bytes = 100;

void may_be_shown(const std::string& failure) {
    require(!failure.empty() && failure.size() <= ollama::most_failure_bytes, "a failure is told in a sentence");
    require(base::visible(failure) == failure, "a failure is told in visible text");
}

template <typename T>
void one_of_both(const ollama::Read<T>& read) {
    require(read.value.has_value() == read.failure.empty(), "there is a value, or a reason why not");
    if (!read.value) may_be_shown(read.failure);
}

void what_is_of_use_is_whole(const ollama::Chat& chat) {
    for (const bool remote : {false, true}) {
        const auto fault = ollama::fault_of(chat, options, question_bytes, remote);
        if (!fault.empty()) {
            may_be_shown(ollama::failure_text(fault));
            continue;
        }
        require(chat.done && chat.done_reason == "stop" && !base::trim(chat.content).empty(), "an answer has an end");
        require(chat.prompt_tokens >= 12 && chat.prompt_tokens <= 1998, "the question was read, and left room");
        require(remote || !chat.remote, "an answer comes from here");
        require(chat.load_us >= 0 && chat.answer_tokens >= -1, "nothing is counted below nothing");
    }
}

void an_endpoint_stays_here(std::string_view text) try {
    const auto endpoint = advise::parse_endpoint(text, false);
    require(endpoint.loopback, "what is not allowed elsewhere is here");
    require(advise::parse_endpoint(to_text(endpoint), false) == endpoint, "an endpoint reads back");
} catch (const base::Error& error) {
    require(error.kind() == base::ErrorKind::usage, "what is no endpoint is a mistake of the user");
}

}  // namespace

// Any bytes as each of the answers of a server.
void ollama_reply(std::string_view bytes) {
    for (const long status : {200L, 404L}) {
        const ollama::Reply reply{status, std::string(bytes)};
        one_of_both(ollama::read_version(reply));
        one_of_both(ollama::read_listed(reply, "salve-tiny"));
        one_of_both(ollama::read_shown(reply));
        one_of_both(ollama::read_preloaded(reply));
        one_of_both(ollama::read_window(reply, digest));
        const auto chat = ollama::read_chat(reply);
        one_of_both(chat);
        if (chat.value) what_is_of_use_is_whole(*chat.value);
    }
    an_endpoint_stays_here(bytes);
}

}  // namespace salve::fuzz

SALVE_FUZZ_TARGET(ollama_reply)
