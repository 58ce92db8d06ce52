// The environment of kubectl, built from nothing (SAFETY 4): what is not named here does not reach it.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace salve::io {

// "NAME=value", sorted by name, for kubectl and the credential plugins that it starts. ours is our own environment;
// extra are further names that the configuration allows through. Only what ours has is passed on, but for these, which
// are always set:
//   GOGC=400                         what kubectl allocates while it starts is not collected
//   LANG=C.UTF-8 and no LC_*         messages that can be recognised
//   KUBERC=off, KUBECTL_KUBERC=false no default flags from a user file (KEP-3104)
//   KUBECTL_ENABLE_CMD_SHADOW=false  no kubectl-create-foo from PATH
//   PATH                             the absolute entries of ours, since plugins live in unusual folders; the usual
//   ones if there is none
// Throws base::Error(usage) for an extra name that is malformed or may_not_pass().
std::vector<std::string> child_environment(const std::map<std::string, std::string>& ours,
                                           const std::vector<std::string>& extra = {});

// Names that choose what program or library runs, or how kubectl reads its flags: LD_*, KUBECTL_EXTERNAL_DIFF, EDITOR,
// GODEBUG, OPA_* and the like. Not even the configuration may let them through.
bool may_not_pass(std::string_view name);

}  // namespace salve::io
