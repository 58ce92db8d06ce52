#include "io/recording.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "io/collect.hpp"
#include "io/process.hpp"
#include "io_fakes.hpp"
#include "kube/slim.hpp"

using namespace salve;
using namespace salve::test;
using kube::Failure;
using kube::ReadState;
using kube::Resource;

namespace {

const base::Redactor redactor("key");
constexpr base::Time now{1'790'000'000'000'000};

std::string message_of(const std::string& file) {
    const auto error = error_of([&] { io::RecordedTransport{file}; });
    CHECK(error.kind() == base::ErrorKind::usage);
    CHECK(contains(error.what(), file));
    return error.what();
}

const std::string head = R"("schema":"salve.recording/v1","salve":"0.1.0","taken_at":"2026-11-21T08:00:00Z",)"
                         R"("context":"kind-demo","scope":{"namespaces":["shop"],"all":false})";

std::string recording_of(const std::string& reads) { return "{" + head + ",\"reads\":[" + reads + "]}"; }

const std::string one_get = R"({"get":"/version","state":"ok","failure":"none","detail":null,"body":{"a":1}})";
const std::string one_log =
    R"({"log":"shop/web/app","previous":true,"state":"ok","failure":"none","detail":null,"body":"hello\n"})";

// Saves what a run over the fake reads, and gives back what is read from the file.
struct Roundtrip {
    TempFolder folder;
    kube::Snapshot live, replayed;
    std::string bytes;

    explicit Roundtrip(FakeTransport& fake, const std::vector<diagnose::LogWanted>& logs = {}) {
        io::Recorder recorder;
        io::CollectOptions options;
        options.scope.namespaces = {"shape"};
        options.context = "kind-demo";
        options.now = now;
        options.recorder = &recorder;
        live = io::collect(fake, redactor, options);
        io::collect_logs(fake, redactor, options, logs, live);
        const auto file = folder / "cluster.json";
        recorder.save(file, {live.taken_at, options.context, options.scope}, "0.1.0");
        bytes = io::read_file(file, 1 << 26);
        io::RecordedTransport recording(file);
        CHECK(recording.head().taken_at == live.taken_at);
        CHECK(recording.head().context == "kind-demo");
        CHECK(recording.head().scope == live.scope);
        options.recorder = nullptr;
        replayed = io::collect(recording, redactor, options);
        io::collect_logs(recording, redactor, options, logs, replayed);
    }
};

void serve_recorded(FakeTransport& fake) {
    FakeTransport::serve_empty(fake, "shape");
    for (const auto what : {Resource::pods, Resource::events, Resource::deployments, Resource::replicasets,
                            Resource::jobs, Resource::services, Resource::persistentvolumeclaims, Resource::ingresses})
        fake.list(what, "shape") = {{}, recorded(std::string(kube::info(what).plural))};
    fake.list(Resource::nodes) = {{}, recorded("nodes")};
}

}  // namespace

TEST_CASE("a saved run gives the same facts and the same ledger again") {
    FakeTransport fake;
    serve_recorded(fake);
    fake.list(Resource::statefulsets, "shape") = {forbidden(), list_of(Resource::statefulsets, "")};
    fake.logs["shape/web/app"] = {{}, "2026-11-21T08:00:00.123456789Z one\nplain\n\n2026-11-21T08:00:01Z \n"};
    fake.logs["shape/web/app/previous"] = {{}, "unable to retrieve container logs for containerd://12"};
    const Roundtrip run(fake, {{"shape", "web", "app", false, 0}, {"shape", "web", "app", true, 0}});
    CHECK(run.live.pods.size() == 8);
    CHECK(run.live == run.replayed);
    CHECK(run.folder.names() == std::vector<std::string>{"cluster.json"});
}

TEST_CASE("a list that broke off is not whole in the recording either") {
    FakeTransport fake;
    serve_recorded(fake);
    fake.list(Resource::pods, "shape").body.resize(20000);
    const Roundtrip run(fake);
    CHECK_FALSE(run.live.pods.empty());
    const auto state = [](const kube::Snapshot& facts) {
        for (const auto& read : facts.reads)
            if (read.what == Resource::pods) return read.state;
        return ReadState::ok;
    };
    CHECK(state(run.live) == ReadState::truncated);
    CHECK(state(run.replayed) == ReadState::truncated);
}

TEST_CASE("B5: a list with more to come is not whole in the recording either") {
    FakeTransport fake;
    serve_recorded(fake);
    auto& body = fake.list(Resource::pods, "shape").body;
    body.replace(body.find("\"resourceVersion\":\"1900\""), 24, "\"continue\":\"token\"");
    const Roundtrip run(fake);
    CHECK(run.live == run.replayed);
    CHECK_FALSE(contains(run.bytes, "\"continue\":\"token\""));
}

TEST_CASE("an item that could not be decoded is an error in the recording, too") {
    FakeTransport fake;
    serve_recorded(fake);
    for (const std::string item : {R"({"metadata":{"name":"a","namespace":"shape"},"spec":{"containers":7}})",
                                   R"({"metadata":{"name":"a","namespace":"other"}})", R"({"a":nope})"}) {
        CAPTURE(item);
        fake.list(Resource::pods, "shape") = {{}, list_of(Resource::pods, item)};
        const Roundtrip run(fake);
        const auto states = [](const kube::Snapshot& facts) {
            std::vector<ReadState> found;
            for (const auto& read : facts.reads) found.push_back(read.state);
            return found;
        };
        const auto live = states(run.live);
        CHECK(std::count(live.begin(), live.end(), ReadState::error) == 1);
        CHECK(live == states(run.replayed));
    }
}

TEST_CASE("a namespace that was also asked for its uid alone stands whole in the recording") {
    TempFolder folder;
    const std::string path = kube::RawPath::object(kube::Resource::namespaces, "kube-system").str();
    for (const bool uid_first : {true, false}) {
        io::Recorder recorder;
        const io::RecordedRead uid{{}, R"({"metadata":{"uid":"u"}})"};
        const io::RecordedRead whole{{}, R"({"kind":"Namespace","metadata":{"name":"kube-system","uid":"u"}})"};
        recorder.add_get(path, uid_first ? uid : whole);
        recorder.add_get(path, uid_first ? whole : uid);
        const auto file = folder / "cluster.json";
        recorder.save(file, {now, "kind-demo", {{"kube-system"}, false, {}}}, "0.1.0");
        CHECK(contains(io::read_file(file, 1 << 20), R"("name":"kube-system")"));
    }
}

TEST_CASE("no secret stands in a recording") {
    FakeTransport fake;
    FakeTransport::serve_empty(fake, "shape");
    const std::string secret = "s3cr3tS3cr3tValue";
    fake.list(Resource::pods, "shape") = {
        {},
        list_of(Resource::pods, R"({"metadata":{"name":"a","namespace":"shape","annotations":{"app/token":")" + secret +
                                    R"("}},"spec":{"containers":[{"name":"c","env":[{"name":"DB_PASSWORD","value":")" +
                                    secret + R"("}]}]},"status":{"message":"password=)" + secret + "\"}}")};
    fake.list(Resource::jobs, "shape") = {failed(ReadState::error, Failure::server_error, "token=" + secret), ""};
    fake.logs["shape/a/c"] = {{}, "2026-11-21T08:00:00Z password=" + secret + "\n"};
    const Roundtrip run(fake, {{"shape", "a", "c", false, 0}});
    CHECK(run.live.pods.size() == 1);
    CHECK(contains(run.bytes, "DB_PASSWORD"));
    CHECK_FALSE(contains(run.bytes, secret));
    CHECK(run.live == run.replayed);
}

