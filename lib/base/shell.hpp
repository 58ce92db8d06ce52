// Words of a command line as a person pastes them into a shell. Nothing here is ever given to one.
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace salve::base {

// One POSIX shell word: as it is when it has only harmless characters, else in single quotes.
std::string shell_quoted(std::string_view word);

// A whole command that was run, to be pasted: words as shell_quoted() writes them. A word that base::visible() would
// change is written with escapes in $'...' (bash, zsh), so that it stays the same bytes and no control byte is printed.
std::string shell_line(std::span<const std::string> argv);

}  // namespace salve::base
