#include "io/list_read.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/text.hpp"
#include "kube/decode.hpp"
#include "kube/list_splitter.hpp"
#include "kube/proto/list_splitter.hpp"
#include "kube/redact_json.hpp"
#include "kube/sharing.hpp"
#include "kube/slim.hpp"

namespace salve::io {
namespace {

using kube::Failure;
using kube::ReadState;

constexpr std::size_t max_object_bytes = std::size_t{4} << 20;  // one object; etcd's own limit is 1.5 MiB

// Decodes one item after the other and keeps the first thing that was wrong.
class Items {
public:
    Items(const base::Redactor& redactor, bool record, const ListQuery& query, ListRead& into)
        : redactor_(redactor),
          decoder_(redactor),
          record_(record),
          asked_{query.what, kube::api_version(query.what, query.version), query.ns, true, query.now},
          into_(into) {}

    void add(std::string_view item, kube::Form form = kube::Form::json) {
        ++into_.objects;
        try {
            // A recording is what was read: it is decoded from the very text that is kept, so that both give the same
            // findings.
            if (record_) keep(item);
            if (const auto mismatch = decoder_.add(asked_, item, into_.facts, form))
                note(*mismatch);
            else if (is_kept())
                sharing_.newest(asked_.what, into_.facts);
        } catch (const base::Error& error) {
            note(error.what());
        }
    }
    const std::string& body() const { return body_; }
    const std::string& problem() const { return problem_; }

private:
    // Whether the item that was just appended stays.
    bool is_kept() {
        if (asked_.what != kube::Resource::events || kube::is_kept(into_.facts.events.back())) return true;
        into_.facts.events.pop_back();
        return false;
    }
    // What cannot be redacted is not kept, but leaves an empty object: the recording must fail at the same place.
    void keep(std::string_view item) {
        body_ += body_.empty() ? "\n" : ",\n";
        const auto end = body_.size();
        body_ += "{}";
        body_.replace(end, 2, kube::redact_json(item, redactor_));
    }
    void note(const std::string& problem) {
        if (problem_.empty()) problem_ = problem;
    }
    const base::Redactor& redactor_;
    kube::Decoder decoder_;
    kube::Sharing sharing_;
    bool record_;
    kube::Asked asked_;
    ListRead& into_;
    std::string body_, problem_;
};

// A list in either form.
class Splitter {
public:
    Splitter(Items& items, bool can_be_proto)
        : json_([&items](std::string_view item) { items.add(item); }),
          proto_([&items](std::string_view item) { items.add(item, kube::Form::proto); }),
          can_be_proto_(can_be_proto) {}

