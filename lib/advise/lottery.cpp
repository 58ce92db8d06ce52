#include "advise/lottery.hpp"

#include <algorithm>
#include <string_view>

#include "base/digest.hpp"

namespace salve::advise {

std::uint64_t Lottery::number() {
    const auto digest = base::hmac_sha256(salt_, "advise " + std::to_string(drawn_++));
    return std::stoull(digest.substr(0, 16), nullptr, 16);
}

std::size_t Lottery::below(std::size_t bound) { return static_cast<std::size_t>(number() % bound); }

std::string Lottery::letters(std::size_t count) {
    constexpr std::string_view alphabet = "bcdfghjkmnpqrstvwxz";
    std::string word;
    while (word.size() < count) word += alphabet[below(alphabet.size())];
    return word;
}

std::vector<std::string> Lottery::aliases(std::size_t count) {
    std::vector<std::string> drawn;
    while (drawn.size() < count) {
        const auto one = "A" + std::to_string(10 + below(90));  // at most max_candidates of ninety
        if (std::find(drawn.begin(), drawn.end(), one) == drawn.end()) drawn.push_back(one);
    }
    return drawn;
}

}  // namespace salve::advise
