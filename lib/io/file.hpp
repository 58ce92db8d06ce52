// Whole files: read with a bound, written so that a half-written one never stands under its name.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace salve::io {

// Error(usage) names the file and the reason: missing, not a regular file, larger than max_bytes, unreadable.
std::string read_file(const std::string& path, std::size_t max_bytes);

// SHA-256 of what is left to read of an open file, of any size; nothing where it cannot be read.
std::optional<std::string> digest_of_file(int fd);

// A new file beside `path` that takes its name only when published; otherwise it is removed. Replaces an existing file.
class AtomicFile {
public:
    explicit AtomicFile(std::string path);
    ~AtomicFile();
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;
    // All errors are Error(usage) with the file's name.
    void write(std::string_view bytes);
    void publish();  // flushes to the disk, closes, renames

private:
    [[noreturn]] void fail(const char* what) const;
    std::string path_, temporary_;
    int fd_ = -1;
};

}  // namespace salve::io
