// A plan as a document: what is printed, recorded, hashed and, later, applied.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "plan/plan.hpp"

namespace salve::plan {

// The document without its id; every key of CLI.md section 6 and some more, always present but "judgement", which only
// a plan has that a model was asked about. Text of the cluster is
// base::visible. Canonical (base::canonical) bytes of it are what the digest is over.
nlohmann::ordered_json document_of(const Plan& plan);

// sha256 of the canonical document; its first 16 digits are the plan's id.
std::string digest_of(const nlohmann::ordered_json& document);
inline constexpr std::size_t id_digits = 16;

// The same with {"schema", "plan", ...} as `-o json` prints it.
nlohmann::ordered_json printed(const Plan& plan);

// A plan out of a record. Everything is checked anew: Error(invalid_record) names the path of what is no plan, of a
// digest that is not the document's, and of a command that is not the one which its request gives.
Plan parse_plan(const json& document, const std::string& sha256, const std::string& where);

}  // namespace salve::plan
