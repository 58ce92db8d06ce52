// What closes a plan or mutes a finding without any change: `reject`, `snooze`, and `fix -i`.
#pragma once
#include <string>

#include "audit/record.hpp"

namespace salve::cmd {

class Context;

// Seals what was decided, as the record that context.begin_record() began, by whoever runs this and now. decision:
// rejected, snoozed. The path of the record; errors as must_end_record().
std::string seal_decision(Context& context, audit::Record& record, audit::Approval decision, const std::string& status);

// Seals the rejection of the plan: it can never be approved any more. Error(usage): no such plan, or it was approved or
// rejected before. The path of the record.
std::string reject(Context& context, const std::string& plan, const std::string& reason);

}  // namespace salve::cmd
