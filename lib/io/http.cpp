#include "io/http.hpp"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <memory>
#include <mutex>
#include <system_error>

#include "base/error.hpp"
#include "io/curl.hpp"
#include "io/system.hpp"

namespace salve::io {
namespace {

using End = HttpResult::End;

constexpr std::int64_t tick_us = 1'000'000;
constexpr std::int64_t us_in_ms = 1000;

[[noreturn]] void no_client() { throw base::Error(base::ErrorKind::internal, "no HTTP client can be made"); }

struct Closed {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, Closed>;
using Headers = std::unique_ptr<curl_slist, Closed>;

struct MultiClosed {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
using Multi = std::unique_ptr<CURLM, MultiClosed>;

bool is_loopback(const sockaddr* address) {
    if (address->sa_family == AF_UNIX) return true;
    if (address->sa_family == AF_INET) {
        const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
        return (ntohl(v4->sin_addr.s_addr) >> 24) == 127;
    }
    return address->sa_family == AF_INET6 &&
           IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr) != 0;
}

std::int64_t ms_of(std::int64_t us) { return (std::max<std::int64_t>(us, 1) + us_in_ms - 1) / us_in_ms; }

// One request: what libcurl calls back, and the loop that waits for it, for the deadline and for the cancel request.
class Exchange {
public:
    Exchange(const HttpRequest& request, const ByteSink& sink) : request_(request), sink_(sink) {
        start_libcurl();
        easy_.reset(curl_easy_init());
        multi_.reset(curl_multi_init());
        if (!easy_ || !multi_) no_client();
        set_target();
        set_limits();
        set_callbacks();
        if (curl_multi_add_handle(multi_.get(), easy_.get()) != CURLM_OK) no_client();
    }
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;
    ~Exchange() { curl_multi_remove_handle(multi_.get(), easy_.get()); }

    HttpResult operator()() {
        HttpResult result;
        const auto code = wait();
        if (thrown_) std::rethrow_exception(thrown_);
        curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &result.status);
        result.end = end_ ? *end_ : end_of(code);
        if (result.end != End::answered) result.reason = reason_of(result.end, code);
        result.took = {monotonic_us() - start_};
        return result;
    }

private:
    template <typename Value>
    void set(CURLoption option, Value value) {
        if (const auto code = curl_easy_setopt(easy_.get(), option, value); code != CURLE_OK)
            throw base::Error(base::ErrorKind::internal, std::string("HTTP client: ") + curl_easy_strerror(code));
    }

    void set_target() {
        set(CURLOPT_URL, request_.url.c_str());
        set(CURLOPT_PROTOCOLS_STR, "http,https");
        set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
        set(CURLOPT_FOLLOWLOCATION, 0L);
        set(CURLOPT_PROXY, "");  // not even those of the environment
        set(CURLOPT_NOPROXY, "*");
        set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
        set(CURLOPT_FRESH_CONNECT, 1L);
        set(CURLOPT_FORBID_REUSE, 1L);
        set(CURLOPT_USERAGENT, "salve");
        if (!request_.unix_socket.empty()) set(CURLOPT_UNIX_SOCKET_PATH, request_.unix_socket.c_str());
        add_header("Accept: application/json");
        if (request_.json) {
            set(CURLOPT_POST, 1L);
            set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.json->size()));
            set(CURLOPT_POSTFIELDS, request_.json->data());
            add_header("Content-Type: application/json");
            add_header("Expect:");  // no "100 Continue" is waited for
        }
        set(CURLOPT_HTTPHEADER, headers_.get());
    }

    void add_header(const char* line) {
        auto* longer = curl_slist_append(headers_.get(), line);
        if (longer == nullptr) no_client();
        static_cast<void>(headers_.release());  // it is the head of the longer one
        headers_.reset(longer);
    }

