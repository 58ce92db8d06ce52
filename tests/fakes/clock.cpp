// Preloaded by the tests of scenarios and of the audit: the wall clock stands at $SALVE_TEST_TIME (microseconds since
// 1970), or goes on and is moved: SALVE_TEST_CLOCK_JUMP=N:SECONDS moves it from its Nth reading on. The clock of the
// boot is SALVE_TEST_UPTIME_AHEAD seconds ahead. The product has no such switch.
#include <dlfcn.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <ctime>

extern "C" int clock_gettime(clockid_t id, struct timespec* now) {
    using Real = int (*)(clockid_t, struct timespec*);
    static const auto real = reinterpret_cast<Real>(dlsym(RTLD_NEXT, "clock_gettime"));
    if (id != CLOCK_REALTIME) {
        const int result = real(id, now);
        if (const char* ahead = std::getenv("SALVE_TEST_UPTIME_AHEAD")) now->tv_sec += std::strtol(ahead, nullptr, 10);
        return result;
    }
    static std::atomic<long> readings{0};
    const char* jump = std::getenv("SALVE_TEST_CLOCK_JUMP");
    const char* colon = jump ? std::strchr(jump, ':') : nullptr;
    const bool moved = colon && ++readings >= std::strtol(jump, nullptr, 10);
    const char* fixed = std::getenv("SALVE_TEST_TIME");
    if (!fixed) {
        const int result = real(id, now);
        if (moved) now->tv_sec += std::strtol(colon + 1, nullptr, 10);
        return result;
    }
    const long microseconds = std::strtol(fixed, nullptr, 10);
    now->tv_sec = microseconds / 1'000'000;
    now->tv_nsec = microseconds % 1'000'000 * 1000;
    return 0;
}
