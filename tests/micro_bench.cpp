// What each part of a reading costs on one core, in bytes (or pods) per second, so that a regression has a place:
//   micro_bench RECORDING [PODS]
// The recording's pods are repeated, each under a name of its own, until there are so many. One line of JSON a part:
// the median of several rounds.
#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "audit/record.hpp"
#include "base/digest.hpp"
#include "base/json.hpp"
#include "base/redact.hpp"
#include "base/text.hpp"
#include "bench_parts.hpp"
#include "diagnose/diagnose.hpp"
#include "io/file.hpp"
#include "io/recording.hpp"
#include "kube/decode.hpp"
#include "kube/list_splitter.hpp"
#include "kube/proto/list_splitter.hpp"
#include "kube/world.hpp"
#include "proto_encode.hpp"
#include "recorded_facts.hpp"
#include "report/json.hpp"

namespace {

using namespace salve;
using nlohmann::json;
using testing::seconds, testing::tell;

// The list of pods of the recording, made long.
std::string many_pods(const json& recording, std::size_t count) {
    json list;
    for (const auto& read : recording["reads"]) {
        const auto path = read.value("get", "");
        if (path.ends_with("/pods") && read["state"] == "ok") list = read["body"];
    }
    std::string text = R"({"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[)";
    for (std::size_t i = 0; i < count; ++i) {
        auto pod = list["items"][i % list["items"].size()];
        pod["metadata"]["name"] = fmt::format("{}-{}", pod["metadata"]["name"].get<std::string>(), i);
        pod["metadata"]["uid"] = fmt::format("00000000-0000-0000-0000-{:012}", i);
        text += (i == 0 ? "" : ",") + pod.dump();
    }
    return text + "]}";
}

// As the transport hands it over.
template <typename Take>
void in_pieces(const std::string& text, const Take& take) {
    constexpr std::size_t piece = 256 << 10;
    for (std::size_t at = 0; at < text.size(); at += piece) take(std::string_view(text).substr(at, piece));
}

std::size_t split(const std::string& text) {
    kube::ListSplitter splitter([](std::string_view) {});
    in_pieces(text, [&](std::string_view part) { splitter.feed(part); });
    return splitter.finish().items;
}

template <typename Splitter>
kube::Snapshot decoded(const std::string& list, kube::Form form) {
    const base::Redactor redactor("bench");
    kube::Decoder decoder(redactor);
    kube::Snapshot facts;
    const kube::Asked asked{kube::Resource::pods, "v1", ""};
    Splitter splitter([&](std::string_view item) { decoder.add(asked, item, facts, form); });
    in_pieces(list, [&](std::string_view part) { splitter.feed(part); });
    splitter.finish();
    return facts;
}

kube::Snapshot decoded(const std::string& text) { return decoded<kube::ListSplitter>(text, kube::Form::json); }
kube::Snapshot decoded_proto(const std::string& bytes) {
    return decoded<kube::proto::ListSplitter>(bytes, kube::Form::proto);
}

// The same list as a protocol buffer.
std::string proto_pods(const std::string& text) {
    std::vector<std::string> items;
    const auto list = json::parse(text);
    for (const auto& item : list["items"]) items.push_back(testing::encoded(item, kube::proto::pod));
    return testing::proto_list("PodList", "v1", items);
}

std::string messages(const std::string& pods) {
    std::string text;
    while (text.size() < 4'000'000)
        text +=
            "Back-off pulling image \"registry.example.com/team/app:1.2.3\": rpc error: code = NotFound desc = failed "
            "to pull and unpack image: password=hunter2 https://user:secret@example.com/x " +
            pods.substr(text.size() % (pods.size() / 2), 80) + "\n";
    return text;
}

void redact(const std::string& text) {
    const base::Redactor redactor("bench");
    for (const auto line : base::split_lines(text)) redactor.text(line);
}

int run(const std::string& file, std::size_t pods) {
    const auto recording = json::parse(io::read_file(file, std::size_t{1} << 30));
    const auto text = many_pods(recording, pods);
    const auto size = static_cast<double>(text.size()), count = static_cast<double>(pods);
    tell("digest", seconds([&] { base::sha256_hex(text); }), size, count);
    tell("splitter", seconds([&] { split(text); }), size, count);
    tell("splitter and decoder", seconds([&] { decoded(text); }), size, count);
    const auto bytes = proto_pods(text);
    tell("of protocol buffers", seconds([&] { decoded_proto(bytes); }), static_cast<double>(bytes.size()), count);
    const auto log = messages(text);
    tell("redaction", seconds([&] { redact(log); }), static_cast<double>(log.size()), count);

    // The recording's other kinds stand beside the pods.
    io::RecordedTransport transport(file);
    auto facts = testing::facts_of(transport, transport.head(), io::Lists::all);
    facts.pods = decoded(text).pods;
    tell("world", seconds([&] { const kube::World world(facts); }), size, count);
    const kube::World world(facts);
    const auto rules = diagnose::all_rules();
    const auto links = diagnose::all_links();
    const auto found = diagnose::found_by_rules(world, rules);
    tell("rules and folding", seconds([&] { diagnose::found_by_rules(world, rules); }), size, count);
    tell("what more to read", seconds([&] {
             diagnose::wanted_logs(world, rules);
             diagnose::wanted_reads(world, rules, links, found);
         }),
         size, count);
    tell("links and ranking", seconds([&] { diagnose::conclude(world, links, found); }), size, count);
    report::Triage triage;
    triage.reads = facts.reads;
    triage.findings = diagnose::conclude(world, links, found).findings;
    const auto printed = static_cast<double>(report::triage_json(triage).size());
    tell("report", seconds([&] { report::triage_json(triage); }), printed, count);
    audit::Record record;
    record.reads = facts.reads;
    record.findings = triage.findings;
    tell("record", seconds([&] { base::canonical(audit::to_document(record)); }), printed, count);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::cerr << "usage: micro_bench RECORDING [PODS]\n";
        return 2;
    }
    return run(argv[1], argc > 2 ? std::stoul(argv[2]) : 2000);
}
