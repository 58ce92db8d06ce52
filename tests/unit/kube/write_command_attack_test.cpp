// F23: what anybody may write as a name, a uid, a context or a body, through every slot of every factory.
#include <doctest/doctest.h>

#include <functional>
#include <random>
#include <set>

#include "base/error.hpp"
#include "hostile.hpp"
#include "unit/kube/hostile_words.hpp"
#include "unit/kube/write_checks.hpp"

using namespace salve;
using namespace salve::kube;

namespace {

using Make = std::function<WriteCommand(const std::string&)>;

const Target target{"ctx", {}, {}, 30};
const std::string body = R"([{"op":"remove","path":"/a"}])";

const std::vector<Make> name_slots{
    [](const std::string& w) { return WriteCommand::patch(target, Resource::deployments, w, "x", body); },
    [](const std::string& w) { return WriteCommand::patch(target, Resource::deployments, "x", w, body); },
    [](const std::string& w) { return WriteCommand::evict(target, w, "x", "u"); },
    [](const std::string& w) { return WriteCommand::evict(target, "x", w, "u"); },
    [](const std::string& w) { return WriteCommand::delete_pod(target, w, "x", "u"); },
    [](const std::string& w) { return WriteCommand::delete_pod(target, "x", w, "u"); },
    [](const std::string& w) { return WriteCommand::create_job(target, w, "x", "x"); },
    [](const std::string& w) { return WriteCommand::create_job(target, "x", w, "x"); },
    [](const std::string& w) { return WriteCommand::create_job(target, "x", "x", w); },
};

const std::vector<Make> uid_slots{
    [](const std::string& w) { return WriteCommand::evict(target, "x", "x", w); },
    [](const std::string& w) { return WriteCommand::delete_pod(target, "x", "x", w); },
};

const std::vector<Make> text_slots{
    [](const std::string& w) {
        return WriteCommand::patch({w, {}, {}, 30}, Resource::jobs, "x", "x", body);
    },
    [](const std::string& w) {
        return WriteCommand::evict({w, {}, {}, 30}, "x", "x", "u");
    },
    [](const std::string& w) {
        return WriteCommand::delete_pod({"c", w, {}, 30}, "x", "x", "u");
    },
    [](const std::string& w) {
        return WriteCommand::create_job({"c", w, {}, 30}, "x", "x", "x");
    },
};

// Beside the words that no name may be: what is aimed at changes and their rehearsals.
std::vector<std::string> words() {
    using namespace std::string_literals;
    auto all = hostile_words();
    for (const auto& word : {"?dryRun=None"s,
                             "web-0?dryRun=None"s,
                             "web-0?dryRun=All"s,
                             "web-0%3FdryRun=None"s,
                             "web-0&dryRun=None"s,
                             "web-0#"s,
                             "web-0/"s,
                             "/../"s,
                             "web-0/../web-1"s,
                             "web-0/eviction"s,
                             "web-0/eviction?dryRun=None"s,
                             "..%2fweb-1"s,
                             "%2e%2e%2f"s,
                             "web-0%00"s,
                             "web-0%20"s,
                             "web-0;delete"s,
                             "--dry-run=none"s,
                             "--dry_run=none"s,
                             "--DRY-RUN=none"s,
                             "--dry-run"s,
                             "--dry-run=client"s,
                             "--field-manager=kubectl"s,
                             "--type=merge"s,
                             "--type=strategic"s,
                             "--patch={}"s,
                             "--patch-file=/etc/passwd"s,
                             "-p={}"s,
                             "-p{}"s,
                             "--subresource=status"s,
                             "--local"s,
                             "--force=true"s,
                             "--force-conflicts"s,
                             "--cascade=orphan"s,
                             "--now"s,
                             "--wait=true"s,
                             "--grace-period=0"s,
                             "--grace_period=0"s,
                             "--all"s,
                             "--save-config"s,
                             "--validate=false"s,
                             "--from=cronjob/x"s,
                             "cronjob/x"s,
                             "job/x"s,
                             "x\",\"name\":\"y"s,
                             "x\"}}"s,
                             "x\\u0000"s,
                             "x\",\"dryRun\":[]"s,
                             "web\xcc\x81"s,
                             "ｘ"s,
                             "х"s,
                             "web-0\u2215eviction"s,
                             "x\u2024x"s,
                             "x\u00adx"s,
                             "web\xe2\x80\x90"
                             "0"s})
        all.push_back(word);
    return all;
}

base::ErrorKind refused(const std::function<void()>& act) {
    try {
        act();
    } catch (const base::Error& error) {
        return error.kind();
    }
    FAIL("accepted");
    return base::ErrorKind::internal;
}

}  // namespace

