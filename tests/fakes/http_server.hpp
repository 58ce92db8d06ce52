// An HTTP server on a Unix socket, as small as the tests need it: GET without a body, connections that are kept.
#pragma once
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <string>
#include <thread>

namespace fakes {

struct HttpReply {
    int status = 200;
    std::string type = "application/json", body;
};
struct HttpQuestion {
    std::string method, path, host;
};
using HttpHandler = std::function<HttpReply(const HttpQuestion&)>;

inline bool send_all(int fd, const std::string& text) {
    std::size_t done = 0;
    while (done < text.size()) {
        const auto count = ::send(fd, text.data() + done, text.size() - done, MSG_NOSIGNAL);
        if (count <= 0) return false;
        done += static_cast<std::size_t>(count);
    }
    return true;
}

// Waits so many milliseconds, or until nobody can write to our standard input any more: who started us is gone.
inline bool has_hung_up(int milliseconds) {
    pollfd input{0, 0, 0};
    return ::poll(&input, 1, milliseconds) > 0 && (input.revents & POLLHUP) != 0;
}

// The listening socket at that path, or -1. Its folder is waited for a moment: a real kubectl needs longer to start
// than we do.
inline int listen_at(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return -1;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    const auto mask = ::umask(0077);
    int bound = -1;
    for (int tries = 0; tries < 500 && bound != 0; ++tries) {
        bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
        if (bound != 0 && errno != ENOENT) break;
        if (bound != 0 && has_hung_up(2)) break;
    }
    ::umask(mask);
    return bound == 0 && ::listen(fd, 64) == 0 ? fd : -1;
}

// The next request of a connection, without its end; empty at the end of the connection.
inline std::string next_request(int fd, std::string& unread) {
    std::size_t end = 0;
    while ((end = unread.find("\r\n\r\n")) == std::string::npos) {
        char buffer[4096];
        const auto count = ::recv(fd, buffer, sizeof buffer, 0);
        if (count <= 0) return "";
        unread.append(buffer, static_cast<std::size_t>(count));
    }
    auto request = unread.substr(0, end + 2);
    unread.erase(0, end + 4);
    return request;
}

inline std::string header(const std::string& request, const std::string& name) {
    const auto at = request.find("\r\n" + name + ": ");
    if (at == std::string::npos) return "";
    const auto from = at + name.size() + 4;
    return request.substr(from, request.find("\r\n", from) - from);
}

inline void serve_connection(int fd, const HttpHandler& handler) {
    std::string unread;
    for (auto request = next_request(fd, unread); !request.empty(); request = next_request(fd, unread)) {
        const auto space = request.find(' '), second = request.find(' ', space + 1);
        const auto reply =
            handler({request.substr(0, space), request.substr(space + 1, second - space - 1), header(request, "Host")});
        const auto head = "HTTP/1.1 " + std::to_string(reply.status) + " X\r\nContent-Type: " + reply.type +
                          "\r\nContent-Length: " + std::to_string(reply.body.size()) + "\r\n\r\n";
        if (!send_all(fd, head + reply.body)) break;
    }
    ::close(fd);
}

// For ever.
inline void serve(int listener, const HttpHandler& handler) {
    while (true) {
        const int fd = ::accept(listener, nullptr, nullptr);
        if (fd >= 0) std::thread(serve_connection, fd, handler).detach();
    }
}

}  // namespace fakes
