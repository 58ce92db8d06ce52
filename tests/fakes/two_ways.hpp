// A cluster of a few paths that answers as a kubectl started for one read does, and as one that is a proxy: what the
// real ones said of the same thing.
#pragma once
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "http_server.hpp"

namespace fakes {

struct Answered {
    const char* path;  // without the query
    int status;
    const char *type, *body;
    const char* words;  // of stderr; null: the body on stdout
};

constexpr const char *json_type = "application/json", *text_type = "text/plain; charset=utf-8";
#define SALVE_STATUS(code, reason, message)                                                                    \
    "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\"message\":\"" message \
    "\",\"reason\":\"" reason "\",\"code\":" #code "}"

constexpr Answered answers[] = {
    {"/version", 200, json_type, R"({"gitVersion":"v1.32.2"})", nullptr},
    {"/api/v1/namespaces/demo/pods", 200, json_type,
     R"({"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[]})", nullptr},
    {"/api/v1/nodes", 403, json_type, SALVE_STATUS(403, "Forbidden", "nodes is forbidden: User cannot list"),
     "Error from server (Forbidden): nodes is forbidden: User cannot list\n"},
    {"/apis/autoscaling/v2/horizontalpodautoscalers", 404, text_type, "404 page not found\n",
     "Error from server (NotFound): the server could not find the requested resource\n"},
    {"/api/v1/namespaces/gone", 404, json_type, SALVE_STATUS(404, "NotFound", "namespaces gone not found"),
     "Error from server (NotFound): namespaces gone not found\n"},
    {"/api/v1/events", 500, text_type, "dial tcp 127.0.0.1:1: connect: connection refused\n",
     "The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?\n"},
    {"/api/v1/services", 401, json_type, SALVE_STATUS(401, "Unauthorized", "Unauthorized"),
     "error: You must be logged in to the server (Unauthorized)\n"},
    {"/apis/apps/v1/deployments", 429, json_type, SALVE_STATUS(429, "TooManyRequests", "too many requests"),
     "Error from server (TooManyRequests): the server has received too many requests\n"},
    {"/api/v1/namespaces/demo/pods/web/log", 200, "text/plain", "2026-11-26T05:00:00Z hello\n", nullptr},
    {"/api/v1/namespaces/demo/pods/new/log", 400, json_type,
     SALVE_STATUS(400, "BadRequest", "previous terminated container app in pod new not found"),
     "Error from server (BadRequest): previous terminated container app in pod new not found\n"},
    {"/api/v1/namespaces/demo/pods/gone/log", 404, json_type, SALVE_STATUS(404, "NotFound", "pods gone not found"),
     "error: error from server (NotFound): pods gone not found in namespace demo\n"},
};
#undef SALVE_STATUS

inline const Answered* answered(const std::string& path) {
    for (const auto& one : answers)
        if (path.substr(0, path.find('?')) == one.path) return &one;
    return nullptr;
}

inline std::string word_after(int argc, char** argv, const std::string& flag) {
    for (int i = 1; i < argc; ++i)
        if (std::strncmp(argv[i], flag.c_str(), flag.size()) == 0) return argv[i] + flag.size();
    return "";
}

// kubectl get --raw=PATH, kubectl logs ... -- POD
inline int read_once(int argc, char** argv) {
    const auto path = std::string(argv[1]) == "get"
                          ? word_after(argc, argv, "--raw=")
                          : "/api/v1/namespaces/demo/pods/" + std::string(argv[argc - 1]) + "/log";
    const auto* one = answered(path);
    if (one == nullptr) return 9;
    std::fputs(one->words ? one->words : one->body, one->words ? stderr : stdout);
    return one->words ? 1 : 0;
}

// kubectl proxy; with SALVE_FAKE_PROXY=dead, mute, other or dies one that does not serve; nor does one that would speak
// HTTP/2 or collect garbage.
inline int serve_all(int argc, char** argv) {
    const auto variable = [](const char* name) {
        const char* value = std::getenv(name);
        return std::string(value ? value : "");
    };
    const auto manner = variable("SALVE_FAKE_PROXY");
    const bool as_wanted =
        variable("DISABLE_HTTP2") == "true" && variable("GOGC") == "off" && variable("GOMEMLIMIT") == "128MiB";
    if (manner == "dead" || !as_wanted) return 1;
    if (manner == "other") std::puts("Please enter Username: ");
    if (manner == "mute" || manner == "other") {
        std::fflush(stdout);
        while (true) ::pause();
    }
    const auto socket = word_after(argc, argv, "--unix-socket=");
    const int listener = listen_at(socket);
    if (listener < 0) return 1;
    std::printf("Starting to serve on %s\n", socket.c_str());
    std::fflush(stdout);
    serve(listener, [&](const HttpQuestion& question) -> HttpReply {
        if (manner == "dies") ::_exit(1);
        const auto* one = answered(question.path);
        if (one == nullptr) return {500, text_type, "?"};
        return {one->status, one->type, one->body};
    });
    return 0;
}

}  // namespace fakes
