// A disk that is full at a chosen size of a file, for this process and as long as this object lives.
#pragma once
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>

namespace salve::test {

class LimitFileSize {
public:
    explicit LimitFileSize(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
        REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
        const rlimit limit{bytes, before_.rlim_max};
        REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
    }
    ~LimitFileSize() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }
    LimitFileSize(const LimitFileSize&) = delete;
    LimitFileSize& operator=(const LimitFileSize&) = delete;

private:
    rlimit before_{};
    void (*handler_)(int);
};

}  // namespace salve::test
