// Checks of the model that may be asked for advice. A run needs none: what is missing here is a warning, but for an
// endpoint that is never used.
#include <fmt/format.h>

#include "report/doctor.hpp"
#include "report/doctor_mend.hpp"

namespace salve::report::doctor {
namespace {

constexpr std::size_t shown_digest = 12;

Check warning(std::string name, std::string detail, std::string mend) {
    return {std::move(name), State::warning, std::move(detail), std::move(mend), {}};
}

// One of its commands, for this server.
std::string ollama_command(const Advisor& facts, std::vector<std::string> words) {
    words.insert(words.begin(), {"env", "OLLAMA_HOST=" + facts.endpoint, "ollama"});
    return command(std::move(words));
}

Check server(const Facts& all) {
    const auto& facts = *all.advisor;
    if (!facts.endpoint_fault.empty())
        return {"advisor", State::failure, facts.endpoint_fault, edit(all.configuration.file), base::ErrorKind::usage};
    if (!facts.version_fault.empty())
        return warning("advisor", facts.version_fault,
                       facts.loopback ? ollama_command(facts, {"serve"})
                                      : command({"curl", "-fsS", facts.endpoint + "/api/version"}));
    const auto what = fmt::format("Ollama {} at {}", facts.version, facts.endpoint);
    if (facts.loopback) return ok("advisor", what);
    if (facts.tls) return ok("advisor", what + ": what was read leaves this machine (advisor.allow_remote)");
    return warning("advisor", what + ": what was read leaves this machine, and can be read on its way",
                   edit(all.configuration.file));
}

Check model(const Facts& all) {
    const auto& facts = *all.advisor;
    if (facts.version.empty()) return skipped("advisor model", "there is no server to ask");
    if (!facts.model_fault.empty())
        return warning("advisor model", facts.model_fault, ollama_command(facts, {"pull", facts.model}));
    if (!facts.remote.empty() && !facts.allow_remote)
        return warning("advisor model",
                       fmt::format("{} runs at {}, and only local ones are allowed (advisor.allow_remote): it is not "
                                   "asked",
                                   facts.model, facts.remote),
                       edit(all.configuration.file));
    if (!facts.remote.empty())
        return ok("advisor model", fmt::format("{} runs at {} (advisor.allow_remote)", facts.model, facts.remote));
    return ok("advisor model", fmt::format("{}, digest {}", facts.model, facts.digest.substr(0, shown_digest)));
}

Check window(const Facts& all) {
    const auto& facts = *all.advisor;
    if (facts.window == 0) return skipped("advisor window", "the model does not tell its own");
    if (facts.window < facts.num_ctx)
        return warning("advisor window",
                       fmt::format("the model has {} tokens, and advisor.num_ctx asks for {}: it is not asked",
                                   facts.window, facts.num_ctx),
                       edit(all.configuration.file));
    return ok("advisor window", fmt::format("{} of the model's {} tokens", facts.num_ctx, facts.window));
}

}  // namespace

std::vector<Check> advisor(const Facts& facts) {
    if (!facts.advisor) return {skipped("advisor", "none configured")};
    return {server(facts), model(facts), window(facts)};
}

}  // namespace salve::report::doctor
