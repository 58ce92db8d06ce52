// The plan that an approval names, out of its record, and what has to be there again when it is applied.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apply/outcome.hpp"
#include "io/runs_folder.hpp"
#include "kube/command.hpp"
#include "kube/snapshot.hpp"
#include "plan/plan.hpp"

namespace salve::cmd {

// A plan, proven to be what was sealed.
// NOLINTNEXTLINE(bugprone-exception-escape): only the assertions of nlohmann's noexcept move would throw
struct Found {
    plan::Plan plan;
    std::string sha256;
    nlohmann::json document;  // of its record
};

// word: at least 12 digits of the plan's id or digest, with or without "sha256:". Error(not_approved) where it names no
// plan; Error(invalid_record) for one that was changed.
Found find_approved(const io::RunsFolder& runs, std::string word);

// What the record of the plan says was wrong.
std::vector<apply::Known> findings_of(const nlohmann::json& document);

// Whether all that could be read for the plan could be read now: else a finding may only be out of sight.
bool is_whole(const std::vector<kube::Read>& now, const nlohmann::json& document);

// The time that the plan's commands give a request; the rest of the connection is the user's own, never the plan's.
std::uint32_t request_timeout_of(const plan::Plan& plan, std::uint32_t otherwise);

// Whether the step's command is the one that its request gives over this connection.
bool is_same_command(const plan::Step& step, const kube::Target& target);

}  // namespace salve::cmd
