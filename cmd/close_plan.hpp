// What closes a plan or mutes a finding without any change: `reject`, `snooze`, and `fix -i`.
#pragma once
#include <string>

namespace salve::cmd {

class Context;

// Seals the rejection of the plan: it can never be approved any more. Error(usage): no such plan, or it was approved or
// rejected before. The path of the record.
std::string reject(Context& context, const std::string& plan, const std::string& reason);

}  // namespace salve::cmd