    void feed(std::string_view bytes) {
        if (bytes.empty()) return;
        if (!begun_) is_proto_ = can_be_proto_ && bytes.front() == kube::proto::magic.front();
        begun_ = true;
        is_proto_ ? proto_.feed(bytes) : json_.feed(bytes);
    }
    kube::ListEnvelope finish() { return is_proto_ ? proto_.finish() : json_.finish(); }

private:
    kube::ListSplitter json_;
    kube::proto::ListSplitter proto_;
    bool can_be_proto_, begun_ = false, is_proto_ = false;
};

// What is kept in a recording is JSON. The numbers of fields are those of a kind's newest version.
bool can_be_proto(const ListQuery& query, const Recorder* recorder) {
    return recorder == nullptr && query.version == 0 && kube::proto::message_of(query.what) != nullptr;
}

std::string list_text(const kube::ListEnvelope& envelope, const std::string& items) {
    const nlohmann::json head = {{"apiVersion", envelope.api_version}, {"kind", envelope.kind}};
    auto text = head.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    text.back() = ',';
    return text + R"("metadata":{"resourceVersion":"","continue":")" + (envelope.continue_token.empty() ? "" : "more") +
           "\"},\"items\":[" + items + "]}";
}

// A list of another kind says nothing about the kind that was asked for, least of all when it is empty (SAFETY 5.3).
std::string wrong_list(const kube::ListEnvelope& envelope, const ListQuery& query) {
    const auto kind = std::string(kube::info(query.what).kind) + "List",
               version = kube::api_version(query.what, query.version);
    if (envelope.kind == kind && envelope.api_version == version) return "";
    return fmt::format("a list {} of {} instead of {} of {}", base::quoted(envelope.kind),
                       base::quoted(envelope.api_version), kind, version);
}

void set(ListRead& read, ReadState state, Failure failure, std::string detail) {
    read.state = state;
    read.failure = failure;
    read.detail = std::move(detail);
}

// Reads one text field of an object; for the two identity reads.
Identity read_field(Transport& transport, const base::Redactor& redactor, Recorder* recorder, const kube::RawPath& path,
                    const std::vector<std::string>& field) {
    std::string answer;
    Identity identity{small_get(transport, redactor, path, answer), ""};
    RecordedRead recorded{identity.outcome, ""};
    if (identity.outcome.state == ReadState::ok) try {
            const auto document = base::parse_json(answer, path.str(), base::ErrorKind::cluster_unreadable);
            base::JsonView view(document, path.str(), base::ErrorKind::cluster_unreadable);
            for (const auto& key : field) view = view.at(key);
            identity.value = view.text();
            // Only that field is kept: the rest says nothing that a triage uses.
            nlohmann::json kept = identity.value;
            for (auto key = field.rbegin(); key != field.rend(); ++key) kept = nlohmann::json{{*key, kept}};
            recorded.body = kept.dump();
        } catch (const base::Error& error) {
            identity.outcome = recorded.outcome = {ReadState::error, Failure::unknown, error.what()};
        }
    if (recorder) recorder->add_get(path.str(), recorded);
    return identity;
}

// Kubelet and container runtime answer with these in place of a log, and exit code 0 (TAXONOMY 3.3). A line that a
// program wrote has a timestamp in front.
bool is_no_log(std::string_view text) {
    const auto lines = base::split_lines(text);
    if (lines.size() != 1 || base::parse_time(lines[0].substr(0, lines[0].find(' ')))) return false;
    return lines[0].find("unable to retrieve container logs for ") != std::string_view::npos ||
           lines[0].find("failed to try resolving symlinks in path ") != std::string_view::npos;
}

// "2026-11-21T08:00:00.123456789Z text" as --timestamps writes it; a line without a time is kept whole.
kube::LogLine line_of(std::string_view text) {
    const auto space = text.find(' ');
    const auto at = base::parse_time(text.substr(0, space));
    if (!at) return {std::nullopt, std::string(text)};
    return {at, space == std::string_view::npos ? "" : std::string(text.substr(space + 1))};
}

std::vector<kube::LogLine> lines_of(std::string_view text, const base::Redactor& redactor) {
    std::vector<kube::LogLine> lines;
    std::vector<std::string> texts;
    for (const auto line : base::split_lines(text)) {
        lines.push_back(line_of(line));
        texts.push_back(std::move(lines.back().text));
    }
    texts = redactor.log_lines(texts);
    for (std::size_t i = 0; i < lines.size() && i < texts.size(); ++i) lines[i].text = std::move(texts[i]);
    return lines;
}

std::string text_of(const std::vector<kube::LogLine>& lines) {
    std::string text;
    for (const auto& line : lines) text += (line.at ? base::to_rfc3339(*line.at) + " " : "") + line.text + "\n";
    return text;
}

ListRead read_single(Transport& transport, const base::Redactor& redactor, Recorder* recorder, const ListQuery& query) {
    ListRead read;
    std::string answer;
    const auto outcome = small_get(transport, redactor, query.path, answer);
    set(read, outcome.state, outcome.failure, outcome.detail);
    read.answer = outcome.answer;
    Items items(redactor, recorder != nullptr, query, read);
    if (outcome.state == ReadState::ok) items.add(answer);
    if (!items.problem().empty()) set(read, ReadState::error, Failure::unknown, items.problem());
    if (recorder) recorder->add_get(query.path.str(), {{read.state, read.failure, read.detail}, items.body()});
    return read;
}

}  // namespace

