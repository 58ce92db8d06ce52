// The literal answers are those of a real Ollama 0.17.4 (some shortened), where nothing else is said.
#include "advise/ollama_reply.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "base/text.hpp"

using namespace salve;
using namespace salve::advise::ollama;

namespace {

const std::string digest = "fd37fc74c6f84cd0584f26d548ccf288730adf71a712b280f69b231085124000";

const std::string tags =
    R"({"models":[{"name":"salve-tiny:latest","model":"salve-tiny:latest","modified_at":"2026-11-21T02:27:05.966611989Z",)"
    R"("size":2301702,"digest":"fd37fc74c6f84cd0584f26d548ccf288730adf71a712b280f69b231085124000","details":{"parent_model":"",)"
    R"("format":"gguf","family":"llama","families":["llama"],"parameter_size":"561K","quantization_level":"unknown"}},)"
    R"({"name":"salve-remote:latest","model":"salve-remote:latest","remote_model":"big-model","remote_host":"http://127.0.0.1:9",)"
    R"("size":304,"digest":"1fd3b46285082d69a2f7bf7e51aa40480464301761d7a2cb1c0edc2bb3903f56","details":{"families":null}}]})";

const std::string chat =
    R"({"model":"salve-tiny","created_at":"2026-11-21T02:27:07.103691701Z","message":{"role":"assistant",)"
    R"("content":"{\"nonce\":\"low9\",\"abstain\":true}"},"done":true,"done_reason":"stop","total_duration":126540084,)"
    R"("load_duration":13595574,"prompt_eval_count":33,"prompt_eval_duration":1446286,"eval_count":157,"eval_duration":47931701})";

// The answer above with another text in the place of the one.
std::string chat_with(const std::string& what, const std::string& instead) {
    auto changed = chat;
    const auto at = changed.find(what);
    REQUIRE(at != std::string::npos);
    return changed.replace(at, what.size(), instead);
}

const Options options{"salve-tiny", 2048, 50};

// Why an answer with these bytes is of no use.
std::string why(const std::string& body, std::size_t question_bytes = 100, bool allow_remote = false) {
    const auto read = read_chat({200, body});
    CHECK(read.value.has_value() == read.failure.empty());
    return read.value ? fault_of(*read.value, options, question_bytes, allow_remote) : read.failure;
}

}  // namespace

