#include "kube/near_server.hpp"

#include <doctest/doctest.h>

#include <string>

using salve::kube::is_near;

TEST_CASE("a server on this machine or in a private network is near") {
    for (const char* url :
         {"https://127.0.0.1:6443", "https://localhost:6443", "https://LOCALHOST", "https://[::1]:6443/",
          "https://10.0.0.1", "https://172.16.0.1:443", "https://172.31.255.255",
          "https://192.168.1.1/k8s/clusters/c-1", "http://169.254.1.1", "https://[fd00::1]:6443", "https://[fe80::1]",
          "https://kubernetes.default.svc.cluster.local", "https://api.cluster.internal:6443", "https://master:6443",
          "https://user@10.1.2.3:6443"}) {
        CAPTURE(url);
        CHECK(is_near(url));
    }
}

TEST_CASE("any other is far, and so is what is no URL") {
    for (const char* url : {"https://8.8.8.8",
                            "https://172.15.0.1",
                            "https://172.32.0.1",
                            "https://192.169.0.1",
                            "https://11.0.0.1",
                            "https://api.example.com:6443",
                            "https://10.0.0.1.example.com",
                            "https://10.0.0",
                            "https://10.0.0.256",
                            "https://10.0.0.1.",
                            "https://[2001:db8::1]:6443",
                            "https://localhost.example.com",
                            "",
                            "10.0.0.1",
                            "https://",
                            "https://[",
                            "https://]",
                            "https://:6443",
                            "https://a.local.example.com",
                            "https://10.0.0.1@example.com/"}) {
        CAPTURE(url);
        CHECK_FALSE(is_near(url));
    }
    CHECK_FALSE(is_near(std::string("https://\0\xff.com", 14)));
}