TEST_CASE("a cluster's events that were recorded whole serve those that are asked for by a selector") {
    const TempFolder folder;
    const auto list = R"({"get":"/api/v1/events","state":"ok","failure":"none","detail":null,"body":{"a":1}})";
    io::RecordedTransport whole(folder.file("whole.json", recording_of(list)));
    std::string bytes;
    CHECK(whole.get(kube::kept_events(), io::gather(bytes)).state == ReadState::ok);
    CHECK(bytes == "{\"a\":1}");
    // Any other selector is another question.
    auto other = kube::RawPath::list(Resource::events);
    other.fields({{kube::SelectableField::involved_kind, "Node"}});
    CHECK(whole.get(other, io::gather(bytes)).state == ReadState::error);
    io::RecordedTransport none(folder.file("none.json", recording_of(one_get)));
    CHECK(none.get(kube::kept_events(), io::gather(bytes)).state == ReadState::error);
}

TEST_CASE("a list that was recorded whole answers for the server where labels and namespaces select") {
    const TempFolder folder;
    const auto item = [](const std::string& ns, const std::string& name, const std::string& labels) {
        return fmt::format(R"({{"metadata":{{"name":"{}","namespace":"{}","labels":{}}}}})", name, ns, labels);
    };
    const auto list = R"({"get":"/apis/apps/v1/replicasets","state":"ok","failure":"none","detail":null,"body":)" +
                      list_of(Resource::replicasets,
                              item("a", "one", R"({"app":"web"})") + "," + item("b", "two", R"({"app":"web"})") + "," +
                                  item("a", "three", R"({"app":"db"})") + "," + item("a", "four", "{}")) +
                      "}";
    io::RecordedTransport whole(folder.file("whole.json", recording_of(list)));
    auto path = kube::RawPath::list(Resource::replicasets);
    std::string bytes;
    CHECK(whole.get(path.labels({{}, {{"app", "In", {"web"}}}}).outside_of({"b"}), io::gather(bytes)).state ==
          ReadState::ok);
    CHECK(contains(bytes, "one"));
    for (const char* other : {"two", "three", "four"}) CHECK_FALSE(contains(bytes, other));
    CHECK(contains(bytes, "ReplicaSetList"));
    bytes.clear();
    auto loose = kube::RawPath::list(Resource::replicasets);
    CHECK(whole.get(loose.labels(kube::without_hash()), io::gather(bytes)).state == ReadState::ok);
    for (const char* any : {"one", "two", "three", "four"}) CHECK(contains(bytes, any));
    // A list that failed fails for its parts as well; what was not recorded is no list.
    const auto refused =
        R"({"get":"/apis/apps/v1/replicasets","state":"forbidden","failure":"forbidden","detail":"no",)"
        R"("body":null})";
    io::RecordedTransport failing(folder.file("failing.json", recording_of(refused)));
    CHECK(failing.get(path, io::gather(bytes)).state == ReadState::forbidden);
    io::RecordedTransport none(folder.file("none.json", recording_of(one_get)));
    CHECK(none.get(path, io::gather(bytes)).state == ReadState::error);
}

