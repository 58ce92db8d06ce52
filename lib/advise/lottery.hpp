// What a prompt needs of chance, drawn from one random word: SHA-256 of it and a counter.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace salve::advise {

class Lottery {
public:
    explicit Lottery(std::string salt) : salt_(std::move(salt)) {}

    std::uint64_t number();
    std::size_t below(std::size_t bound);    // bound > 0
    std::string letters(std::size_t count);  // consonants: no word comes of them
    // So many of the form A47, each another one.
    std::vector<std::string> aliases(std::size_t count);

    template <typename T>
    void shuffle(std::vector<T>& items) {
        for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
    }

private:
    std::string salt_;
    std::uint64_t drawn_ = 0;
};

}  // namespace salve::advise
