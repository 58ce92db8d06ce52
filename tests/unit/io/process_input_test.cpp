// The standard input of a child: whole, sealed, and never a reason to wait.
#include <doctest/doctest.h>

#include "base/digest.hpp"
#include "io/process.hpp"

using namespace salve;
using namespace salve::io;

namespace {

struct Ran {
    ProcessResult result;
    std::string out;
    int code() const {
        const auto* end = std::get_if<Exited>(&result.end);
        return end == nullptr ? -1 : end->code;
    }
};

Ran run(const std::string& program, const std::vector<std::string>& args, std::string_view input) {
    Ran ran;
    ProcessOptions options;
    options.budget = base::seconds(20);
    options.input = input;
    ran.result = run_process(
        {program, program}, args, {"PATH=/usr/bin:/bin"},
        [&](std::string_view bytes) {
            ran.out += bytes;
            return true;
        },
        options);
    return ran;
}

std::string megabyte() {
    std::string bytes(std::size_t{1} << 20, '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31 + i / 257);
    return bytes;
}

}  // namespace

TEST_CASE("the input arrives whole, whatever is in it") {
    using namespace std::string_literals;
    for (const auto& input : {"x"s, "{\"kind\":\"Eviction\"}"s, "\0\n\xff\0"s, std::string(65536, 'a'), megabyte()}) {
        const auto ran = run("/bin/cat", {}, input);
        CHECK(ran.code() == 0);
        CHECK(ran.out.size() == input.size());
        CHECK(base::sha256_hex(ran.out) == base::sha256_hex(input));
    }
}

TEST_CASE("no input is the end of the file at once") {
    const auto ran = run("/bin/sh", {"-c", "readlink /proc/self/fd/0; wc -c"}, "");
    CHECK(ran.code() == 0);
    CHECK(ran.out == "/dev/null\n0\n");
}

TEST_CASE("a child that does not read its input is not waited for") {
    const auto input = megabyte();
    const auto ran = run("/bin/sh", {"-c", "exit 3"}, input);
    CHECK(ran.code() == 3);
    CHECK(ran.result.took < base::seconds(10));
    CHECK(run("/bin/sh", {"-c", "head -c 10 >/dev/null; exec <&-; exit 4"}, input).code() == 4);
}

TEST_CASE("a child cannot write to its input, and has it from the start") {
    const std::string input = "abcdef";
    CHECK(run("/bin/sh", {"-c", "echo changed >/proc/self/fd/0; cat /proc/self/fd/0"}, input).out == input);
    CHECK(run("/bin/sh", {"-c", "echo changed >&0; cat"}, input).out == input);
    CHECK(run("/bin/sh", {"-c", "printf X >&0; cat"}, input).out == input);
    CHECK(run("/bin/sh", {"-c", "ls /proc/self/fd | wc -l"}, input).out ==
          run("/bin/sh", {"-c", "ls /proc/self/fd | wc -l"}, "").out);
}