TEST_CASE("what was not recorded is an error, not an empty list") {
    const TempFolder folder;
    io::RecordedTransport recording(folder.file("r.json", recording_of(one_get + "," + one_log)));
    std::string got;
    const auto sink = [&](std::string_view bytes) {
        got += bytes;
        return true;
    };
    const auto path = kube::RawPath::list(Resource::nodes);
    const auto outcome = recording.get(path, sink);
    CHECK(outcome.state == ReadState::error);
    CHECK(contains(outcome.detail, path.str()));
    CHECK(recording.log({"shop", "web", "app", {}}, sink).state == ReadState::error);  // only the previous one is there
    CHECK(got.empty());
    kube::LogOptions previous;
    previous.previous = true;
    CHECK(recording.log({"shop", "web", "app", previous}, sink).state == ReadState::ok);
    CHECK(got == "hello\n");
    CHECK(recording.digest().size() == 64);
}

TEST_CASE("a file that is no recording is refused with its name") {
    const TempFolder folder;
    const auto with = [&](std::string_view bytes) { return folder.file("r.json", bytes); };
    using namespace std::string_literals;
    for (const auto& bytes :
         {""s, " "s, "\n\n"s, "\xef\xbb\xbf"s, "\xff\xfe{\0}\0"s, "\0"s, "null"s, "7"s, "[]"s, "{}"s, "text"s,
          std::string(100000, '['), std::string(100000, '{'), "{\"schema\":" + std::string(100000, '['),
          recording_of("") + "}", recording_of("") + recording_of(""), recording_of("\xc0\xaf"),
          recording_of(R"({"get":"\ud800","state":"ok","failure":"none","detail":null,"body":{}})"),
          recording_of(R"({"get":"/version","state":"ok","failure":"none","detail":null,"body":)" +
                       std::string(100000, '[') + std::string(100000, ']') + "}")}) {
        CAPTURE(bytes.substr(0, 60));
        message_of(with(bytes));
    }
    CHECK(contains(message_of(with("{\"schema\":\"salve.recording/v2\"}")), ".schema"));
    CHECK(contains(message_of(folder / "missing.json"), "No such file"));
    CHECK(contains(message_of(folder.path()), "not a regular file"));
    REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
    CHECK(contains(message_of(folder / "fifo"), "not a regular file"));
    CHECK(contains(message_of("/dev/null"), "not a regular file"));
}

