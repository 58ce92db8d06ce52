#include "diagnose/start_modes.hpp"

#include "diagnose/rule.hpp"

namespace salve::diagnose {

const Mode& start_mode(std::string_view id) { return mode_in(start_modes, id); }

}  // namespace salve::diagnose
