#include <fmt/format.h>

#include "base/error.hpp"
#include "base/text.hpp"
#include "kube/names.hpp"
#include "kube/rbac_rules.hpp"

namespace salve::kube {
namespace {

// "system:serviceaccount:NS:NAME", as the server names it.
std::string user_of(std::string_view service_account) {
    const auto slash = service_account.find('/');
    if (slash == std::string_view::npos)
        throw base::Error(base::ErrorKind::usage,
                          fmt::format("{} is no service account", base::quoted(service_account)),
                          "write NAMESPACE/NAME, as in --service-account ops/salve");
    return "system:serviceaccount:" + checked_namespace(service_account.substr(0, slash)) + ":" +
           checked_object_name(service_account.substr(slash + 1));
}

// Admission cannot tell PATCH from PUT: to it both are an UPDATE, with the options of one (seen on 1.32). That a PUT is
// no right of salve's is the Role's business.
std::string_view operation(Access access) {
    return access == Access::patch ? "update" : base::word(access_names, access);
}

// Every write as the policy spells it: "update apps/deployments", and "update apps/deployments web" where names count.
std::string writes(const std::vector<GrantedRule>& granted, bool named) {
    std::vector<std::string> words;
    for (const auto& [rule, names] : granted) {
        if (names.empty() == named) continue;
        for (const auto access : rule->verbs()) {
            if (access == Access::get) continue;  // reads do not come to admission
            const auto& kind = info(rule->resource);
            auto word = fmt::format("{} {}/{}", operation(access), kind.group, kind.plural);
            if (rule->sub != Subresource::none) word.append("/").append(base::word(subresource_names, rule->sub));
            if (!named) words.push_back('"' + word + '"');
            for (const auto& name : names) words.push_back(fmt::format("\"{} {}\"", word, name));
        }
    }
    return base::join(words, ",\n        ");
}

std::string quoted_list(const std::vector<std::string>& namespaces) {
    std::vector<std::string> words;
    words.reserve(namespaces.size());
    for (const auto& ns : namespaces) words.push_back('"' + ns + '"');
    return base::join(words, ", ");
}

// PATCH and PUT are both UPDATE to admission; the kind of their options tells them apart. A delete without a name is
// one of a whole collection. Asking for one's own rights and name is a CREATE as well, and of no namespace. A field
// that is empty is not there at all, and an expression that asks for it fails: hence has().
constexpr auto variables = R"(  variables:
  - name: aboutItself
    expression: >-
      request.operation == "CREATE" && request.resource.group in ["authorization.k8s.io", "authentication.k8s.io"] &&
      request.resource.resource.startsWith("selfsubject")
  - name: place
    expression: 'has(request.namespace) ? request.namespace : ""'
  - name: name
    expression: 'has(request.name) ? request.name : ""'
  - name: verb
    expression: >-
      request.operation == "UPDATE" ? "update" : request.operation == "CREATE" ? "create" :
      request.operation == "DELETE" && variables.name != "" ? "delete" : "another verb:"
  - name: write
    expression: >-
      variables.verb + " " + request.resource.group + "/" + request.resource.resource +
      (has(request.subResource) && request.subResource != "" ? "/" + request.subResource : "")
)";

}  // namespace

std::string remediator_policy(const RemediatorRole& role, std::string_view service_account) {
    const auto granted = granted_rules(role);
    const auto user = user_of(service_account);
    std::string allowed =
        "      variables.aboutItself || variables.write in [\n        " + writes(granted, false) + "]";
    if (const auto named = writes(granted, true); !named.empty())
        allowed += " ||\n      variables.write + \" \" + variables.name in [\n        " + named + "]";
    return fmt::format(
        "# The floor on the server, for Kubernetes 1.30 and later: whatever rights {0} was given, and\n"
        "# whatever salve does, it may write only this. Reads do not pass here: for them only its Roles count.\n"
        "# PATCH and PUT are one to it; the Role has only PATCH.\n"
        "# Print it with every namespace that has the Role: the others are refused.\n"
        "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata:\n"
        "  name: salve-remediator\nspec:\n  failurePolicy: Fail\n  matchConstraints:\n    resourceRules:\n"
        "    - apiGroups: [\"*\"]\n      apiVersions: [\"*\"]\n      operations: [\"*\"]\n      resources: [\"*/*\"]\n"
        "  matchConditions:\n  - name: is-salve\n    expression: request.userInfo.username == \"{0}\"\n{1}"
        "  validations:\n"
        "  - expression: '!(variables.place in [\"kube-system\", \"kube-public\", \"kube-node-lease\"])'\n"
        "    message: salve changes nothing in the namespaces of the system\n"
        "  - expression: variables.aboutItself || variables.place in [{2}]\n"
        "    message: salve changes nothing in this namespace\n"
        "  - expression: >-\n{3}\n"
        "    messageExpression: '\"salve does not \" + variables.write'\n"
        "---\napiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\nmetadata:\n"
        "  name: salve-remediator\nspec:\n  policyName: salve-remediator\n  validationActions: [Deny]\n",
        user, variables, quoted_list(role.namespaces), allowed);
}

}  // namespace salve::kube
