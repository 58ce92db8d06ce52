// Runs independent tasks on a few threads.
#pragma once
#include <atomic>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace salve::io {

// Calls task(0) .. task(count-1), at most `width` at a time, in that order of starting. The first exception stops
// further starts and is thrown again when the running tasks have ended.
inline void run_parallel(std::size_t count, unsigned width, const std::function<void(std::size_t)>& task) {
    std::atomic<std::size_t> next{0};
    std::exception_ptr failure;
    std::mutex mutex;
    const auto work = [&] {
        for (std::size_t at = next++; at < count; at = next++) {
            try {
                task(at);
            } catch (...) {
                const std::lock_guard lock(mutex);
                if (!failure) failure = std::current_exception();
                next = count;
            }
        }
    };
    std::vector<std::jthread> threads;
    for (unsigned i = 1; i < width && i < count; ++i) threads.emplace_back(work);
    work();
    threads.clear();
    if (failure) std::rethrow_exception(failure);
}

}  // namespace salve::io
