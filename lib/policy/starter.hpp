// The files that `salve policy init` prints.
#pragma once
#include <string_view>

namespace salve::policy {

// A policy to start from: everything needs approval, with commented lines that loosen it (S0.25 to S0.40).
std::string_view starter_policy();

// Cases for it, of which each rule has one that it applies to and one that it does not.
std::string_view starter_cases();

}  // namespace salve::policy
