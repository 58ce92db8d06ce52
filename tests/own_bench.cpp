// What salve's own code does of a triage of a recorded cluster, on one core: the lists as the API server sends them,
// the rules, the report.
//   own_bench RECORDING
// One line of JSON a part, the median of several rounds. What kubectl, the kernel and waiting cost is not in it, nor
// are logs and what is read once a finding asks for it.
#include <map>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "bench_parts.hpp"
#include "diagnose/diagnose.hpp"
#include "io/recording.hpp"
#include "kube/list_splitter.hpp"
#include "kube/world.hpp"
#include "proto_encode.hpp"
#include "recorded_facts.hpp"
#include "report/json.hpp"

namespace {

using namespace salve;
using nlohmann::json;
using testing::seconds, testing::tell;

std::string as_proto(const kube::ResourceInfo& kind, std::string_view list) {
    std::vector<std::string> items;
    kube::ListSplitter splitter([&](std::string_view item) {
        items.push_back(testing::encoded(json::parse(item), *kube::proto::message_of(kind.resource)));
    });
    splitter.feed(list);
    splitter.finish();
    return testing::proto_list(fmt::format("{}List", kind.kind), kube::api_version(kind.resource), items);
}

// The recorded lists as protocol buffers, where there are any of their kind.
class Lists : public io::Transport {
public:
    explicit Lists(const std::string& file) : recorded_(file) {}
    const io::RecordingHead& head() const { return recorded_.head(); }
    std::size_t bytes() const { return bytes_; }

    kube::Outcome get(const kube::RawPath& path, const io::ByteSink& sink) override {
        return recorded_.get(path, sink);
    }
    kube::Outcome get_either(const kube::RawPath& path, const io::ByteSink& sink) override {
        const auto [known, is_new] = answers_.try_emplace(path.str());
        auto& answer = known->second;
        if (is_new) {
            answer.outcome =
                recorded_.get(path, [&](std::string_view part) { return answer.bytes.append(part), true; });
            const auto* kind = testing::encoded_kind(path.str());
            if (answer.outcome.state == kube::ReadState::ok && kind) answer.bytes = as_proto(*kind, answer.bytes);
            bytes_ += answer.bytes.size();
        }
        // As the transport hands it over.
        constexpr std::size_t piece = 64 << 10;
        for (std::size_t at = 0; at < answer.bytes.size(); at += piece)
            if (!sink(std::string_view(answer.bytes).substr(at, piece))) break;
        return answer.outcome;
    }
    kube::Outcome log(const io::LogQuery& query, const io::ByteSink& sink) override {
        return recorded_.log(query, sink);
    }

private:
    struct Answer {
        kube::Outcome outcome;
        std::string bytes;
    };
    io::RecordedTransport recorded_;
    std::map<std::string, Answer> answers_;
    std::size_t bytes_ = 0;
};

kube::Snapshot read_all(Lists& lists) { return testing::facts_of(lists, lists.head(), io::Lists::needed); }

std::vector<diagnose::Finding> judge(const kube::Snapshot& facts) {
    const auto rules = diagnose::all_rules();
    const auto links = diagnose::all_links();
    const kube::World world(facts);
    auto found = diagnose::found_by_rules(world, rules);
    diagnose::wanted_logs(world, rules);
    diagnose::wanted_reads(world, rules, links, found);
    return diagnose::conclude(world, links, std::move(found)).findings;
}

int run(const std::string& file) {
    Lists lists(file);
    const auto facts = read_all(lists);  // made and kept now
    const auto pods = static_cast<double>(facts.pods.size()), bytes = static_cast<double>(lists.bytes());
    if (facts.pods.empty()) {
        std::cerr << "own_bench: the recording has no pods\n";
        return 1;
    }
    report::Triage triage;
    triage.reads = facts.reads;
    triage.findings = judge(facts);
    const auto printed = static_cast<double>(report::triage_json(triage).size());

    const auto decode = seconds([&] { read_all(lists); });
    const auto rules = seconds([&] { judge(facts); });
    const auto render = seconds([&] { report::triage_json(triage); });
    tell("own: decode", decode, bytes, pods);
    tell("own: rules", rules, bytes, pods);
    tell("own: render", render, printed, pods);
    tell("own: all", decode + rules + render, bytes, pods);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: own_bench RECORDING\n";
        return 2;
    }
    try {
        return run(argv[1]);
    } catch (const base::Error& error) {
        std::cerr << "own_bench: " << error.what() << "\n";
        return 1;
    }
}
