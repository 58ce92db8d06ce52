// Whole files: read with a bound, written so that a half-written one never stands under its name.
#pragma once
#include <string>
#include <string_view>

namespace salve::io {

// Error(usage) names the file and the reason: missing, not a regular file, larger than max_bytes, unreadable.
std::string read_file(const std::string& path, std::size_t max_bytes);

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

// Publishes a file that is never changed again: written under a temporary name in the same folder, mode 0444, flushed,
// then linked to `name`, which fails if that exists (a rename would overwrite), and the folder flushed. Folder: a path;
// name: without a slash. Error(internal) with the reason; the message starts with the path.
void publish_once(const std::string& folder, const std::string& name, std::string_view bytes);

}  // namespace salve::io
