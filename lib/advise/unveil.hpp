// What hides words from whoever looks for them, and the words without it. All of it is total and linear.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace salve::advise {

// Why the text hides something by characters that nobody sees or that look like others: bidirectional controls,
// zero-width and tag characters, words of mixed alphabets. Nothing where it does not.
std::optional<std::string> hiding(std::string_view text);

// Full-width, mathematical and accented Latin letters as plain ones.
std::string latin_of(std::string_view text);

// Everything but letters, digits and the marks ' ! , ; : % as one blank: "ignore_previous-rules" is three words.
std::string spaced(std::string_view text);

// Letters that stand alone one after the other, at least six of them, as a word.
std::string joined_letters(std::string_view text);

// The readable texts within: of base64 and hex words, and the whole text where it is URL-encoded. At most eight.
std::vector<std::string> decoded(std::string_view text);

// Does it hold base64 or hex of a readable text of several words?
bool encoded_text(std::string_view text);

}  // namespace salve::advise
