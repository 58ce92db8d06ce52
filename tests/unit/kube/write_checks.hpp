// What every command that changes a cluster must be, whatever it was made of: used by the attack tests of the
// factories, of the rehearsal and of the plan parser.
#pragma once
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "kube/names.hpp"
#include "kube/write_command.hpp"

namespace salve::kube {

using Args = std::vector<std::string>;

inline Args flags_of(const Args& args) {
    return {std::find_if(args.begin(), args.end(), [](const auto& word) { return word.starts_with('-'); }),
            std::find(args.begin(), args.end(), "--")};
}

// The keys of the flags, in order; "?" for a word among them that is no flag.
inline std::string keys_of(const Args& args) {
    std::string keys;
    for (const auto& word : flags_of(args))
        keys += word.starts_with("--") ? word.substr(2, word.find('=') - 2) + " " : "? ";
    return keys;
}

// The body of a raw request: where its own dryRun stands.
inline bool body_rehearses(WriteVerb verb, const std::string& input) {
    const auto body = nlohmann::json::parse(input, nullptr, false);
    const nlohmann::json::json_pointer where(verb == WriteVerb::evict ? "/deleteOptions/dryRun" : "/dryRun");
    return body.is_object() && body.contains(where) && body[where] == nlohmann::json::array({"All"});
}

// What is wrong with one of the two vectors of the command, or empty.
inline std::string vector_fault(WriteVerb verb, Args args, const std::string& input, bool rehearsal) {
    // kubectl takes what follows "--" for the command of the Job: its name stands before.
    const bool job = verb == WriteVerb::create_job;
    if (job && (args.empty() || !is_object_name(args.back()))) return "no name of a Job";
    if (job) args.pop_back();
    const bool raw = verb == WriteVerb::evict || verb == WriteVerb::delete_pod;
    std::string keys = keys_of(args), expected;
    for (const char* optional : {"kubeconfig ", "context ", "request-timeout "})
        if (keys.starts_with(optional)) keys.erase(0, std::string_view(optional).size());
    if (raw) {
        expected = "raw filename ";
    } else {
        expected = verb == WriteVerb::patch ? "namespace field-manager type patch output "
                                            : "namespace field-manager from output ";
        if (rehearsal) expected += "dry-run ";
    }
    if (keys != expected) return "flags: " + keys;
    const auto flags = flags_of(args);
    const auto first = static_cast<std::size_t>(
        std::find_if(args.begin(), args.end(), [](const auto& word) { return word.starts_with('-'); }) - args.begin());
    const Args verbs(args.begin(), args.begin() + static_cast<std::ptrdiff_t>(first));
    const auto words = verb == WriteVerb::patch        ? Args{"patch"}
                       : verb == WriteVerb::evict      ? Args{"create"}
                       : verb == WriteVerb::delete_pod ? Args{"delete"}
                                                       : Args{"create", "job"};
    if (verbs != words) return "the verb is another";
    const auto dashes = std::find(args.begin(), args.end(), "--");
    if ((raw || job) != (dashes == args.end())) return "names where none belong, or none";
    for (auto name = dashes; name != args.end(); ++name)
        if (name != dashes && !is_object_name(*name) && !name->ends_with(".") && name->find(".v") == std::string::npos)
            return "no name: " + *name;
    for (const auto& flag : flags) {
        if (flag.starts_with("--namespace=") && !is_namespace(flag.substr(12))) return flag;
        if (flag.starts_with("--from=") && (!flag.starts_with("--from=cronjob/") || !is_object_name(flag.substr(15))))
            return flag;
        if (flag.starts_with("--dry-run") && flag != "--dry-run=server") return flag;
        if (!flag.starts_with("--raw=")) continue;
        const bool asks = flag.ends_with("?dryRun=All");
        if (asks != rehearsal) return flag;
        auto path = flag.substr(6, flag.size() - 6 - (asks ? 11 : 0));
        if (path.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-./") != std::string::npos) return flag;
        if (path.find("..") != std::string::npos || path.find("//") != std::string::npos) return flag;
        if (std::count(path.begin(), path.end(), '/') != (verb == WriteVerb::evict ? 7 : 6)) return flag;
        if (body_rehearses(verb, input) != rehearsal) return input;
    }
    return raw == input.empty() ? "standard input" : "";
}

// What is wrong with the command, or empty: a flag too much, a word that nobody checked, a rehearsal that would act.
inline std::string fault_of(const WriteCommand& command) {
    if (auto fault = vector_fault(command.verb(), command.args(), command.input(), false); !fault.empty())
        return "real: " + fault;
    if (auto fault = vector_fault(command.verb(), command.rehearsal_args(), command.rehearsal_input(), true);
        !fault.empty())
        return "rehearsal: " + fault;
    return "";
}

}  // namespace salve::kube