    void set_limits() {
        set(CURLOPT_NOSIGNAL, 1L);
        set(CURLOPT_QUICK_EXIT, 1L);  // a resolver that hangs is not waited for
        set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(ms_of(std::min(request_.connect, request_.budget).us)));
    }

    void set_callbacks() {
        set(CURLOPT_WRITEDATA, static_cast<void*>(this));
        set(CURLOPT_WRITEFUNCTION, &Exchange::on_body);
        set(CURLOPT_HEADERDATA, static_cast<void*>(this));
        set(CURLOPT_HEADERFUNCTION, &Exchange::on_header);
        set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
        set(CURLOPT_OPENSOCKETFUNCTION, &Exchange::on_socket);
    }

    static std::size_t on_body(char* bytes, std::size_t, std::size_t size, void* self) {
        return static_cast<Exchange*>(self)->take(std::string_view(bytes, size)) ? size : 0;
    }

    static std::size_t on_header(char*, std::size_t, std::size_t size, void* self) {
        auto& exchange = *static_cast<Exchange*>(self);
        if (size <= exchange.header_left_) {
            exchange.header_left_ -= size;
            return size;
        }
        exchange.end_ = End::too_large;
        return 0;
    }

    static curl_socket_t on_socket(void* self, curlsocktype, curl_sockaddr* address) {
        auto& exchange = *static_cast<Exchange*>(self);
        if (exchange.request_.loopback_only && !is_loopback(&address->addr)) {
            exchange.elsewhere_ = true;
            return CURL_SOCKET_BAD;
        }
        return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    }

    bool take(std::string_view bytes) {
        const auto room = static_cast<std::size_t>(std::min<std::uint64_t>(request_.body_cap - taken_, bytes.size()));
        taken_ += room;
        try {
            if (room > 0 && !sink_(bytes.substr(0, room))) end_ = End::stopped;
        } catch (...) {  // not through the frames of C
            thrown_ = std::current_exception();
            return false;
        }
        if (room < bytes.size() && !end_) end_ = End::too_large;
        return !end_;
    }

    // Until libcurl is done, or end_ says why it is not waited for any longer.
    CURLcode wait() {
        for (;;) {
            int running = 0;
            if (curl_multi_perform(multi_.get(), &running) != CURLM_OK) no_client();
            if (const auto* message = ended(); message != nullptr) return message->data.result;
            const auto now = monotonic_us();
            if (request_.cancel && request_.cancel->requested()) return give_up(End::cancelled);
            tell(now);
            if (now - start_ >= request_.budget.us) return give_up(End::timed_out);
            sleep(std::min(start_ + request_.budget.us, next_tick_) - now);
        }
    }

    CURLcode give_up(End why) {
        end_ = why;
        return CURLE_OK;
    }

    const CURLMsg* ended() const {
        int left = 0;
        const auto* message = curl_multi_info_read(multi_.get(), &left);
        return message != nullptr && message->msg == CURLMSG_DONE ? message : nullptr;
    }

    void tell(std::int64_t now) {
        if (now < next_tick_) return;
        next_tick_ = now + tick_us;
        if (request_.waiting) request_.waiting({now - start_});
    }

    void sleep(std::int64_t us) {
        curl_waitfd cancel{request_.cancel ? request_.cancel->fd() : -1, CURL_WAIT_POLLIN, 0};
        curl_multi_poll(multi_.get(), &cancel, request_.cancel ? 1 : 0, static_cast<int>(ms_of(us)), nullptr);
    }

    End end_of(CURLcode code) const {
        switch (code) {
            case CURLE_OK:
                return End::answered;
            case CURLE_COULDNT_RESOLVE_HOST:
                return End::no_such_host;
            case CURLE_COULDNT_CONNECT:
                return elsewhere_ ? End::not_here : End::unreachable;
            case CURLE_SSL_CONNECT_ERROR:
            case CURLE_PEER_FAILED_VERIFICATION:
            case CURLE_SSL_CACERT_BADFILE:
                return End::unreachable;
            case CURLE_OPERATION_TIMEDOUT:
                return End::timed_out;
            case CURLE_OUT_OF_MEMORY:
                no_client();
            default:
                return End::broken;
        }
    }

    std::string reason_of(End end, CURLcode code) const {
        switch (end) {
            case End::not_here:
                return "its address is not one of this machine";
            case End::timed_out:
                return "time was up";
            case End::too_large:
                return "it is too large";
            case End::stopped:
            case End::cancelled:
                return "nobody wants it any more";
            default:
                break;
        }
        long number = 0;
        if (code == CURLE_COULDNT_CONNECT) curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &number);
        return number != 0 ? std::generic_category().message(static_cast<int>(number)) : curl_easy_strerror(code);
    }

    const HttpRequest& request_;
    const ByteSink& sink_;
    const std::int64_t start_ = monotonic_us();
    std::int64_t next_tick_ = start_ + tick_us;
    std::uint64_t taken_ = 0;
    std::size_t header_left_ = request_.header_cap;
    bool elsewhere_ = false;
    std::optional<End> end_;  // why we stopped it
    std::exception_ptr thrown_;
    Headers headers_;
    Multi multi_;
    Easy easy_;  // the last: it is closed first
};

}  // namespace

HttpResult send_http(const HttpRequest& request, const ByteSink& sink) {
    if (request.cancel && request.cancel->requested()) return {End::cancelled, 0, "nobody wants it any more", {}};
    return Exchange(request, sink)();
}

}  // namespace salve::io
