#include "advise/scan.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <cctype>
#include <memory>

#include "advise/unveil.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "plan/action.hpp"

namespace salve::advise {
namespace {

using re2::RE2;

constexpr std::size_t max_scanned = std::size_t{16} << 10;

struct Pattern {
    std::unique_ptr<RE2> form;
    const char* reason;
};

// What stands in words that are parted by blanks only (unveiled).
const std::vector<Pattern>& word_patterns() {
    static const auto made = [] {
        std::vector<Pattern> list;
        const auto add = [&](const std::string& form, const char* reason) {
            list.push_back({std::make_unique<RE2>("(?is)" + form), reason});
        };
        // Whom such texts speak to.
        const std::string machine =
            R"((?:ai|a\.i\.|llms?|(?:language|ai|chat) models?|assistants?|chat ?bots?|chatgpt|gpt|claude|llama|qwen|copilot|)"
            R"((?:ai|sre|remediation|autonomous|ops) agents?|remediators?|the model|salve))";
        const std::string rules =
            R"((?:instructions?|prompts?|rules?|guidelines?|directives?|constraints?|system messages?|policy|policies|guardrails?|)"
            R"(safety (?:checks?|rules?)|approvals?|warnings?|evidence|everything (?:above|before|else)|what (?:you were told|came before)))";
        add(R"(\b(?:ignore|disregard|forget|override|overrule|bypass|skip|drop|neglect|do not (?:follow|obey|heed))\b.{0,40}\b)" +
                rules + R"(\b)",
            "it asks to leave rules aside");
        add(R"(\b(?:new|updated|real|actual|revised|further|additional|hidden|secret) (?:system )?(?:instructions?|prompts?|directives?|task for (?:you|the))\b)",
            "it announces instructions");
        add(R"(\byou are (?:now |no longer )?(?:an? |the |in )?(?:)" + machine +
                R"(|helpful|unrestricted|root|admin|administrator|dan|(?:developer|debug|maintenance|god) mode)\b)",
            "it tells a model what it is");
        add(R"(\b(?:as|being|act(?:ing)? (?:as|like)|pretend to be|role ?play(?:ing)? as) (?:an?|the) )" + machine +
                R"(\b)",
            "it tells a model what it is");
        add(R"(\b(?:dear|attention|hey|hello|hi|note (?:to|for)|message (?:to|for)|instructions? (?:to|for)|for|to) (?:the |any |all |every )?)" +
                machine +
                R"((?: reading| processing|,|:|!|;|\b.{0,30}\b(?:please|must|should|choose|select|rank|run|execute|approve|ignore|reply|answer))\b?)",
            "it speaks to a model");
        add(R"(\b)" + machine +
                R"( (?:must|should|shall|needs? to|has to|have to|may now|will now|can now|is (?:now )?(?:allowed|authori[sz]ed|required|instructed))\b)",
            "it speaks to a model");
        add(R"(\b(?:choose|select|pick|rank|prefer|recommend|propose|prioriti[sz]e|approve|promote|put)\b.{0,60}\b(?:action|candidate|remediation|option [a-z0-9]\b|step|as (?:the )?(?:first|top|best|highest|number one)|first in (?:the|your)|to the top|highest|above all)\b)",
            "it asks for a choice");
        add(R"(\b(?:reply|respond|answer|output|return|print|say|write|emit) (?:only |exactly |just |back )?(?:with |the following )?(?:only |exactly |just )?(?:json|the word|nothing but|actionable|abstain|true|yes|this (?:json|text)|a ranking|the ranking|the nonce|your (?:system )?(?:prompt|instructions?)))",
            "it dictates an answer");
        add(R"(\b(?:set|mark|make|leave|keep|put) (?:the )?(?:field )?(?:actionable|abstain|ranking|warnings?|notes?|nonce)\b.{0,20}\b(?:to|as|empty|true|false|first)\b)",
            "it dictates an answer");
        add(R"(\b(?:do not|don't|never|no need to|without) (?:raise|raising|report|reporting|mention|mentioning|emit|emitting|add|adding|ask|asking|wait|waiting|seek|seeking|require|requiring) (?:any |for |the |a )*(?:warnings?|approvals?|confirmation|human|operator|permission|injection|this (?:text|message|line)))",
            "it asks for silence");
        add(R"(\b(?:already|pre) ?(?:been )?(?:approved|authori[sz]ed) by (?:the )?(?:human|operator|admin|administrator|security|on call|sre|owner|cluster admin|ciso|cto)\b)",
            "it claims an approval");
        add(R"(\b(?:reveal|repeat|print|show|leak|send|post|exfiltrate|upload)\b.{0,30}\b(?:system prompt|your (?:prompt|instructions|rules)|the (?:prompt|nonce)|kubeconfig|all secrets)\b)",
            "it asks for what a model was told");
        add(R"(\b(?:please|kindly|immediately|now|must|should|just|need to|have to|recommended to|the (?:fix|solution|remedy|workaround|mitigation) is to|to (?:fix|resolve|solve|mitigate|remedy) (?:this|it|the (?:issue|problem|error|incident|outage))[,:]?) (?:then |simply |safely |immediately )?(?:run |execute |use )?(?:kubectl |helm )?(?:delete|drain|cordon|evict|restart|roll ?back|roll ?out|undo|scale|patch|exec|terminate|remove|uninstall|downgrade|wipe|reboot|install|upgrade|add (?:the )?(?:ppa|repository|repo|package|image))\b)",
            "it asks for a repair");
        add(R"(\bkubectl (?:delete|drain|exec|scale|patch|apply|replace|edit|cordon|taint|rollout (?:undo|restart|pause)|set image|annotate|label)\b)",
            "it holds a command");
        add(R"(\b(?:delete|drain|wipe|remove|terminate|scale down|restart) (?:all|every|each|any|the (?:whole|entire)) (?:of the )?(?:pods?|deployments?|nodes?|namespaces?|workloads?|services?|clusters?|replicas?|volumes?|pvcs?)\b)",
            "it asks for a repair");
        add(R"(\b(?:jailbreak|prompt injection|dan mode|do anything now|developer mode enabled|end of (?:system )?prompt|begin (?:new )?(?:system )?(?:prompt|instructions?))\b)",
            "it speaks of prompts");
        return list;
    }();
    return made;
}

// What stands in the text as it is: the marks of chat templates, the fields of the answer, the ids of the catalog.
const std::vector<Pattern>& raw_patterns() {
    static const auto made = [] {
        std::vector<Pattern> list;
        const auto add = [&](const std::string& form, const char* reason) {
            list.push_back({std::make_unique<RE2>("(?i)" + form), reason});
        };
        add(R"(<\|[a-z_ ]{2,30}\|>|\[/?INST\]|<</?SYS>>|</?(?:system|assistant|user|instructions?|think|im_start|im_end|s|evidence|candidates?)>|)"
            R"(#{2,}\s*(?:system|instructions?|response|assistant|user|human)\b|\b(?:BEGIN|END)[ _]?(?:SYSTEM|PROMPT|EVIDENCE|INSTRUCTIONS?)\b)",
            "it holds marks of a conversation");
        // "system: ..." is what many programs begin a line with.
        add(R"((?:^|\n)\s*(?:assistant|human)\s*:\s*[a-z]|\n\s*system\s*:\s*[a-z])",
            "it holds marks of a conversation");
        add(R"(["']?\b(?:actionable|abstain|ranking|nonce)["']?\s*[:=]\s*["'\[{tf])", "it holds fields of an answer");
        std::string ids;
        for (const auto* action : plan::all_actions()) {
            if (!ids.empty()) ids += '|';
            for (const char c : action->id) ids += c == '.' || c == '-' ? std::string("[._:/-]") : std::string(1, c);
        }
        add(R"((?:^|[^a-z0-9/@._-])(?:)" + ids + R"()(?:$|[^a-z0-9/@:_-]))", "it names an action of the catalog");
        return list;
    }();
    return made;
}

std::optional<std::string> match(const std::vector<Pattern>& patterns, const std::string& text) {
    for (const auto& one : patterns)
        if (RE2::PartialMatch(text, *one.form)) return one.reason;
    return std::nullopt;
}

std::optional<std::string> words_suspicion(const std::string& text) {
    if (auto reason = match(raw_patterns(), text)) return reason;
    return match(word_patterns(), spaced(text));
}

}  // namespace

std::optional<std::string> suspicion(std::string_view text) {
    const auto whole = base::sanitize_utf8(text.substr(0, max_scanned));
    if (auto reason = hiding(whole)) return reason;
    const auto latin = latin_of(whole);
    if (auto reason = words_suspicion(latin)) return reason;
    if (const auto letters = joined_letters(latin); letters != latin)
        if (match(word_patterns(), spaced(letters))) return "its words are spelt out letter by letter";
    for (const auto& hidden : decoded(latin))
        if (auto reason = words_suspicion(latin_of(hidden))) return *reason + ", encoded";
    return encoded_text(latin) ? std::optional<std::string>("it holds an encoded text") : std::nullopt;
}

std::optional<std::string> joint_suspicion(const std::vector<std::string_view>& texts) {
    std::string joined;
    for (const auto text : texts) joined.append(text.substr(0, 400)).append(" ");
    // Only what one would have to write on purpose: two ordinary lines may meet in a pattern with a gap.
    static const RE2 form(
        R"((?is)\b(?:ignore|disregard|forget|override)\W+(?:all |any |the |your )*(?:previous|prior|above|earlier|other|system)\W+(?:instructions?|prompts?|rules?|messages?)\b|)"
        R"(\byou are (?:now )?(?:an? |the )?(?:ai|assistant|language model)\b|)"
        R"(\b(?:choose|select|rank|prefer|approve)\W+(?:only |the |this )*(?:action|candidate)\b)");
    const auto plain = spaced(latin_of(base::sanitize_utf8(std::string_view(joined).substr(0, max_scanned))));
    if (RE2::PartialMatch(plain, form)) return "several texts together speak to a model";
    return std::nullopt;
}

}  // namespace salve::advise
