#include "diagnose/modes_digest.hpp"

#include "base/digest.hpp"
#include "diagnose/rule.hpp"

namespace salve::diagnose {

std::string modes_digest() {
    base::Sha256 digest;
    const auto add = [&](std::string_view text) {
        digest.add(text);
        digest.add("\n");
    };
    for (const auto* mode : all_modes()) {
        add(mode->id);
        add(base::word(category_names, mode->category));
        add(base::word(severity_names, mode->severity));
        for (const auto text : {mode->summary, mode->needs, mode->not_when, mode->advice}) add(text);
        for (const auto action : mode->actions) add(action);
    }
    return digest.hex();
}

}  // namespace salve::diagnose
