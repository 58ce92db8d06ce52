// Preloaded by the scenario tests: the wall clock stands at $SALVE_TEST_TIME (microseconds since 1970). The product has
// no such switch.
#include <dlfcn.h>

#include <cstdlib>
#include <ctime>

extern "C" int clock_gettime(clockid_t id, struct timespec* now) {
    using Real = int (*)(clockid_t, struct timespec*);
    static const auto real = reinterpret_cast<Real>(dlsym(RTLD_NEXT, "clock_gettime"));
    const char* fixed = std::getenv("SALVE_TEST_TIME");
    if (id != CLOCK_REALTIME || !fixed) return real(id, now);
    const long microseconds = std::strtol(fixed, nullptr, 10);
    now->tv_sec = microseconds / 1'000'000;
    now->tv_nsec = microseconds % 1'000'000 * 1000;
    return 0;
}
