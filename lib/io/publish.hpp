// Files that appear whole or not at all, in a folder that is held open. Every error is base::Error(audit_unwritable)
// that names the file, the step and the reason; then nothing is left under the name.
#pragma once
#include <string>
#include <string_view>

#include "io/unique_fd.hpp"

namespace salve::io {

// An open folder, and its path for messages.
struct Folder {
    std::string path;
    UniqueFd fd;
};

// All bytes or an error; a short write is continued.
void write_all(int fd, std::string_view bytes, const std::string& name);

// A new file, written, flushed and only then given its name, which must be free: link fails where a rename would
// overwrite. mode: 0444 for what never changes. The folder is flushed as well.
void publish_file(const Folder& folder, const std::string& name, std::string_view bytes, unsigned mode);

// As publish_file, but the descriptor stays open for writing at its end; `prepare` is called with it before the file
// has a name (to lock it), and the file is as long as its bytes.
UniqueFd publish_open(const Folder& folder, const std::string& name, std::string_view bytes, unsigned mode,
                      void (*prepare)(int fd, const std::string& name));

// Takes the place of a file of that name, if there is one. The caller holds a lock: one process at a time.
void replace_file(const Folder& folder, const std::string& name, std::string_view bytes, unsigned mode);

// Gone, and the folder flushed; a file that is not there is no error.
void remove_file(const Folder& folder, const std::string& name);

}  // namespace salve::io
