#include "kube/names.hpp"

#include <doctest/doctest.h>
#include <re2/re2.h>

#include <functional>
#include <random>

#include "base/error.hpp"
#include "hostile_words.hpp"

using namespace salve;
using namespace salve::kube;

namespace {

std::string message(const std::function<void()>& act) {
    try {
        act();
    } catch (const base::Error& error) {
        CHECK(error.kind() == base::ErrorKind::usage);
        CHECK_FALSE(error.hint().empty());
        return error.what();
    }
    return "accepted";
}

}  // namespace

TEST_CASE("valid names are accepted as they are") {
    for (const std::string word : {"a", "0", "demo", "kube-system", "a--b", "1-2", "x0"}) {
        CHECK(checked_namespace(word) == word);
        CHECK(checked_container_name(word) == word);
        CHECK(checked_object_name(word) == word);
    }
    for (const std::string word : {"a.b", "web-7b84c-x2x9z", "salve-node.18ea0ee1d4bd1d39", "v1.apps", "1.2.3.4"}) {
        CHECK(checked_object_name(word) == word);
        CHECK_FALSE(is_namespace(word + "."));
        CHECK(is_namespace(word) == (word.find('.') == std::string::npos));
    }
    CHECK(is_namespace(std::string(63, 'a')));
    CHECK_FALSE(is_namespace(std::string(64, 'a')));
    CHECK(is_container_name(std::string(63, 'a')));
    CHECK_FALSE(is_container_name(std::string(64, 'a')));
    CHECK(is_object_name(std::string(253, 'a')));
    CHECK_FALSE(is_object_name(std::string(254, 'a')));
}

TEST_CASE("contexts and files take any printable text but no leading dash") {
    for (const std::string word : {"admin@salve", "arn:aws:eks:eu-west-1:123:cluster/x", "gke_p_z_c", "mit Leerzeichen",
                                   "прод", "生产", "☸️ prod", "a/b", "../x"}) {
        CAPTURE(word);
        CHECK(checked_context_name(word) == word);
        CHECK(checked_file_path(word) == word);
    }
    for (const std::string word : {"",
                                   "-x",
                                   "--server=x",
                                   "a\nb",
                                   "a\rb",
                                   "\x1b[0m",
                                   "a\x7f",
                                   "a\xc2\x85"
                                   "b",
                                   "a\u202eb",
                                   "a\u200b",
                                   "\ufeff"
                                   "a",
                                   "a\u2028",
                                   "a\xff",
                                   "\xc0\xaf",
                                   "\xe0\x80\xaf",
                                   "\xed\xa0\x80",
                                   "\xf4\x90\x80\x80",
                                   "\xf8\x88\x80\x80\x80",
                                   "a\xc3",
                                   "\xef\xbf\xbf"}) {
        CAPTURE(word);
        CHECK_FALSE(is_context_name(word));
        CHECK_FALSE(is_file_path(word));
    }
    CHECK_FALSE(is_context_name(std::string("a\0b", 3)));
    CHECK(is_context_name(std::string(1024, 'a')));
    CHECK_FALSE(is_context_name(std::string(1025, 'a')));
    CHECK(is_file_path(std::string(4096, 'a')));
    CHECK_FALSE(is_file_path(std::string(4097, 'a')));
}

TEST_CASE("selector values cannot hold a second term") {
    for (const std::string word : {"", "Normal", "079d9234-d6f0-4c3f-a6fb-63c1159be68e", "0", "a.b_c:d"})
        CHECK(checked_selector_value(word) == word);
    for (const std::string word : {"a,b", "a=b", "a!=b", "a b", "a&b", "a%2c", "a\\,b", "ä", "a\n"})
        CHECK_FALSE(is_selector_value(word));
    CHECK_FALSE(is_selector_value(std::string(254, 'a')));
}

TEST_CASE("no hostile word is a name") {
    const auto words = hostile_words();
    CHECK(words.size() >= 150);
    for (const std::string& word : words) {
        CAPTURE(word.substr(0, 80));
        CHECK_FALSE(is_namespace(word));
        CHECK_FALSE(is_container_name(word));
        // 64 to 253 letters are a long name, and nothing worse.
        CHECK_FALSE(is_object_name(word));
    }
}

TEST_CASE("the refusal quotes the word and states the rule") {
    CHECK(message([] { checked_namespace(""); }) == "namespace is empty");
    CHECK(message([] { checked_namespace("a b"); }) == "namespace \"a b\" is not valid");
    CHECK(message([] { checked_object_name("--server=x"); }) == "name \"--server=x\" is not valid");
    CHECK(message([] { checked_container_name("A"); }) == "container \"A\" is not valid");
    CHECK(message([] { checked_context_name("-x"); }) == "context \"-x\" is not valid");
    CHECK(message([] { checked_file_path(""); }) == "file name is empty");
    CHECK(message([] { checked_selector_value("a,b"); }) == "selector value \"a,b\" is not valid");
    CHECK(message([] { checked_object_name(std::string(1 << 20, 'a')); }).size() < 400);
}

// The checks are written by hand; RE2 is the second opinion.
TEST_CASE("100,000 random words are judged as the grammars say") {
    const RE2 label("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
    const RE2 subdomain(R"([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)");
    std::mt19937 random(20261121);
    constexpr std::string_view likely = "abz059--..AZ_/:,= %\n\t\\\"$;\x1b\x7f";
    int labels = 0;
    int subdomains = 0;
    for (int i = 0; i < 100'000; ++i) {
        std::string word;
        const auto size = random() % (i % 50 == 0 ? 270 : 9);
        const auto narrow = random() % 2 == 0;  // half of them from the first ten only, so that many are valid
        for (unsigned n = 0; n < size; ++n)
            word += random() % 40 == 0 && !narrow ? static_cast<char>(random() % 256)
                                                  : likely[random() % (narrow ? 10 : likely.size())];
        const bool is_label = RE2::FullMatch(word, label);
        const bool is_subdomain = word.size() <= 253 && RE2::FullMatch(word, subdomain);
        if (is_namespace(word) != is_label || is_container_name(word) != is_label ||
            is_object_name(word) != is_subdomain)
            FAIL("judged wrongly: ", word);
        labels += is_label;
        subdomains += is_subdomain;
    }
    CHECK(labels > 5'000);
    CHECK(subdomains > labels);
}

TEST_CASE("S3.43: the three namespaces of the system, and no other word") {
    for (const auto* ns : {"kube-system", "kube-public", "kube-node-lease"}) CHECK(is_system_namespace(ns));
    for (const auto* ns : {"", "kube", "kube-systems", "default", "kube-prometheus", "KUBE-SYSTEM"})
        CHECK_FALSE(is_system_namespace(ns));
}
