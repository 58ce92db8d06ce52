// Which kubectl runs: decided once, before the first command.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace salve::io {

struct Program {
    std::string path;      // as found; becomes argv[0], since some programs (k3s, snap) choose by it
    std::string resolved;  // without symbolic links: what was checked and what is executed
};

// word: a bare name, searched in the absolute entries of path_variable (the value of PATH, or empty for the usual
// folders), or an absolute path. The first match that is a regular executable file counts. Symbolic links are followed.
//
// base::Error(kubectl_unavailable) with a hint, in words that differ, if there is none, if the path is relative, if the
// file is not regular or not executable, if it belongs to neither root nor the effective user, or if its group or the
// world may write it (SAFETY 4).
Program find_program(std::string_view word, std::string_view path_variable);

// What the file was when it was first looked at.
struct ProgramIdentity {
    std::uint64_t device = 0, inode = 0;
    std::int64_t changed_us = 0;  // its mtime
    std::string sha256;
};
// Reads the file. Error(kubectl_unavailable).
ProgramIdentity identify(const Program& program);
// Error(kubectl_unavailable) if it is another file now, or was written to: what runs must be what was looked at (F1).
void require_same(const Program& program, const ProgramIdentity& identity);

// The absolute entries of a PATH, in order and joined again; the usual folders if there is none. An empty or relative
// entry would run what lies in the current folder.
std::string absolute_path_entries(std::string_view path_variable);

}  // namespace salve::io