TEST_CASE("F23: no hostile word becomes a name, in any slot of any factory") {
    const auto all = words();
    CHECK(std::set(all.begin(), all.end()).size() >= 250);
    for (const auto& word : all) {
        CAPTURE(word.substr(0, 80));
        for (std::size_t slot = 0; slot < name_slots.size(); ++slot) {
            CAPTURE(slot);
            CHECK(refused([&] { name_slots[slot](word); }) == base::ErrorKind::usage);
        }
    }
}

TEST_CASE("F23: a hostile uid is refused, or stands in the body as text and nowhere else") {
    std::size_t accepted = 0;
    for (const auto& word : words()) {
        CAPTURE(word.substr(0, 80));
        for (const auto& make : uid_slots) {
            const auto plain = make("plain");
            try {
                const auto command = make(word);
                ++accepted;
                CHECK(command.args() == plain.args());
                CHECK(command.rehearsal_args() == plain.rehearsal_args());
                auto expected = nlohmann::json::parse(plain.input());
                auto& at = command.verb() == WriteVerb::evict ? expected["deleteOptions"] : expected;
                at["preconditions"]["uid"] = word;
                CHECK(nlohmann::json::parse(command.input()) == expected);
                CHECK(fault_of(command).empty());
            } catch (const base::Error& error) {
                CHECK(error.kind() == base::ErrorKind::usage);
            }
        }
    }
    CHECK(accepted > 10);   // "-x", "WEB"
    CHECK(accepted < 100);  // and hardly more
}

TEST_CASE("F23: a hostile context or file is refused, or stays in its own word") {
    std::size_t accepted = 0;
    for (const auto& word : words()) {
        CAPTURE(word.substr(0, 80));
        for (const auto& make : text_slots) {
            try {
                const auto command = make(word);
                ++accepted;
                CHECK(fault_of(command).empty());
                CHECK(command.args().size() == make("plain").args().size());
                CHECK(!word.starts_with('-'));
            } catch (const base::Error& error) {
                CHECK(error.kind() == base::ErrorKind::usage);
            }
        }
    }
    CHECK(accepted > 100);
}

TEST_CASE("F23: a hostile value in a patch stays in the one word of the patch") {
    tests::Hostile hostile(77);
    auto all = words();
    for (int i = 0; i < 300; ++i) all.push_back(hostile.text());
    for (const auto& word : all) {
        CAPTURE(word.substr(0, 80));
        const nlohmann::json patch = {{{"op", "add"}, {"path", "/a"}, {"value", word}}};
        const auto bytes = patch.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
        if (bytes.size() > max_body) continue;
        const auto command = WriteCommand::patch(target, Resource::jobs, "x", "x", bytes);
        CHECK(fault_of(command).empty());
        CHECK(command.args()[6] == "--patch=" + bytes);
        CHECK(command.args()[6].find('\0') == std::string::npos);
        // As it is, without quotes around it: no patch at all.
        CHECK(refused([&] { WriteCommand::patch(target, Resource::jobs, "x", "x", word); }) == base::ErrorKind::usage);
    }
}

// Every string goes through the validators; what passes one, and a sample of the rest, through the factories.
TEST_CASE("F23: a million random strings, and no command with a flag or a word too much") {
    std::mt19937 random(20'260'101);
    constexpr std::string_view likely = "abcdefgh012345-.-/=,: ?%\n";
    std::size_t made = 0, tried = 0;
    for (int i = 0; i < 1'000'000; ++i) {
        std::string word;
        for (auto left = random() % 9; left > 0; --left)
            word += random() % 20 == 0 ? static_cast<char>(random() % 256) : likely[random() % likely.size()];
        if (is_namespace(word) || is_object_name(word) || is_container_name(word)) {
            const bool plain = word.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") == std::string::npos;
            if (!plain || word.empty() || word.front() == '-' || word.find("..") != std::string::npos) FAIL(word);
        } else if (i % 50 != 0) {
            continue;
        }
        const auto& slots = i % 7 == 0 ? uid_slots : i % 7 == 1 ? text_slots : name_slots;
        ++tried;
        try {
            const auto fault = fault_of(slots[static_cast<std::size_t>(i) % slots.size()](word));
            if (!fault.empty()) FAIL(word, ": ", fault);
            ++made;
        } catch (const base::Error& error) {
            if (error.kind() != base::ErrorKind::usage) FAIL(word, ": ", error.what());
        }
    }
    CHECK(made > 20'000);
    CHECK(tried > made + 10'000);
}
