// A model's answer, in all the shapes that models were seen to give it.
#include "advise/reply.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace salve;
using advise::NoReply;
using advise::Reply;

namespace {

const std::string good =
    R"({"nonce":"n1","actionable":true,"ranking":["A47","A12"],"notes":[{"action":"A47","text":"killed","evidence":["E1"]}],)"
    R"("warnings":[{"code":"conflict","evidence":["E1","E2"]}],"abstain":false})";

Reply read(const std::string& content) {
    const auto parsed = advise::parse_reply(content);
    if (const auto* none = std::get_if<NoReply>(&parsed)) FAIL(none->reason);
    return std::get<Reply>(parsed);
}

std::string refused(const std::string& content) {
    const auto parsed = advise::parse_reply(content);
    REQUIRE(std::holds_alternative<NoReply>(parsed));
    return std::get<NoReply>(parsed).reason;
}

bool says(const std::string& words, const std::string& part) { return words.find(part) != std::string::npos; }

std::string replaced(const std::string& from, const std::string& to) {
    auto text = good;
    text.replace(text.find(from), from.size(), to);
    return text;
}

}  // namespace

TEST_CASE("an answer of the right shape is read") {
    const auto reply = read(good);
    CHECK(reply.nonce == "n1");
    CHECK(reply.actionable);
    CHECK_FALSE(reply.abstain);
    CHECK(reply.ranking == std::vector<std::string>{"A47", "A12"});
    REQUIRE(reply.notes.size() == 1);
    CHECK(reply.notes[0] == advise::Note{"A47", "killed", {"E1"}});
    REQUIRE(reply.warnings.size() == 1);
    CHECK(reply.warnings[0] == advise::Warned{"conflict", {"E1", "E2"}});
    CHECK(reply.taken_off.empty());
}

TEST_CASE("what stands around the one object is taken off, and told") {
    struct Around {
        std::string before, after;
        std::vector<std::string> told;
    };
    // As qwen and llama models were seen to answer.
    const Around all[] = {
        {"<think>\nThe pod {was} killed.\n</think>\n\n", "", {"thoughts"}},
        {"I think so.</think>", "\n", {"thoughts"}},
        {"```json\n", "\n```", {"code fence"}},
        {"```\n", "\n```\n", {"code fence"}},
        {"Here is the JSON response:\n\n", "", {"prose"}},
        {"", "\n\nLet me know if you need anything else!", {"prose"}},
        {"<think>x</think>Sure!\n```json\n", "\n```\nI ranked A47 first.", {"thoughts", "code fence", "prose"}},
        {"  \n", "\t\n ", {}},
    };
    for (const auto& one : all) {
        CAPTURE(one.before);
        const auto reply = read(one.before + good + one.after);
        std::vector<std::string> told;
        for (const auto& item : reply.taken_off) told.push_back(item.what);
        CHECK(told == one.told);
        CHECK(reply.ranking.size() == 2);
    }
}

TEST_CASE("an answer without notes and warnings is one; without anything else it is none") {
    const auto reply = read(R"({"nonce":"n","actionable":false,"ranking":[],"abstain":true})");
    CHECK_FALSE(reply.actionable);
    CHECK(reply.abstain);
    CHECK(read(R"({"nonce":"n","actionable":true,"ranking":[],"notes":null,"abstain":false})").notes.empty());
    for (const char* key : {"nonce", "actionable", "ranking", "abstain"})
        CHECK(says(refused(replaced("\"" + std::string(key) + "\"", "\"other\"")), "other"));
    CHECK(says(refused(R"({"nonce":"n","actionable":true,"ranking":[]})"), "abstain"));
}

TEST_CASE("what has no one meaning is refused whole") {
    CHECK(says(refused(replaced("\"abstain\":false", "\"abstain\":false,\"abstain\":true")), "duplicate key"));
    CHECK(says(refused(replaced("\"abstain\":false", "\"abstain\":false,\"execute\":true")), "execute"));
    CHECK(says(refused(replaced("\"text\":\"killed\"", "\"text\":\"killed\",\"command\":\"x\"")), "command"));
    CHECK(says(refused(replaced("\"code\":\"conflict\"", "\"code\":\"conflict\",\"level\":1")), "level"));
    CHECK(says(refused(replaced("\"nonce\":\"n1\"", "\"nonce\":7")), "expected text"));
    CHECK(says(refused(replaced("\"actionable\":true", "\"actionable\":\"true\"")), "actionable"));
    CHECK(says(refused(replaced("[\"A47\",\"A12\"]", "[\"A47\",{\"A12\":1}]")), "ranking"));
    CHECK(says(refused(replaced("[\"A47\",\"A12\"]", "\"A47\"")), "ranking"));
    CHECK(says(refused(good + good), "more than one"));
    CHECK(says(refused("{}" + good), "more than one"));
    CHECK(says(refused(good + " }"), "more than one"));
}

TEST_CASE("what is no answer says why") {
    CHECK(says(refused(""), "empty"));
    CHECK(says(refused("<think>the model stopped within its thought"), "empty"));
    CHECK(says(refused("note throttled kill point"), "no object"));
    CHECK(says(refused("[\"A47\"]"), "no object"));
    CHECK(says(refused(good.substr(0, good.size() - 5)), "cut off"));
    CHECK(says(refused("```json\n" + good), "not closed"));
    CHECK(says(refused("{\"nonce\":\"a}"), "cut off"));
    CHECK(says(refused(good + std::string(advise::max_reply, ' ')), "64 KiB"));
    CHECK(says(refused(replaced("\"n1\"", "\"\\ud800\"")), "answer"));
    std::string deep = "{\"nonce\":";
    for (int i = 0; i < 8; ++i) deep += '[';
    for (int i = 0; i < 8; ++i) deep += ']';
    CHECK(says(refused(deep + "}"), "deep"));
    std::string notes;
    for (int i = 0; i < 4000; ++i) notes += R"({"action":"A","text":"","evidence":[]},)";
    CHECK(says(refused(replaced("{\"action\":\"A47\"", notes + "{\"action\":\"A47\"")), "64 KiB"));
}

TEST_CASE("reasons are short and visible whatever the model wrote") {
    const auto reason = refused(replaced("\"abstain\"", "\"\\u001b[31m" + std::string(3000, 'x') + "\""));
    CHECK(reason.size() <= 200);
    CHECK(reason.find('\x1b') == std::string::npos);
}

TEST_CASE("the shadow's answer is read as strictly") {
    const auto parsed = advise::parse_shadow_reply(R"({"nonce":"n","suspicious":true,"evidence":["E2"]})");
    REQUIRE(std::holds_alternative<advise::ShadowReply>(parsed));
    CHECK(std::get<advise::ShadowReply>(parsed).suspicious);
    CHECK(std::get<advise::ShadowReply>(parsed).evidence == std::vector<std::string>{"E2"});
    for (const char* bad : {R"({"nonce":"n","suspicious":"no","evidence":[]})", R"({"nonce":"n","suspicious":false})",
                            R"({"nonce":"n","suspicious":false,"suspicious":true,"evidence":[]})", "no"})
        CHECK(std::holds_alternative<NoReply>(advise::parse_shadow_reply(bad)));
}
