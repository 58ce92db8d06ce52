#include "io/recording.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "io/file.hpp"
#include "kube/labels.hpp"
#include "kube/slim.hpp"

namespace salve::io {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;
using nlohmann::literals::operator""_json_pointer;

constexpr std::string_view schema = "salve.recording/v1";
constexpr std::size_t max_bytes = std::size_t{2} << 30;  // simdjson holds at most 4 GiB

std::string log_key(const LogQuery& query) { return fmt::format("{}/{}/{}", query.ns, query.pod, query.container); }

std::string json_text(std::string_view text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// The fields that every read has; body is JSON text already.
std::string tail_of(const RecordedRead& read, const std::string& body) {
    return fmt::format(R"("state":{},"failure":{},"detail":{},"body":{}}})",
                       json_text(base::word(kube::read_state_names, read.outcome.state)),
                       json_text(base::word(kube::failure_names, read.outcome.failure)),
                       read.outcome.detail.empty() ? "null" : json_text(read.outcome.detail), body);
}

[[noreturn]] void refuse(const std::string& file, const std::string& where, const std::string& reason) {
    throw base::Error(base::ErrorKind::usage, fmt::format("{}: {}: {}", file, where, reason),
                      "a recording is written by 'salve triage --save FILE'");
}

// Checked access into the recording: every failure names the file and the path.
struct Reader {
    const std::string& file;
    std::string where;

    element at(const object& parent, const char* key) const {
        element value;
        if (parent.at_key(key).get(value)) refuse(file, where + "." + key, "missing");
        return value;
    }
    std::string text(const object& parent, const char* key) const {
        std::string_view value;
        if (at(parent, key).get(value)) refuse(file, where + "." + key, "is not a string");
        return std::string(value);
    }
    // null reads as empty
    std::string text_or_null(const object& parent, const char* key) const {
        return at(parent, key).is_null() ? "" : text(parent, key);
    }
    bool boolean(const object& parent, const char* key) const {
        bool value = false;
        if (at(parent, key).get(value)) refuse(file, where + "." + key, "is not true or false");
        return value;
    }
    template <typename Enum, std::size_t Count>
    Enum word(const base::Names<Enum, Count>& names, const object& parent, const char* key) const {
        const auto value = base::parse(names, text(parent, key));
        if (!value) refuse(file, where + "." + key, "is not a known word");
        return *value;
    }
};

// simdjson gives the first of two equal keys; which one was meant cannot be known.
void refuse_repeats(const Reader& reader, const object& fields) {
    std::set<std::string_view> seen;
    for (const auto field : fields)
        if (!seen.insert(field.key).second)
            refuse(reader.file, reader.where + "." + std::string(field.key), "stands there twice");
}

RecordedRead read_of(const Reader& reader, const object& entry, bool log) {
    RecordedRead read;
    read.outcome.state = reader.word(kube::read_state_names, entry, "state");
    read.outcome.failure = reader.word(kube::failure_names, entry, "failure");
    read.outcome.detail = reader.text_or_null(entry, "detail");
    const auto body = reader.at(entry, "body");
    if (!body.is_null()) read.body = log ? reader.text(entry, "body") : simdjson::to_string(body);
    if (body.is_null() && read.outcome.state == kube::ReadState::ok)
        refuse(reader.file, reader.where + ".body", "is null in a read that is ok");
    return read;
}

RecordingHead head_of(const Reader& reader, const object& root) {
    if (reader.text(root, "schema") != schema) refuse(reader.file, ".schema", fmt::format("is not \"{}\"", schema));
    RecordingHead head;
    const auto time = base::parse_time(reader.text(root, "taken_at"));
    if (!time) refuse(reader.file, ".taken_at", "is not a time");
    head.taken_at = *time;
    head.context = reader.text_or_null(root, "context");
    object scope;
    if (reader.at(root, "scope").get(scope)) refuse(reader.file, ".scope", "is not an object");
    const Reader in{reader.file, ".scope"};
    refuse_repeats(in, scope);
    head.scope.all = in.boolean(scope, "all");
    simdjson::dom::array namespaces;
    if (in.at(scope, "namespaces").get(namespaces)) refuse(reader.file, ".scope.namespaces", "is not a list");
    for (const element ns : namespaces) {
        std::string_view name;
        if (ns.get(name)) refuse(reader.file, ".scope.namespaces", "holds something that is not a string");
        head.scope.namespaces.emplace_back(name);
    }
    return head;
}

kube::Outcome answer(const RecordedRead* read, const ByteSink& sink, const std::string& what) {
    if (!read) return {kube::ReadState::error, kube::Failure::unknown, "error: not in the recording: " + what};
    if (read->outcome.state == kube::ReadState::ok) sink(read->body);
    return read->outcome;
}

// An object that was read as an item of its list, with the kind that the list gives it; nothing where that list was not
// recorded or does not hold it.
std::optional<RecordedRead> from_list(const std::map<std::string, RecordedRead>& gets, const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return std::nullopt;
    const auto list = gets.find(path.substr(0, slash));
    if (list == gets.end() || list->second.outcome.state != kube::ReadState::ok) return std::nullopt;
    auto document = nlohmann::json::parse(list->second.body, nullptr, false);
    if (!document.is_object() || !document["items"].is_array()) return std::nullopt;
    const auto kind = document.value("kind", "");
    for (auto& item : document["items"]) {
        if (item.value("/metadata/name"_json_pointer, "") != path.substr(slash + 1)) continue;
        item["apiVersion"] = document.value("apiVersion", "");
        item["kind"] = kind.ends_with("List") ? kind.substr(0, kind.size() - 4) : kind;
        return RecordedRead{{kube::ReadState::ok, kube::Failure::none, ""}, item.dump()};
    }
    return std::nullopt;
}

std::string text_at(const element& item, const char* pointer) {
    std::string_view text;
    return item.at_pointer(pointer).get(text) == simdjson::SUCCESS ? std::string(text) : "";
}

bool is_wanted(const element& item, const kube::RawPath& path) {
    const auto ns = text_at(item, "/metadata/namespace");
    const auto& out = path.left_out();
    if ((!path.ns().empty() && ns != path.ns()) || std::find(out.begin(), out.end(), ns) != out.end()) return false;
    if (!path.label_selector()) return true;
    std::map<std::string, std::string> labels;
    object own;
    if (item.at_pointer("/metadata/labels").get(own) == simdjson::SUCCESS)
        for (const auto field : own)
            if (std::string_view value; field.value.get(value) == simdjson::SUCCESS) labels.emplace(field.key, value);
    return kube::matches(*path.label_selector(), labels);
}

// What labels and namespaces leave of a list that was recorded whole.
std::optional<RecordedRead> part_of(const RecordedRead& whole, const kube::RawPath& path) {
    if (whole.outcome.state != kube::ReadState::ok) return whole;
    simdjson::dom::parser parser;
    object list;
    simdjson::dom::array items;
    if (parser.parse(whole.body).get(list) || list["items"].get(items)) return std::nullopt;
    std::string text = "{";
    for (const auto field : list)
        if (field.key != "items") text += json_text(field.key) + ":" + simdjson::to_string(field.value) + ",";
    text += "\"items\":[";
    const char* separator = "";
    for (const element item : items)
        if (is_wanted(item, path)) text += std::exchange(separator, ",") + simdjson::to_string(item);
    return RecordedRead{whole.outcome, text + "]}"};
}

// Any other selector is a question of its own.
bool is_part(const kube::RawPath& path) {
    return path.label_selector() || (!path.ns().empty() && path.str() == path.list());
}

template <typename Map, typename Key>
const RecordedRead* find(const Map& map, const Key& key) {
    const auto at = map.find(key);
    return at == map.end() ? nullptr : &at->second;
}

}  // namespace

void Recorder::add_get(const std::string& path, RecordedRead read) {
    const std::lock_guard lock(mutex_);
    // The namespace kube-system is read twice where it is in the scope, once for its uid alone: the whole one serves
    // both.
    const auto known = gets_.find(path);
    if (known != gets_.end() && known->second.body.size() > read.body.size()) return;
    gets_[path] = std::move(read);
}

void Recorder::add_log(const LogQuery& query, RecordedRead read) {
    const std::lock_guard lock(mutex_);
    logs_[{log_key(query), query.options.previous}] = std::move(read);
}

void Recorder::save(const std::string& file, const RecordingHead& head, const std::string& version) const {
    const std::lock_guard lock(mutex_);
    AtomicFile out(file);
    out.write(
        fmt::format("{{\"schema\":\"{}\",\"salve\":{},\"taken_at\":\"{}\",\"context\":{},\"scope\":{{\"namespaces\":{},"
                    "\"all\":{}}},\n\"reads\":[",
                    schema, json_text(version), base::to_rfc3339(head.taken_at),
                    head.context.empty() ? "null" : json_text(head.context),
                    nlohmann::json(head.scope.namespaces).dump(), head.scope.all));
    const char* separator = "\n";
    for (const auto& [path, read] : gets_) {
        out.write(fmt::format("{}{{\"get\":{},{}", separator, json_text(path),
                              tail_of(read, read.body.empty() ? "null" : read.body)));
        separator = ",\n";
    }
    for (const auto& [key, read] : logs_) {
        const bool ok = read.outcome.state == kube::ReadState::ok;
        out.write(fmt::format("{}{{\"log\":{},\"previous\":{},{}", separator, json_text(key.first), key.second,
                              tail_of(read, ok ? json_text(read.body) : "null")));
        separator = ",\n";
    }
    out.write("]}\n");
    out.publish();
}

RecordedTransport::RecordedTransport(const std::string& file) {
    const auto bytes = read_file(file, max_bytes);
    digest_ = base::sha256_hex(bytes);
    simdjson::dom::parser parser;
    element document;
    if (const auto error = parser.parse(bytes.data(), bytes.size()).get(document))
        refuse(file, "document", simdjson::error_message(error));
    object root;
    if (document.get(root)) refuse(file, "document", "is not an object");
    const Reader top{file, ""};
    refuse_repeats(top, root);
    head_ = head_of(top, root);
    simdjson::dom::array reads;
    if (top.at(root, "reads").get(reads)) refuse(file, ".reads", "is not a list");
    std::size_t index = 0;
    for (const element one : reads) {
        object entry;
        const Reader reader{file, fmt::format(".reads[{}]", index++)};
        if (one.get(entry)) refuse(file, reader.where, "is not an object");
        refuse_repeats(reader, entry);
        const bool log = entry.at_key("log").error() == simdjson::SUCCESS;
        auto read = read_of(reader, entry, log);
        const auto name = reader.text(entry, log ? "log" : "get");
        const bool fresh =
            log ? logs_.emplace(std::pair(name, reader.boolean(entry, "previous")), std::move(read)).second
                : gets_.emplace(name, std::move(read)).second;
        if (!fresh) refuse(file, reader.where, fmt::format("{} was recorded before", base::quoted(name)));
    }
}

kube::Outcome RecordedTransport::get(const kube::RawPath& path, const ByteSink& sink) {
    if (const auto* read = find(gets_, path.str())) return answer(read, sink, path.str());
    // Recorded whole: what the selector leaves out is not kept of it either.
    if (path.str() == kube::kept_events().str())
        return answer(find(gets_, kube::RawPath::list(kube::Resource::events).str()), sink, path.str());
    if (is_part(path)) {
        const auto* whole = find(gets_, path.list());
        if (!whole) whole = find(gets_, path.list_everywhere());
        const auto part = whole ? part_of(*whole, path) : std::nullopt;
        return answer(part ? &*part : nullptr, sink, path.str());
    }
    const auto object = from_list(gets_, path.str());
    return answer(object ? &*object : nullptr, sink, path.str());
}

kube::Outcome RecordedTransport::log(const LogQuery& query, const ByteSink& sink) {
    const auto key = log_key(query);
    return answer(find(logs_, std::pair(key, query.options.previous)), sink, key);
}

}  // namespace salve::io
