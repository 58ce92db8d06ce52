// Gathers what `salve doctor` decides about. Nothing is written, to no cluster and to no file, but for the lock of the
// runs folder, which is taken and given back.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/redact.hpp"
#include "base/time.hpp"
#include "io/cancel.hpp"
#include "io/find_program.hpp"
#include "io/ollama.hpp"
#include "kube/command.hpp"
#include "report/doctor_facts.hpp"

namespace salve::io {

// How kubectl is asked: until the deadline, and no longer. On a busy machine one answer may take long; it is the whole
// that has to end.
struct Asking {
    std::vector<std::string> environment;
    std::int64_t deadline_us = 0;  // of monotonic_us()
    const Cancel* cancel = nullptr;
    base::Duration left() const;  // at least one microsecond, so that it can be a budget
    bool over() const;            // time is up, or the user wants no more
};

// word and path_variable as for find_program. The program is there if there is no error.
std::optional<Program> look_at_kubectl(const std::string& word, const std::string& path_variable, const Asking& asking,
                                       report::doctor::Kubectl& facts);

// The files with credentials that kubectl reads (named, or by KUBECONFIG, or the usual one) and others may read too.
std::vector<std::string> exposed_files(const std::string& named);

// Version, identity, who we are and what time it is. Only what was answered within the limits; never throws for what a
// cluster does.
report::doctor::Cluster look_at_cluster(const Program& kubectl, const kube::Target& target, const Asking& asking,
                                        const base::Redactor& redactor);

// Which of these namespaces there are, and what we may do in them and in the whole cluster, by one `auth can-i` a
// right, four at a time.
void ask_rights(const Program& kubectl, const kube::Target& target, const Asking& asking,
                const base::Redactor& redactor, const std::vector<std::string>& namespaces, bool statefulsets,
                report::doctor::Facts& facts);

// The runs folder as it would be used; but not its signing key, which the configuration names. Never throws.
report::doctor::Runs look_at_runs(const std::string& path);

// The model server and its model, by what it tells: nothing is loaded and nothing asked of the model. No settings: no
// advisor is configured. Throws only Interrupted.
std::optional<report::doctor::Advisor> look_at_advisor(const std::optional<OllamaSettings>& settings);

}  // namespace salve::io
