// What happens while a plan is applied, in the record and on the terminal.
#pragma once
#include "apply/apply.hpp"
#include "audit/record.hpp"
#include "base/redact.hpp"
#include "cmd/found_plan.hpp"
#include "cmd/progress.hpp"

namespace salve::cmd {

class Context;

inline constexpr std::int64_t write_timeout_ms = 60'000;  // of one change (SAFETY 4)

// Puts everything that happens into the record before the next thing may, and tells who watches.
class Recording : public apply::Watch {
public:
    // All of them must outlive it.
    Recording(Context& context, audit::Record& record, const base::Redactor& redactor, const Found& found);

    void begins(const plan::Step& step) override;
    void intent(const plan::Step& step, const apply::Live& before) override;
    void sent(const plan::Step& step, const apply::Sent& sent) override;
    void looks(const plan::Step& step, const std::string& words) override;
    void ends(const apply::StepResult& result) override;

private:
    void keep_what_was_seen(const apply::Sent& sent);
    void changed(const plan::Step& step, const std::string& from, const std::string& to, const std::string& reason);
    Context& context_;
    audit::Record& record_;
    const base::Redactor& redactor_;
    const Found& found_;
    StatusLine line_;
    std::string title_;
};

}  // namespace salve::cmd
