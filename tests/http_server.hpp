// A server in a thread of the test: each connection is handed to a script, which answers as badly as it likes. Nothing
// here but drip() waits for a clock: a script that stalls does so until the client has gone or the test is over.
#pragma once
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "io/cancel.hpp"
#include "io/unique_fd.hpp"

namespace salve::test {

// "HTTP/1.1 200 OK" with the body and its length.
inline std::string http_answer(const std::string& body, const std::string& status = "200 OK",
                               const std::string& type = "application/json; charset=utf-8") {
    return "HTTP/1.1 " + status + "\r\nContent-Type: " + type + "\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

// One connection, of which the request was read.
class Peer {
public:
    Peer(int fd, const io::Cancel& over) : fd_(fd), over_(over) { read_request(); }

    std::string head, body;  // the request
    std::string header(const std::string& name) const {
        const auto at = head.find("\r\n" + name + ": ");
        if (at == std::string::npos) return "";
        const auto from = at + name.size() + 4;
        return head.substr(from, head.find("\r\n", from) - from);
    }
    // "POST /api/chat"
    std::string asked() const { return head.substr(0, head.find(" HTTP/")); }

    // False when the client has gone, or the test is over.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            if (!ready(POLLOUT)) return false;
            const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent < 0 && errno != EAGAIN) return false;
            if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    // Until the client goes.
    void stall() {
        std::array<char, 4096> bytes;
        while (ready(POLLIN) && ::recv(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT) > 0) {
        }
    }
    // The same bytes again and again, until the client goes; a moment after each of them.
    void drip(std::string_view bytes, int pause_ms) {
        while (send(bytes)) {
            std::array<pollfd, 2> entries{{{fd_, POLLIN | POLLRDHUP, 0}, {over_.fd(), POLLIN, 0}}};
            if (::poll(entries.data(), entries.size(), pause_ms) != 0) return;
        }
    }

private:
    bool ready(short what) const {
        std::array<pollfd, 2> entries{{{fd_, what, 0}, {over_.fd(), POLLIN, 0}}};
        return ::poll(entries.data(), entries.size(), -1) > 0 && entries[1].revents == 0;
    }
    void read_request() {
        std::size_t end = std::string::npos, length = 0;
        std::string all;
        while (end == std::string::npos || all.size() < end + 4 + length) {
            std::array<char, 4096> bytes;
            if (!ready(POLLIN)) return;
            const auto size = ::recv(fd_, bytes.data(), bytes.size(), 0);
            if (size <= 0) return;
            all.append(bytes.data(), static_cast<std::size_t>(size));
            if (all.front() == '\x16') return;  // somebody wants TLS
            end = all.find("\r\n\r\n");
            if (end == std::string::npos) continue;
            head = all.substr(0, end + 2);
            if (const auto told = header("Content-Length"); !told.empty()) length = std::stoul(told);
        }
        body = all.substr(end + 4);
    }
    int fd_;
    const io::Cancel& over_;
};

class HttpServer {
public:
    using Script = std::function<void(Peer&)>;

    explicit HttpServer(Script script) : script_(std::move(script)) {
        listener_ = io::UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        start(reinterpret_cast<sockaddr*>(&address), sizeof address);
        socklen_t size = sizeof address;
        REQUIRE(::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
        port_ = ntohs(address.sin_port);
    }
    HttpServer(Script script, const std::string& unix_socket) : script_(std::move(script)) {
        listener_ = io::UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        REQUIRE(unix_socket.size() < sizeof address.sun_path);
        std::strcpy(address.sun_path, unix_socket.c_str());
        start(reinterpret_cast<sockaddr*>(&address), sizeof address);
    }
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;
    ~HttpServer() {
        over_.request();
        thread_.join();
    }

    int port() const { return port_; }
    std::string url(const std::string& path = "") const { return "http://127.0.0.1:" + std::to_string(port_) + path; }
    // "POST /api/chat" for each connection so far.
    std::vector<std::string> asked() const {
        const std::lock_guard lock(mutex_);
        return asked_;
    }

private:
    void start(const sockaddr* address, socklen_t size) {
        REQUIRE(listener_);
        REQUIRE(::bind(listener_.get(), address, size) == 0);
        REQUIRE(::listen(listener_.get(), 16) == 0);
        thread_ = std::thread([this] { serve(); });
    }
    void serve() {
        for (;;) {
            std::array<pollfd, 2> entries{{{listener_.get(), POLLIN, 0}, {over_.fd(), POLLIN, 0}}};
            if (::poll(entries.data(), entries.size(), -1) <= 0 || entries[1].revents != 0) return;
            const io::UniqueFd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            if (!connection) continue;
            Peer peer(connection.get(), over_);
            {
                const std::lock_guard lock(mutex_);
                asked_.push_back(peer.asked());
            }
            script_(peer);
            // Not at once: what the client still sends would make the system throw away what it has not read.
            ::shutdown(connection.get(), SHUT_WR);
            peer.stall();
        }
    }
    Script script_;
    io::Cancel over_;
    io::UniqueFd listener_;
    int port_ = 0;
    mutable std::mutex mutex_;
    std::vector<std::string> asked_;
    std::thread thread_;
};

// A port on which nobody listens: it was free a moment ago.
inline int closed_port() {
    int port = 0;
    {
        const HttpServer gone([](Peer&) {});
        port = gone.port();
    }
    return port;
}

inline std::size_t open_descriptors() {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
    return count;
}

}  // namespace salve::test
