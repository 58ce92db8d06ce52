// What the operating system tells: clocks, the user, randomness, terminals.
#pragma once
#include <map>
#include <string>

#include "audit/record.hpp"
#include "base/time.hpp"

namespace salve::io {

base::Time wall_clock();
std::int64_t monotonic_us();
// Without the HMAC of the SSH client, for which the caller has the key: its address is ssh_client().
audit::Actor actor();
std::string ssh_client();                    // the address that sshd says we come from, or empty
audit::Clock clock_facts();                  // boot id, and whether the kernel holds the wall clock to be synchronised
std::string own_digest();                    // SHA-256 of the running program's file, or empty
std::string random_hex(std::size_t digits);  // from the kernel; Error(internal) if it has none
std::map<std::string, std::string> environment();
std::string variable(const char* name);  // empty when it is not set
bool is_terminal(int fd);
int columns(int fd);  // 0 when it is no terminal

}  // namespace salve::io
