// A text of the cluster without what only it could say (SAFETY 6.4, 2): numbers, ids, addresses, URLs, paths and quoted
// parts become placeholders. What is left tells what kind of thing happened.
#pragma once
#include <string>
#include <string_view>

namespace salve::advise {

enum class Numbers {
    keep,  // of a status or condition: exit codes and counts, which the kubelet or the server wrote
    hide,  // of everything that a workload may write
};

// Code points that stand for names (names.hpp) are left alone, also within quotes. Total; the result is valid UTF-8.
std::string plain(std::string_view marked, Numbers numbers);

// Cut to what a prompt takes of one text (SAFETY: 200 characters), on one line, without anything invisible.
std::string shortened(std::string_view text);

inline constexpr std::size_t max_text = 200;

}  // namespace salve::advise