TEST_CASE("a recording cut at any byte is refused") {
    const TempFolder folder;
    const auto whole = recording_of(one_get + "," + one_log);
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
        CAPTURE(cut);
        CHECK(contains(message_of(folder.file("r.json", whole.substr(0, cut))), "r.json"));
    }
    io::RecordedTransport{folder.file("r.json", whole)};
}

TEST_CASE("every field of the wrong type, or missing, is refused with its place") {
    const TempFolder folder;
    const auto whole = recording_of(one_get + "," + one_log);
    struct Row {
        std::string what, with, place;
    };
    const std::vector<Row> rows = {
        {R"("schema":"salve.recording/v1")", R"("schema":1)", ".schema"},
        {R"("schema":"salve.recording/v1")", R"("schema":"salve.recording/v1 ")", ".schema"},
        {R"("schema":"salve.recording/v1",)", "", ".schema"},
        {R"("taken_at":"2026-11-21T08:00:00Z")", R"("taken_at":1e999)", "document"},
        {R"("taken_at":"2026-11-21T08:00:00Z")", R"("taken_at":9007199254740993)", ".taken_at"},
        {R"("taken_at":"2026-11-21T08:00:00Z")", R"("taken_at":"2026-13-41T08:00:00Z")", ".taken_at"},
        {R"("taken_at":"2026-11-21T08:00:00Z",)", "", ".taken_at"},
        {R"("context":"kind-demo")", R"("context":[])", ".context"},
        {R"("scope":{"namespaces":["shop"],"all":false})", R"("scope":null)", ".scope"},
        {R"("namespaces":["shop"])", R"("namespaces":"shop")", ".scope.namespaces"},
        {R"("namespaces":["shop"])", R"("namespaces":[7])", ".scope.namespaces"},
        {R"("all":false)", R"("all":0)", ".scope.all"},
        {R"("get":"/version")", R"("get":7)", ".reads[0].get"},
        {R"("get":"/version",)", "", ".reads[0].get"},
        {R"("state":"ok","failure":"none","detail":null,"body":{"a":1})",
         R"("state":"fine","failure":"none","detail":null,"body":{"a":1})", ".reads[0].state"},
        {R"("failure":"none","detail":null,"body":{"a":1})", R"("failure":"often","detail":null,"body":{"a":1})",
         ".reads[0].failure"},
        {R"("detail":null,"body":{"a":1})", R"("detail":{},"body":{"a":1})", ".reads[0].detail"},
        {R"("body":{"a":1})", R"("body":null)", ".reads[0].body"},
        {R"(,"body":{"a":1})", "", ".reads[0].body"},
        {R"("log":"shop/web/app")", R"("log":[])", ".reads[1].log"},
        {R"("previous":true)", R"("previous":"yes")", ".reads[1].previous"},
        {R"("body":"hello\n")", R"("body":{})", ".reads[1].body"},
        {one_get, "7", ".reads[0]"},
        {"\"reads\":[" + one_get + "," + one_log + "]", R"("reads":{})", ".reads"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.with);
        auto bytes = whole;
        const auto at = bytes.find(row.what);
        REQUIRE(at != std::string::npos);
        bytes.replace(at, row.what.size(), row.with);
        CHECK(contains(message_of(folder.file("r.json", bytes)), row.place));
    }
}