TEST_CASE("ollama reply: what may be looked at") {
    const auto read = read_chat({200, chat});
    REQUIRE(read.value);
    CHECK(read.value->content == R"({"nonce":"low9","abstain":true})");
    CHECK(read.value->model == "salve-tiny");
    CHECK(read.value->done_reason == "stop");
    CHECK(read.value->prompt_tokens == 33);
    CHECK(read.value->answer_tokens == 157);
    CHECK(read.value->load_us == 13'595);
    CHECK(why(chat) == "");
    CHECK(why(chat_with("\"salve-tiny\"", "\"salve-tiny:latest\"")) == "");
    CHECK(why(chat_with("\"content\"", "\"thinking\":\"hm\",\"content\"")) == "");
}

TEST_CASE("ollama reply: durations and the count of the answer are only for information") {
    for (const std::string load : {"-13595574", "0", "1e3", "\"soon\"", "null", "18446744073709551615", "[]"}) {
        CAPTURE(load);
        const auto body = chat_with("13595574", load);
        CHECK(why(body) == "");
        CHECK(read_chat({200, body}).value->load_us == 0);
    }
    CHECK(why(chat_with(R"("eval_duration":47931701)", R"("eval_duration":-1)")) == "");
    CHECK(why(chat_with(R"(,"eval_count":157,"eval_duration":47931701)", "")) == "");
    CHECK(read_chat({200, chat_with(R"("eval_count":157,)", "")}).value->answer_tokens == -1);
}

TEST_CASE("ollama reply: a question that was cut off") {
    // Without truncate:false a prompt of 4520 tokens (19812 bytes) was cut to the window without a word.
    const auto cut = chat_with(R"("prompt_eval_count":33)", R"("prompt_eval_count":2048)");
    CHECK(why(cut, 19'812) == "the question took 2048 of 2048 tokens and left no room for an answer");
    // Of several messages the oldest are dropped: 1840 of about 4870.
    CHECK(why(chat_with(R"("prompt_eval_count":33)", R"("prompt_eval_count":1840)"), 19'812) ==
          "the model read only 1840 tokens of a question of 19812 bytes");
    const auto counted = [](int count) { return chat_with(":33", ":" + std::to_string(count)); };
    CHECK(why(counted(1998)) == "");
    CHECK(why(counted(1999)) == "the question took 1999 of 2048 tokens and left no room for an answer");
    CHECK(why(counted(50), 407) == "");
    CHECK(why(counted(49), 400) == "the model read only 49 tokens of a question of 400 bytes");
    CHECK(why(chat_with(R"("prompt_eval_count":33,)", "")) ==
          "the model server does not tell how much of the question was read");
    CHECK(why(counted(0)) == "the model read only 0 tokens of a question of 100 bytes");
}

TEST_CASE("ollama reply: status 200 and no answer") {
    // The repeat guard of the server: neither a reason nor counts.
    CHECK(why(R"({"model":"salve-tiny","message":{"role":"assistant","content":"{\"s\":\"aaaaaaaaa"},"done":false})") ==
          "the model server broke the answer off");
    CHECK(
        why(R"({"model":"salve-tiny","message":{"role":"assistant","content":"{"},"done":true,"done_reason":"length",)"
            R"("prompt_eval_count":2048,"eval_count":1})") ==
        "the model's answer was cut off where its room was used up");
    CHECK(
        why(R"({"model":"salve-tiny","message":{"role":"assistant","content":"","thinking":"note why stable"},"done":true,)"
            R"("done_reason":"length","prompt_eval_count":22,"eval_count":5})") ==
        "the model thought until its room was used up, and did not answer");
    CHECK(
        why(R"({"model":"salve-tiny","message":{"role":"assistant","content":" \n","thinking":"note why"},"done":true,)"
            R"("done_reason":"stop","prompt_eval_count":22})") == "the model only thought, and did not answer");
    CHECK(why(chat_with(R"("{\"nonce\":\"low9\",\"abstain\":true}")", "\"\"")) == "the model's answer is empty");
    CHECK(why(chat_with("\"content\":\"{\\\"nonce\\\":\\\"low9\\\",\\\"abstain\\\":true}\"", "\"x\":1")) ==
          "the model's answer is empty");
    CHECK(
        why(R"({"model":"salve-tiny","message":{"role":"assistant","content":""},"done":true,"done_reason":"load"})") ==
        "the model's answer ended for the reason \"load\"");
    CHECK(why(chat_with(R"("done_reason":"stop",)", "")) == "the model's answer ended for the reason \"\"");
    CHECK(why(R"({"error":"an error was encountered while running the model: unexpected EOF"})") ==
          "the model server failed at /api/chat: \"an error was encountered while running the model: unexpected EOF\"");
    CHECK(why(R"({"error":{"code":1}})") == "the model server failed at /api/chat: an error without words");
    CHECK(why(chat_with("\"done\":true", "\"error\":\"x\",\"done\":true")) ==
          "the model server failed at /api/chat: \"x\"");
}

TEST_CASE("ollama reply: who answers, and what is asked back") {
    CHECK(why(chat_with("\"salve-tiny\"", "\"salve-tiny:7b\"")) == "another model answered: \"salve-tiny:7b\"");
    const auto remote = chat_with("{\"model\"", R"({"remote_host":"https://ollama.com:443","model")");
    CHECK(why(remote) == "the answer comes from a model that does not run here");
    CHECK(why(remote, 100, true) == "");
    CHECK(why(chat_with("{\"model\"", R"({"remote_model":"big","model")")) ==
          "the answer comes from a model that does not run here");
    CHECK(why(chat_with("{\"model\"", R"({"remote_model":"","remote_host":null,"model")")) == "");
    const auto tool = R"("tool_calls":[{"function":{"name":"exec","arguments":{}}}],"content")";
    CHECK(why(chat_with("\"content\"", tool)) == "the model asks for a tool, and none was offered");
    CHECK(why(chat_with("\"content\"", R"("tool_calls":[],"content")")) == "");
    CHECK(why(chat_with("assistant", "user")).find(".message.role: not the assistant") != std::string::npos);
}

TEST_CASE("ollama reply: refusals say what the server said") {
    const auto said = [](long status, const std::string& body) {
        const auto read = read_chat({status, body});
        CHECK_FALSE(read.value);
        return read.failure;
    };
    CHECK(said(404, R"({"error":"model 'no-such' not found"})") ==
          "the model server answered 404 to /api/chat: \"model 'no-such' not found\"");
    CHECK(said(400, R"({"error":"the input length exceeds the context length"})") ==
          "the model server answered 400 to /api/chat: \"the input length exceeds the context length\"");
    CHECK(said(503, R"({"error":"server busy, please try again.  maximum pending requests exceeded"})") ==
          "the model server answered 503 to /api/chat: \"server busy, please try again.  maximum pending requests "
          "exceeded\"");
    CHECK(said(405, "405 method not allowed") == "the model server answered 405 to /api/chat");
    CHECK(said(502, "<html><body>Bad Gateway</body></html>") == "the model server answered 502 to /api/chat");
    CHECK(said(403, "") == "the model server answered 403 to /api/chat");
    CHECK(said(307, "") == "the model server answered 307 to /api/chat: a redirect, and none is followed");
    CHECK(said(201, chat) == "the model server answered 201 to /api/chat");
    CHECK(said(500, R"({"error":"a\u001b[31m)" + std::string(500, 'x') + R"("})") ==
          "the model server answered 500 to /api/chat: \"a\\x1b[31m" + std::string(88, 'x') + "…\"");
}

TEST_CASE("ollama reply: bytes that are no answer") {
    const auto deep = std::string(65, '[') + std::string(65, ']');
    for (const std::string& body : {std::string(),
                                    std::string("  "),
                                    std::string("null"),
                                    std::string("[]"),
                                    std::string("\"x\""),
                                    std::string("{}"),
                                    std::string("<html></html>"),
                                    std::string("Ollama is running"),
                                    std::string("\xEF\xBB\xBF") + chat,
                                    chat + chat,
                                    chat + "\n{\"error\":\"x\"}\n",
                                    chat + "x",
                                    chat_with("\"model\"", "\"model\":\"other\",\"model\""),
                                    chat_with("\"content\"", "\"content\":\"a\",\"content\""),
                                    chat_with("\"assistant\"", "\"\xff\""),
                                    chat_with("\"assistant\"", deep),
                                    chat_with("\"done\":true", "\"done\":1"),
                                    chat_with("\"done\":true", "\"done\":null"),
                                    chat_with("\"message\":{", "\"message\":[],\"x\":{"),
                                    chat_with("\"stop\"", "7"),
                                    chat_with(":33", ":-1"),
                                    chat_with(":33", ":1.5"),
                                    chat_with(":33", ":1e999"),
                                    chat_with(":33", ":\"33\""),
                                    chat_with(":33", ":9007199254740993"),
                                    std::string(3 << 20, ' '),
                                    chat + std::string(1, '\0')}) {
        CAPTURE(body.substr(0, 200));
        CHECK_FALSE(why(body).empty());
        CHECK_FALSE(read_chat({200, body}).value);
    }
    for (std::size_t size = 0; size < chat.size(); ++size) CHECK_FALSE(read_chat({200, chat.substr(0, size)}).value);
}

TEST_CASE("ollama reply: a failure is short and visible") {
    for (const std::string& body :
         {R"({"error":")" + std::string(5000, 'x') + R"("})", "{\"" + std::string(5000, 'k') + "\":1,",
          std::string("{\"error\":\"\\u202e\\u001b\"}"), std::string("\x1b[2J\xe2\x80\xae"),
          R"({"done":true,"message":{"role":"assistant"},"model":")" + std::string(5000, 'm') + R"("})"}) {
        CAPTURE(body.substr(0, 100));
        const auto said = why(body);
        CHECK(said.size() <= most_failure_bytes);
        CHECK(base::visible(said) == said);
        CHECK_FALSE(said.empty());
    }
}

TEST_CASE("ollama reply: the version") {
    CHECK(read_version({200, R"({"version":"0.17.4"})"}).value == "0.17.4");
    CHECK(read_version({200, R"({"version":"0\u001b"})"}).value == "0\\x1b");
    for (const std::string body :
         {"Ollama is running", "{}", R"({"version":""})", R"({"version":7})", "[\"0.17.4\"]"}) {
        CAPTURE(body);
        CHECK_FALSE(read_version({200, body}).value);
        CHECK_FALSE(read_version({200, body}).failure.empty());
    }
    CHECK_FALSE(read_version({200, "{\"version\":\"" + std::string(65, '1') + "\"}"}).value);
    CHECK(read_version({404, "404 page not found"}).failure == "the model server answered 404 to /api/version");
}

TEST_CASE("ollama reply: the models that are there") {
    const auto local = read_listed({200, tags}, "salve-tiny");
    REQUIRE(local.value);
    CHECK(local.value->digest == digest);
    CHECK(local.value->remote == "");
    CHECK(read_listed({200, tags}, "salve-tiny:latest").value->digest == digest);
    CHECK(read_listed({200, tags}, "salve-remote").value->remote == "http://127.0.0.1:9");
    CHECK(read_listed({200, tags}, "salve-tin").failure == "the model server has no model \"salve-tin\"");
    CHECK(read_listed({200, tags}, "salve-tiny:7b").failure == "the model server has no model \"salve-tiny:7b\"");
    CHECK(read_listed({200, R"({"models":[]})"}, "").failure == "the model server has no model \"\"");
    CHECK(read_listed({200, R"({"models":[{"model":"m:latest","remote_model":"big","digest":"ab"}]})"}, "m")
              .value->remote == "big");
    for (const std::string body :
         {R"({"models":null})", R"({"models":[1]})", R"({"models":[{"name":"m"}]})",
          R"({"models":[{"name":"m","digest":""}]})", R"({"models":[{"name":"m","digest":"a\"b"}]})",
          R"({"models":[{"name":"m","digest":"ab","remote_host":[]}]})"}) {
        CAPTURE(body);
        CHECK_FALSE(read_listed({200, body}, "m").value);
    }
}

TEST_CASE("ollama reply: what a model is") {
    const auto tiny = read_shown(
        {200,
         R"({"capabilities":["completion"],"model_info":{"general.architecture":"llama","llama.context_length":32768}})"});
    REQUIRE(tiny.value);
    CHECK(tiny.value->window == 32768);
    CHECK(tiny.value->completes);
    CHECK(tiny.value->remote == "");
    const auto remote =
        read_shown({200, R"({"remote_model":"big-model","remote_host":"http://127.0.0.1:9","model_info":{}})"});
    CHECK(remote.value->remote == "http://127.0.0.1:9");
    CHECK(remote.value->window == 0);
    CHECK(read_shown({200, "{}"}).value->completes);  // servers before the capabilities
    CHECK_FALSE(read_shown({200, R"({"capabilities":["embedding"]})"}).value->completes);
    CHECK(read_shown({200, R"({"model_info":{"general.architecture":"llama"}})"}).value->window == 0);
    CHECK_FALSE(read_shown({200, R"({"model_info":{"general.architecture":"l","l.context_length":0}})"}).value);
    CHECK(read_shown({403, R"({"error":"ollama cloud is disabled: remote model details are unavailable"})"}).failure ==
          "the model server answered 403 to /api/show: \"ollama cloud is disabled: remote model details are "
          "unavailable\"");
}

TEST_CASE("ollama reply: loading") {
    CHECK(read_preloaded({200, R"({"model":"salve-tiny","created_at":"2026-11-21T02:27:30.954887409Z",)"
                               R"("message":{"role":"assistant","content":""},"done":true,"done_reason":"load"})"})
              .value == true);
    CHECK(read_preloaded({200, R"({"done":false})"}).failure == "the model server did not load the model");
    CHECK(read_preloaded({500, R"({"error":"model runner has unexpectedly stopped"})"}).failure ==
          "the model server answered 500 to /api/chat: \"model runner has unexpectedly stopped\"");
}

TEST_CASE("ollama reply: the window of what is loaded") {
    const auto entry = [](const std::string& by, int window) {
        return fmt::format(R"({{"name":"salve-tiny:latest","model":"salve-tiny:latest","size":3375616,"digest":"{}",)"
                           R"("expires_at":"2026-11-21T02:57:09.647526182Z","size_vram":0,"context_length":{}}})",
                           by, window);
    };
    const auto window = [](const std::string& entries) {
        return read_window({200, "{\"models\":[" + entries + "]}"}, digest);
    };
    CHECK(window(entry(digest, 4096)).value == 4096);
    const auto other = "00" + digest.substr(2);
    // The model was made anew while the old one is in memory.
    CHECK(window(entry(other, 4096) + "," + entry(digest, 8192)).value == 8192);
    CHECK(window(entry(digest, 8192) + "," + entry(other, 4096)).value == 8192);
    // Two models of the same weights have one runner, and it is listed as the one that was loaded first.
    CHECK(window(entry(other, 8192)).value == 8192);
    CHECK(window(entry(other, 8192) + "," + entry(other, 4096)).value == 4096);
    CHECK(window("").failure == "the model server does not keep the model loaded");
    CHECK_FALSE(window(entry(digest, 0)).value);
    CHECK_FALSE(window(R"({"name":"salve-tiny","digest":")" + digest + R"("})").value);  // servers before it was told
}
