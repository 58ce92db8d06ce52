#include "base/shell.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace salve::base;

TEST_CASE("S4.27: a whole command, to be pasted") {
    CHECK(shell_line(std::vector<std::string>{"kubectl", "patch", "-p", "{\"a\": 'b'}", ""}) ==
          "kubectl patch -p '{\"a\": '\\''b'\\''}' ''");
    CHECK(shell_line(std::vector<std::string>{"x\ny", "\\\xff'"}) == "$'x\\x0ay' $'\\\\\\xff\\''");
    CHECK(shell_line({}).empty());
}