TEST_CASE("a key or a read that stands there twice is refused: which one counts would be a guess") {
    const TempFolder folder;
    CHECK(contains(message_of(folder.file("r.json", recording_of(one_get + "," + one_get))), "/version"));
    CHECK(contains(message_of(folder.file("r.json", recording_of(one_log + "," + one_log))), "shop/web/app"));
    const auto twice = R"({"get":"/version","state":"forbidden",)" + one_get.substr(1 + 17);
    CHECK(contains(message_of(folder.file("r.json", recording_of(twice))), "state"));
    CHECK(contains(message_of(folder.file("r.json", "{\"reads\":[]," + recording_of("").substr(1))), "reads"));
}

TEST_CASE("a recording that cannot be saved leaves nothing behind") {
    const TempFolder folder;
    io::Recorder recorder;
    recorder.add_get("/version", {{}, "{}"});
    const auto missing = error_of([&] { recorder.save(folder / "no/such/r.json", {}, "0.1.0"); });
    CHECK(missing.kind() == base::ErrorKind::usage);
    CHECK(contains(missing.what(), "no/such/r.json"));
    std::filesystem::create_directory(folder / "taken");
    CHECK(error_of([&] { recorder.save(folder / "taken", {}, "0.1.0"); }).kind() == base::ErrorKind::usage);
    CHECK(folder.names() == std::vector<std::string>{"taken"});
    folder.file("old.json", "old");
    recorder.save(folder / "old.json", {now, "", {}}, "0.1.0");
    CHECK(io::RecordedTransport(folder / "old.json").head().context.empty());
    CHECK(folder.names() == std::vector<std::string>{"old.json", "taken"});
}

TEST_CASE("B5: an object that was read as an item of its list can be asked for by name") {
    TempFolder folder;
    const auto file = folder.file(
        "cluster.json",
        recording_of(
            R"({"get":"/apis/apps/v1/namespaces/shop/deployments","state":"ok","failure":"none","detail":null,"body":)"
            R"({"apiVersion":"apps/v1","kind":"DeploymentList","metadata":{},"items":[{"metadata":{"name":"web","uid":"1"}}]}},)"
            R"({"get":"/apis/batch/v1/namespaces/shop/jobs","state":"forbidden","failure":"forbidden","detail":"no","body":null})"));
    io::RecordedTransport recording(file);
    const auto ask = [&](Resource what, const char* name) {
        std::string answer;
        const auto outcome = recording.get(kube::RawPath::object_in(what, "shop", name), [&](std::string_view bytes) {
            answer += bytes;
            return true;
        });
        return std::pair(outcome.state, answer);
    };
    CHECK(
        ask(Resource::deployments, "web") ==
        std::pair(ReadState::ok,
                  std::string(R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","uid":"1"}})")));
    CHECK(ask(Resource::deployments, "other").first == ReadState::error);
    CHECK(ask(Resource::jobs, "web").first == ReadState::error);
}
