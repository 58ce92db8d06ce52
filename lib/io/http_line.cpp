#include "io/http_line.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <exception>

#include "base/error.hpp"
#include "io/curl.hpp"

namespace salve::io {
namespace {

using How = HttpEnd::How;

constexpr std::size_t refusal_cap = 1 << 16;
constexpr long receive_buffer = 512 << 10;  // the most that libcurl takes

// The body on its way: to the sink, or kept as a refusal.
struct Body {
    CURL* easy;
    const Sink& sink;
    std::uint64_t room;
    HttpEnd& end;
    std::exception_ptr thrown;

    bool take(std::string_view bytes) {
        long status = 0;
        ::curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        if (status < 200 || status > 299) {
            auto& kept = end.answer.body;
            kept.append(bytes.substr(0, refusal_cap - kept.size()));
            return kept.size() < refusal_cap;
        }
        const auto fitting = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(room, bytes.size())));
        room -= fitting.size();
        if (!fitting.empty() && !sink(fitting)) return stop(How::stopped);
        return fitting.size() == bytes.size() || stop(How::too_large);
    }
    bool stop(How how) const {
        end.how = how;
        return false;
    }
};

// An exception must not cross libcurl.
std::size_t on_body(char* bytes, std::size_t, std::size_t count, void* body) {
    auto& to = *static_cast<Body*>(body);
    try {
        return to.take({bytes, count}) ? count : CURL_WRITEFUNC_ERROR;
    } catch (...) {
        to.thrown = std::current_exception();
        return CURL_WRITEFUNC_ERROR;
    }
}

long milliseconds(base::Duration duration) { return static_cast<long>(std::max<std::int64_t>(1, duration.us / 1000)); }

// A list says itself where it ends, so the end of a connection may be the end of its body. Without chunks kubectl proxy
// (net/http of Go) makes one write of a piece instead of two, which is about a tenth of the system time of both of us.
long version_of(const LineRequest& request) {
    return request.large_list ? CURL_HTTP_VERSION_1_0 : CURL_HTTP_VERSION_1_1;
}

std::string content_type(CURL* easy) {
    const char* type = nullptr;
    ::curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
    return type ? type : "";
}

// How it ended where neither the sink nor the cap has said it. got_status: the answer had begun.
How how_of(CURLcode code, bool got_status) {
    if (code == CURLE_OK) return How::answered;
    if (code == CURLE_OPERATION_TIMEDOUT) return How::timed_out;
    return got_status ? How::broken : How::silent;
}

}  // namespace

struct HttpLine::Handles {
    CURLM* multi = nullptr;
    CURL* easy = nullptr;
    ~Handles() {
        ::curl_easy_cleanup(easy);
        ::curl_multi_cleanup(multi);
    }

    // False when it was cancelled first.
    bool run(const Cancel* cancel, CURLcode& code) const {
        code = CURLE_FAILED_INIT;
        if (cancel && cancel->requested()) return false;
        ::curl_multi_add_handle(multi, easy);
        int running = 1;
        bool cancelled = false;
        while (running != 0 && !cancelled) {
            if (::curl_multi_perform(multi, &running) != CURLM_OK) break;
            if (running == 0) break;
            curl_waitfd wait{cancel ? cancel->fd() : -1, CURL_WAIT_POLLIN, 0};
            if (::curl_multi_poll(multi, &wait, cancel ? 1 : 0, 1000, nullptr) != CURLM_OK) break;
            cancelled = cancel && cancel->requested();
        }
        int left = 0;
        while (const CURLMsg* message = ::curl_multi_info_read(multi, &left))
            if (message->msg == CURLMSG_DONE) code = message->data.result;
        ::curl_multi_remove_handle(multi, easy);
        return !cancelled;
    }
};

HttpLine::HttpLine(const std::string& socket) : handles_(std::make_unique<Handles>()) {
    start_libcurl();
    auto* easy = handles_->easy = ::curl_easy_init();
    handles_->multi = ::curl_multi_init();
    if (!easy || !handles_->multi) throw base::Error(base::ErrorKind::internal, "libcurl cannot start");
    // The only ones that can fail, and without them it would go elsewhere.
    const bool bound = ::curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, socket.c_str()) == CURLE_OK &&
                       ::curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
                       ::curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http") == CURLE_OK;
    if (!bound) throw base::Error(base::ErrorKind::internal, "libcurl cannot use Unix sockets");
    ::curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    ::curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    ::curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
    ::curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    ::curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, receive_buffer);
    ::curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
}

HttpLine::~HttpLine() = default;

HttpEnd HttpLine::get(const LineRequest& request, const Sink& sink, const HttpBounds& bounds) {
    HttpEnd end;
    auto* easy = handles_->easy;
    Body body{easy, sink, bounds.cap, end, {}};
    const auto url = "http://" + request.host + request.path;
    // Not packed is said as well, or Go's client would ask for gzip of its own accord and unpack it on the way.
    auto* list = ::curl_slist_append(nullptr, request.large_list
                                                  ? "Accept: application/vnd.kubernetes.protobuf, application/json"
                                                  : "Accept: application/json, */*");
    if (!request.packed) list = ::curl_slist_append(list, "Accept-Encoding: identity");
    const std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers(list, ::curl_slist_free_all);
    ::curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, version_of(request));
    ::curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    ::curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
    ::curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, request.packed ? "gzip" : nullptr);
    ::curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, milliseconds(bounds.budget));
    ::curl_easy_setopt(easy, CURLOPT_WRITEDATA, &body);
    end.how = How::answered;
    CURLcode code = CURLE_OK;
    const bool whole = handles_->run(bounds.cancel, code);
    ::curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &end.answer.status);
    end.answer.content_type = content_type(easy);
    ::curl_easy_setopt(easy, CURLOPT_HTTPHEADER, nullptr);
    if (body.thrown) std::rethrow_exception(body.thrown);
    if (!whole) end.how = How::cancelled;
    if (end.how != How::answered) return end;
    // A refusal that is longer than what is kept was cut by us, and is an answer all the same.
    const bool cut_by_us = end.answer.body.size() >= refusal_cap;
    end.how = cut_by_us ? How::answered : how_of(code, end.answer.status != 0);
    return end;
}

}  // namespace salve::io
