// A command that can be pasted into a shell: built from names that were checked, never from free text of the cluster.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "diagnose/finding.hpp"
#include "kube/snapshot.hpp"

namespace salve::report {

// The read-only kubectl command that shows more about the finding: the log of the container that ended, else
// `describe` of the object that its best evidence is about. Nothing when a name in it is none that Kubernetes allows.
std::optional<std::string> next_command(const kube::ClusterInfo& cluster, const diagnose::Finding& finding);

// A DNS subdomain (RFC 1123: lower case, digits, "-", "."; at most 253 bytes), as names of most kinds must be.
bool is_kube_name(std::string_view name);

// One POSIX shell word: as it is when it has only harmless characters, else in single quotes.
std::string shell_quoted(std::string_view word);

// A whole command that was run, to be pasted: words as shell_quoted() writes them. A word that base::visible() would
// change is written with escapes in $'...' (bash, zsh), so that it stays the same bytes and no control byte is printed.
std::string shell_line(std::span<const std::string> argv);

}  // namespace salve::report
