#include "policy/condition.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace salve::policy {
namespace {

using Texts = std::vector<std::string>;

// The place of a word among those of its field: what lte and gte compare.
std::int64_t rank(const Field& field, const Value& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
    const auto* word = std::get_if<std::string>(&value);
    return word ? std::find(field.words.begin(), field.words.end(), *word) - field.words.begin() : 0;
}

bool same(const Condition& test, const Value& wanted, const Value& value) {
    const auto *a = std::get_if<std::string>(&wanted), *b = std::get_if<std::string>(&value);
    if (!a || !b) return wanted == value;
    const auto left = test.ignore_case ? base::lower_ascii(*a) : *a;
    const auto right = test.ignore_case ? base::lower_ascii(*b) : *b;
    return test.op == Op::glob ? glob_matches(left, right) : left == right;
}

// Is it one of the wanted values? A list is when one of its items is.
bool is_one(const Condition& test, const Value& value) {
    if (const auto* items = std::get_if<Texts>(&value))
        return std::any_of(items->begin(), items->end(), [&](const std::string& item) { return is_one(test, item); });
    return std::any_of(test.values.begin(), test.values.end(),
                       [&](const Value& wanted) { return same(test, wanted, value); });
}

bool is_plain(std::string_view word) {
    return word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789*?._-/") ==
           std::string_view::npos;
}

std::string wanted_words(const Condition& test) {
    std::vector<std::string> words;
    for (const auto& value : test.values) {
        const auto* text = std::get_if<std::string>(&value);
        words.push_back(text && is_plain(*text) ? *text : value_words(value));
    }
    return base::join(words, " or ");
}

std::string verb(const Condition& test, bool holds) {
    switch (test.op) {
        case Op::glob:
            return holds ? "matches" : "does not match";
        case Op::lte:
            return holds ? "is at most" : "is above";
        case Op::gte:
            return holds ? "is at least" : "is below";
        case Op::not_in:
            return holds ? "is not" : "is";
        default:
            return holds ? "is" : "is not";
    }
}

std::string check_words(const Condition& test, const Value& value, Match match) {
    const auto name = base::visible(test.name);
    if (is_missing(value)) return fmt::format("{} is not known", name);
    if (match == Match::unknown) return fmt::format("{} is {}, as the model says", name, value_words(value));
    const bool holds = match == Match::yes;
    if (test.op == Op::exists) {
        const bool there = std::get<bool>(test.values.at(0)) == holds;
        return there ? fmt::format("{} is {}", name, value_words(value)) : fmt::format("{} is empty", name);
    }
    return fmt::format("{} {} {} {}", name, value_words(value), verb(test, holds), wanted_words(test));
}

Match match_of(const Condition& test, const Value& value) {
    if (is_missing(value)) return Match::unknown;
    return holds(test, value) ? Match::yes : Match::no;
}

Judged judge_test(const Condition& test, const Input& input) {
    const auto value = value_of(*test.field, test.name, input);
    auto match = match_of(test, value);
    // A model may raise doubts, never settle a question.
    if (test.field->of_model() && match != match_of(test, value_of(*test.field, test.name, Input())))
        match = Match::unknown;
    return {match, {{to_words(test), value_words(value), check_words(test, value, match), match}}};
}

// `decisive` settles the whole by itself (no for all, yes for any); else the first unknown does; else all of them.
Judged judge_parts(const Condition& condition, const Input& input, Match decisive) {
    Judged whole{negated(decisive), {}};
    for (const auto& part : condition.parts) {
        auto one = judge(part, input);
        if (one.match == decisive) return one;
        if (whole.match == Match::unknown) continue;
        if (one.match == Match::unknown)
            whole = std::move(one);
        else
            std::move(one.decided_by.begin(), one.decided_by.end(), std::back_inserter(whole.decided_by));
    }
    return whole;
}

std::string braced(const Condition& condition) { return "{" + to_words(condition) + "}"; }

std::string test_words(const Condition& test) {
    std::vector<std::string> words;
    for (const auto& value : test.values) words.push_back(value_words(value));
    const bool list = test.op == Op::in || test.op == Op::not_in || test.values.size() > 1;
    return fmt::format("{}: {{{}: {}{}}}", base::visible(test.name), base::word(op_names, test.op),
                       list ? "[" + base::join(words, ", ") + "]" : words.at(0),
                       test.ignore_case ? ", ignore_case: true" : "");
}

}  // namespace

Match negated(Match match) {
    if (match == Match::unknown) return Match::unknown;
    return match == Match::yes ? Match::no : Match::yes;
}

bool holds(const Condition& test, const Value& value) {
    switch (test.op) {
        case Op::exists: {
            const auto* list = std::get_if<Texts>(&value);
            return std::get<bool>(test.values.at(0)) == (!list || !list->empty());
        }
        case Op::lte:
            return rank(*test.field, value) <= rank(*test.field, test.values.at(0));
        case Op::gte:
            return rank(*test.field, value) >= rank(*test.field, test.values.at(0));
        case Op::not_in:
            return !is_one(test, value);
        default:
            return is_one(test, value);
    }
}

Judged judge(const Condition& condition, const Input& input) {
    switch (condition.op) {
        case Op::all:
            return judge_parts(condition, input, Match::no);
        case Op::any:
            return judge_parts(condition, input, Match::yes);
        case Op::negation: {
            auto inner = judge(condition.parts.at(0), input);
            inner.match = negated(inner.match);
            return inner;
        }
        default:
            return judge_test(condition, input);
    }
}

std::string to_words(const Condition& condition) {
    if (condition.op == Op::negation) return "not: " + braced(condition.parts.at(0));
    if (condition.op != Op::all && condition.op != Op::any) return test_words(condition);
    std::vector<std::string> words;
    for (const auto& part : condition.parts)
        words.push_back(condition.op == Op::any || part.op == Op::all ? braced(part) : to_words(part));
    const auto list = base::join(words, ", ");
    return condition.op == Op::any ? "any: [" + list + "]" : list;
}

bool glob_matches(std::string_view pattern, std::string_view text) {
    std::size_t p = 0, t = 0;
    auto star = std::string_view::npos;  // the last one, and where the text was then: the only place to go back to
    std::size_t kept = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            kept = t;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++kept;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

}  // namespace salve::policy
