// Telling a random string from names, paths and ids. Entropy alone cannot: a path of five words has as much as a key.
#include <algorithm>
#include <array>
#include <cmath>

#include "base/redact_rules.hpp"

namespace salve::base::redaction {
namespace {

constexpr std::size_t shortest = 40;
constexpr double least_entropy = 4.2;  // bits a character; random base64 of 40 has about 4.8, random hex at most 4.0

// What a run consists of.
struct Shape {
    std::size_t upper = 0;
    std::size_t lower = 0;
    std::size_t digit = 0;
    std::size_t symbol = 0;
    std::size_t changes = 0;  // neighbours of different classes
    bool hex = true;
    double entropy = 0;
};

Shape shape_of(std::string_view run) {
    Shape shape;
    std::array<std::size_t, 256> seen{};
    char last_class = 0;
    for (char c : run) {
        ++seen[static_cast<unsigned char>(c)];
        char kind = 's';
        if (c >= 'A' && c <= 'Z') kind = 'u';
        if (c >= 'a' && c <= 'z') kind = 'l';
        if (c >= '0' && c <= '9') kind = 'd';
        shape.upper += kind == 'u';
        shape.lower += kind == 'l';
        shape.digit += kind == 'd';
        shape.symbol += kind == 's';
        shape.changes += last_class != 0 && kind != last_class;
        shape.hex = shape.hex && (kind == 'd' || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'));
        last_class = kind;
    }
    for (std::size_t n : seen) {
        if (n == 0) continue;
        const double p = static_cast<double>(n) / static_cast<double>(run.size());
        shape.entropy -= p * std::log2(p);
    }
    return shape;
}

// Base64 changes between upper case, lower case, digits and symbols at two of three neighbours (63%, standard deviation
// 8% over 40 characters); words in camel case or in a path do so at one of three or less. Without both cases, only an
// unbroken run counts.
bool is_base64_secret(std::string_view run) {
    while (!run.empty() && run.back() == '=') run.remove_suffix(1);
    if (run.size() < shortest) return false;
    const Shape shape = shape_of(run);
    if (shape.entropy <= least_entropy || shape.digit == 0) return false;
    const std::size_t neighbours = run.size() - 1;
    if (shape.upper > 0 && shape.lower > 0) return shape.changes * 100 >= neighbours * 42;
    return shape.symbol == 0 && shape.digit >= 4 && shape.changes * 100 >= neighbours * 25;
}

// Hex is judged by its length: 40 is a git sha or SHA-1, 64 a container id or SHA-256, and those must stay readable.
// Runs such as "0000..." carry nothing.
bool is_hex_secret(const Shape& shape, std::size_t size) { return size != 40 && size != 64 && shape.entropy > 3.0; }

// "sha256:", "sha512-" (npm), "SHA256:" (ssh fingerprints): a digest follows.
bool after_digest_name(std::string_view before) {
    static const RE2 name(R"((?i)sha-?(?:1|224|256|384|512)[:=@/ -]$)", RE2::Latin1);
    if (before.empty()) return false;
    const std::string_view end = before.substr(before.size() > 12 ? before.size() - 12 : 0);
    return RE2::PartialMatch(re2::StringPiece(end.data(), end.size()), name);
}

// Does the run stand in a path or a URL? Then each part between slashes is judged alone.
bool in_path(std::string_view before, std::string_view run) {
    if (run.front() == '/') return true;
    return !before.empty() && std::string_view("./~:@%").find(before.back()) != std::string_view::npos;
}

bool is_secret_part(std::string_view part) {
    if (part.size() < shortest) return false;
    const Shape shape = shape_of(part);
    return shape.hex ? is_hex_secret(shape, part.size()) : is_base64_secret(part);
}

}  // namespace

bool is_random(const Match& match) {
    const std::string_view before = match.text.substr(0, match.at);
    std::string_view run = match.value();
    static const RE2 integrity(R"((?i)^sha(?:256|384|512)-)", RE2::Latin1);
    const bool may_be_integrity = run.front() == 's' || run.front() == 'S';
    if (after_digest_name(before) ||
        (may_be_integrity && RE2::PartialMatch(re2::StringPiece(run.data(), run.size()), integrity)))
        return false;
    if (!in_path(before, run)) return is_secret_part(run);
    while (!run.empty()) {
        const std::size_t slash = run.find('/');
        if (is_secret_part(run.substr(0, slash))) return true;
        run = slash == std::string_view::npos ? std::string_view{} : run.substr(slash + 1);
    }
    return false;
}

}  // namespace salve::base::redaction
