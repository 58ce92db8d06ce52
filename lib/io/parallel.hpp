// Runs independent tasks on a few threads.
#pragma once
#include <atomic>
#include <exception>
#include <functional>
#include <future>
#include <mutex>
#include <thread>
#include <utility>
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

// Begins a task beside us; where there can be no thread it is done when its result is asked for.
template <typename Task>
auto beside(Task task) {
    return std::async(std::launch::async | std::launch::deferred, std::move(task));
}

}  // namespace salve::io