kube::Outcome small_get(Transport& transport, const base::Redactor& redactor, const kube::RawPath& path,
                        std::string& answer) {
    bool fits = true;
    auto outcome = transport.get(path, [&](std::string_view bytes) {
        fits = answer.size() + bytes.size() <= max_object_bytes;
        if (fits) answer += bytes;
        return fits;
    });
    if (!fits) return {ReadState::truncated, Failure::truncated, "the answer is larger than 4 MiB"};
    outcome.detail = redactor.text(outcome.detail);
    return outcome;
}

ListRead read_list(Transport& transport, const base::Redactor& redactor, Recorder* recorder, const ListQuery& query) {
    if (query.single) return read_single(transport, redactor, recorder, query);
    ListRead read;
    Items items(redactor, recorder != nullptr, query, read);
    const bool either = can_be_proto(query, recorder);
    Splitter splitter(items, either);
    const ByteSink sink = [&](std::string_view bytes) {
        splitter.feed(bytes);
        return true;
    };
    const auto outcome = either ? transport.get_either(query.path, sink) : transport.get(query.path, sink);
    const auto envelope = splitter.finish();
    read.facts.pods.shrink_to_fit();
    read.facts.replica_sets.shrink_to_fit();
    read.facts.events.shrink_to_fit();
    set(read, outcome.state, outcome.failure, redactor.text(outcome.detail));
    read.answer = outcome.answer;
    if (outcome.state != ReadState::ok) {
        // kubectl prints an empty List beside an error, and what came before a break is no list.
        read.objects = 0;
        read.facts = {};
    } else if (!envelope.ok()) {
        set(read, envelope.truncated ? ReadState::truncated : ReadState::error,
            envelope.truncated ? Failure::truncated : Failure::unknown, envelope.problem);
    } else if (const auto other = wrong_list(envelope, query); !other.empty()) {
        set(read, ReadState::error, Failure::unknown, other);
        read.facts = {};
    } else if (!envelope.complete()) {
        set(read, ReadState::truncated, Failure::truncated, "the server holds more objects than it sent");
    } else if (!items.problem().empty()) {
        set(read, ReadState::error, Failure::unknown, items.problem());
    }
    if (!recorder) return read;
    // A list that can be believed is kept with its items, and says again itself what is wrong with one of them.
    if (outcome.state == ReadState::ok && envelope.ok() && wrong_list(envelope, query).empty())
        recorder->add_get(query.path.str(), {outcome, list_text(envelope, items.body())});
    else
        recorder->add_get(query.path.str(), {{read.state, read.failure, read.detail}, ""});
    return read;
}

Identity read_version(Transport& transport, const base::Redactor& redactor, Recorder* recorder) {
    return read_field(transport, redactor, recorder, kube::RawPath::server(kube::ServerPath::version), {"gitVersion"});
}

Identity read_cluster_uid(Transport& transport, const base::Redactor& redactor, Recorder* recorder) {
    return read_field(transport, redactor, recorder, kube::RawPath::object(kube::Resource::namespaces, "kube-system"),
                      {"metadata", "uid"});
}

LogRead read_log(Transport& transport, const base::Redactor& redactor, Recorder* recorder,
                 const diagnose::LogWanted& wanted) {
    LogQuery query{wanted.ns, wanted.pod, wanted.container, {}};
    query.options.previous = wanted.previous;
    std::string text;
    LogRead read;
    read.outcome = transport.log(query, [&](std::string_view bytes) {
        text += bytes;
        return true;
    });
    read.outcome.detail = redactor.text(read.outcome.detail);
    if (read.outcome.state == ReadState::ok && is_no_log(text))
        read.outcome = {ReadState::absent, Failure::not_found, std::string(base::trim(text))};
    read.log = {wanted.ns, wanted.pod, wanted.container, wanted.previous, {}};
    if (read.outcome.state == ReadState::ok) read.log.lines = lines_of(text, redactor);
    if (recorder) recorder->add_log(query, {read.outcome, text_of(read.log.lines)});
    return read;
}

}  // namespace salve::io
