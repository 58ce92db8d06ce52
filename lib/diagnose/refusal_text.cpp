#include "diagnose/refusal_text.hpp"

#include <re2/re2.h>

#include <map>

namespace salve::diagnose {
namespace {

using re2::RE2;
using re2::StringPiece;

// What stands before the API server's words: client-go's aggregation, then the controller (controller_utils.go,
// cronjob_controllerv2.go, stateful_pod_control.go).
void strip_controller(StringPiece& rest, Refusal& made) {
    static const RE2 combined(R"(\(combined from similar events\): )");
    static const RE2 creating(R"(Error creating(?: job)?: )");
    static const RE2 set_pod(R"(create Pod (\S+) in StatefulSet \S+ failed error: )");
    static const RE2 set_claim(R"(create Claim (\S+) for Pod \S+ in StatefulSet \S+ failed error: )");
    static const RE2 inner_claim(R"(failed to create PVC ([^\s:]+): )");
    RE2::Consume(&rest, combined);
    if (RE2::Consume(&rest, creating)) return;
    if (RE2::Consume(&rest, set_claim, &made.about)) made.about_claim = true;
    RE2::Consume(&rest, set_pod, &made.about);
    if (std::string claim; RE2::Consume(&rest, inner_claim, &claim)) {
        made.about = claim;
        made.about_claim = true;
    }
}

// "pods "web-5d9-x7k2p" is forbidden: " (apimachinery, api/errors NewForbidden) and "Internal error occurred: ". The
// name is made up anew at every try, so it says nothing.
void strip_server(StringPiece& rest) {
    static const RE2 forbidden(R"([\w.-]+ "[^"]*" is forbidden: )");
    static const RE2 internal(R"(Internal error occurred: )");
    RE2::Consume(&rest, forbidden);
    RE2::Consume(&rest, internal);
}

std::map<std::string, std::string> pairs(StringPiece list) {
    static const RE2 pair(R"(([^=,\s]+)=([^,\s]+),?)");
    std::map<std::string, std::string> found;
    for (std::string key, value; RE2::Consume(&list, pair, &key, &value);) found[key] = value;
    return found;
}

bool read_quota(const StringPiece& text, Refusal& made) {
    static const RE2 exceeded(R"(exceeded quota: ([^,\s]+), requested: (\S+), used: (\S+), limited: (\S+))");
    static const RE2 exceeded_loosely(R"(exceeded quota: ([^,\s]+))");
    static const RE2 unset(R"(failed quota: ([^:\s]+): must specify|insufficient quota to (?:consume|match))");
    static const RE2 unknown(R"(status unknown for quota: ([^,\s]+))");
    std::string requested, used, limited;
    if (RE2::PartialMatch(text, exceeded, &made.name, &requested, &used, &limited)) {
        auto uses = pairs(used), limits = pairs(limited);
        for (const auto& [resource, amount] : pairs(requested))
            made.amounts.push_back({resource, amount, uses[resource], limits[resource]});
        made.cause = RefusalCause::quota;
        return true;
    }
    if (RE2::PartialMatch(text, exceeded_loosely, &made.name) || RE2::PartialMatch(text, unknown, &made.name)) {
        made.cause = RefusalCause::quota;
        return true;
    }
    if (!RE2::PartialMatch(text, unset, &made.name)) return false;
    made.cause = RefusalCause::quota_unset;
    return true;
}

// These two carry the free text of whoever refuses, in which any other text may be quoted: they come first, and only
// at the start.
bool read_denial(const StringPiece& text, Refusal& made) {
    static const RE2 webhook(R"re(^admission webhook "([^"]+)" denied the request)re");
    static const RE2 policy(R"re(^(?:ValidatingAdmissionPolicy|policy) ['"]([^'"]+)['"].{0,400}? denied request)re");
    static const RE2 image_policy(R"(^image policy webhook backend denied)");
    if (!RE2::PartialMatch(text, webhook, &made.name) && !RE2::PartialMatch(text, policy, &made.name) &&
        !RE2::PartialMatch(text, image_policy))
        return false;
    made.cause = RefusalCause::webhook_denied;
    return true;
}

bool read_outage(const StringPiece& text, Refusal& made) {
    static const RE2 webhook(R"re(failed calling (?:admission )?webhook "([^"]+)")re");
    static const RE2 backend(R"(https://([a-z0-9-]+)\.([a-z0-9-]+)\.svc\b)");
    if (!RE2::PartialMatch(text, webhook, &made.name)) return false;
    RE2::PartialMatch(text, backend, &made.service, &made.service_ns);
    made.cause = RefusalCause::webhook_down;
    return true;
}

struct Words {
    RefusalCause cause;
    const RE2 pattern;  // its group, if any, is the name
};

// plugin/pkg/admission/{serviceaccount,limitranger,priority,runtimeclass}/admission.go and pod-security-admission's
// admission.go ("would violate" is only a warning and no refusal).
bool read_words(const StringPiece& text, Refusal& made) {
    static const Words table[] = {
        {RefusalCause::psa, RE2(R"re(violates PodSecurity "([^"]+)")re")},
        {RefusalCause::serviceaccount,
         RE2(R"re(error looking up service account .*serviceaccounts? "([^"]+)" not found)re")},
        {RefusalCause::limitrange, RE2(R"((?:minimum|maximum) (\S+) (?:usage )?per \w+ is )")},
        {RefusalCause::limitrange, RE2(R"((\S+) max limit to request ratio per \w+ is )")},
        {RefusalCause::priorityclass, RE2(R"(no PriorityClass with name (\S+) was found)")},
        {RefusalCause::runtimeclass, RE2(R"re(RuntimeClass "([^"]+)" not found)re")},
        {RefusalCause::invalid, RE2(R"re(^[\w.]+ "([^"]*)" is invalid: )re")},
        {RefusalCause::terminating, RE2(R"((because it is being terminated))")},
    };
    for (const auto& words : table)
        if (RE2::PartialMatch(text, words.pattern, &made.name)) {
            made.cause = words.cause;
            return true;
        }
    return false;
}

}  // namespace

Refusal parse_refusal(std::string_view message) {
    Refusal made;
    StringPiece rest(message.data(), message.size());
    strip_controller(rest, made);
    strip_server(rest);
    made.text = std::string(rest.data(), rest.size());
    if (!read_denial(rest, made) && !read_outage(rest, made) && !read_quota(rest, made)) read_words(rest, made);
    if (made.cause == RefusalCause::invalid || made.cause == RefusalCause::terminating) made.name.clear();
    return made;
}

std::string_view mode_id(RefusalCause cause) {
    switch (cause) {
        case RefusalCause::quota:
        case RefusalCause::quota_unset:
            return "ctrl.failed-create.quota";
        case RefusalCause::psa:
            return "ctrl.failed-create.psa";
        case RefusalCause::webhook_denied:
            return "ctrl.failed-create.webhook-denied";
        case RefusalCause::webhook_down:
            return "ctrl.failed-create.webhook-down";
        case RefusalCause::serviceaccount:
            return "ctrl.failed-create.serviceaccount";
        case RefusalCause::limitrange:
            return "ctrl.failed-create.limitrange";
        case RefusalCause::priorityclass:
            return "ctrl.failed-create.priorityclass";
        case RefusalCause::runtimeclass:
            return "ctrl.failed-create.runtimeclass";
        case RefusalCause::invalid:
            return "ctrl.failed-create.invalid";
        case RefusalCause::other:
            return "ctrl.failed-create.other";
        case RefusalCause::terminating:
            break;
    }
    return "";
}

}  // namespace salve::diagnose
