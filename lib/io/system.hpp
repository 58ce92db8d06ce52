// What the operating system tells: clocks, the user, randomness, terminals.
#pragma once
#include <map>
#include <string>

#include "audit/record.hpp"
#include "base/time.hpp"

namespace salve::io {

base::Time wall_clock();
std::int64_t monotonic_us();
audit::Actor actor();
std::string random_hex(std::size_t digits);  // from the kernel; Error(internal) if it has none
std::map<std::string, std::string> environment();
std::string variable(const char* name);  // empty when it is not set
bool is_terminal(int fd);
int columns(int fd);  // 0 when it is no terminal

}  // namespace salve::io
