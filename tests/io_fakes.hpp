// What the tests of io share: a cluster in memory and a folder that goes away.
#pragma once
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "io/file.hpp"
#include "io/transport.hpp"
#include "kube/raw_path.hpp"
#include "kube/replica_set_query.hpp"
#include "kube/resource.hpp"
#include "test_paths.hpp"

namespace salve::test {

class TempFolder {
public:
    TempFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "salve-test-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;
    ~TempFolder() { std::filesystem::remove_all(path_); }
    const std::string& path() const { return path_; }
    std::string operator/(const std::string& name) const { return path_ + "/" + name; }
    // The new file's path.
    std::string file(const std::string& name, std::string_view bytes) const {
        const auto path = *this / name;
        std::ofstream(path, std::ios::binary) << bytes;
        return path;
    }
    std::vector<std::string> names() const {
        std::vector<std::string> found;
        for (const auto& entry : std::filesystem::directory_iterator(path_))
            found.push_back(entry.path().filename().string());
        std::sort(found.begin(), found.end());
        return found;
    }

private:
    std::string path_;
};

// A list that a real server sent (tests/data/kube).
inline std::string recorded(const std::string& name) {
    return io::read_file(std::string(SALVE_SOURCE_DIR) + "/tests/data/kube/" + name + ".json", 1 << 20);
}

// "v1" or "apps/v1".
inline std::string version_of(kube::Resource what, std::size_t version = 0) {
    const auto& row = kube::info(what);
    return (row.group.empty() ? "" : std::string(row.group) + "/") + std::string(row.versions.at(version));
}

inline std::string list_of(kube::Resource what, const std::string& items, std::size_t version = 0,
                           const std::string& metadata = "{}") {
    return fmt::format(R"({{"kind":"{}List","apiVersion":"{}","metadata":{},"items":[{}]}})", kube::info(what).kind,
                       version_of(what, version), metadata, items);
}

inline kube::Outcome failed(kube::ReadState state, kube::Failure failure, const std::string& detail = "it failed") {
    return {state, failure, detail};
}
inline kube::Outcome forbidden() {
    return failed(kube::ReadState::forbidden, kube::Failure::forbidden, "Error from server (Forbidden): no");
}
inline kube::Outcome missing_type() {
    return failed(kube::ReadState::absent, kube::Failure::missing_resource_type,
                  "Error from server (NotFound): the server could not find the requested resource");
}

// Answers from memory, cut into pieces; the body goes out whatever the outcome is, as kubectl does.
class FakeTransport : public io::Transport {
public:
    struct Answer {
        kube::Outcome outcome;
        std::string body;
    };
    std::map<std::string, Answer> gets, logs;  // logs: "ns/pod/container", with "/previous"
    Answer otherwise{failed(kube::ReadState::error, kube::Failure::unknown, "not served"), ""};
    std::size_t piece = 61;

    // Every list of that namespace and of the cluster, empty; the namespace, the version, the cluster's uid.
    static void serve_empty(FakeTransport& fake, const std::string& ns) {
        using kube::RawPath;
        for (const auto& kind : kube::resources()) {
            fake.gets[RawPath::list(kind.resource).str()] = {{}, list_of(kind.resource, "")};
            if (kind.namespaced)
                for (const auto& where : {ns, std::string("kube-node-lease")})
                    fake.gets[RawPath::list_in(kind.resource, where).str()] = {{}, list_of(kind.resource, "")};
        }
        auto loose = RawPath::list(kube::Resource::replicasets);
        fake.gets[loose.labels(kube::without_hash()).str()] = {{}, list_of(kube::Resource::replicasets, "")};
        const auto object = [](const std::string& name, const std::string& uid) {
            return fmt::format(R"({{"kind":"Namespace","apiVersion":"v1","metadata":{{"name":"{}","uid":"{}"}},)"
                               R"("status":{{"phase":"Active"}}}})",
                               name, uid);
        };
        fake.gets[RawPath::object(kube::Resource::namespaces, ns).str()] = {{}, object(ns, "uid-" + ns)};
        fake.gets[RawPath::object(kube::Resource::namespaces, "kube-system").str()] = {
            {}, object("kube-system", "uid-cluster")};
        fake.gets["/version"] = {{}, R"({"major":"1","minor":"32","gitVersion":"v1.32.2"})"};
    }

    Answer& list(kube::Resource what, const std::string& ns, std::size_t version = 0) {
        return gets[kube::RawPath::list_in(what, ns, version).str()];
    }
    Answer& list(kube::Resource what) { return gets[kube::RawPath::list(what).str()]; }

    kube::Outcome get(const kube::RawPath& path, const io::ByteSink& sink) override {
        return answer(gets, path.str(), sink);
    }
    kube::Outcome log(const io::LogQuery& query, const io::ByteSink& sink) override {
        return answer(
            logs,
            fmt::format("{}/{}/{}{}", query.ns, query.pod, query.container, query.options.previous ? "/previous" : ""),
            sink);
    }
    std::vector<std::string> asked() const {
        const std::lock_guard lock(mutex_);
        return asked_;
    }

private:
    kube::Outcome answer(const std::map<std::string, Answer>& from, const std::string& key, const io::ByteSink& sink) {
        {
            const std::lock_guard lock(mutex_);
            asked_.push_back(key);
        }
        // What a selector of events asks for is looked up without it.
        const bool selected = key.starts_with("/api/v1/events?fieldSelector=reason");
        const auto at = from.find(selected ? key.substr(0, key.find('?')) : key);
        const auto& found = at == from.end() ? otherwise : at->second;
        for (std::size_t done = 0; done < found.body.size(); done += piece)
            if (!sink(std::string_view(found.body).substr(done, piece))) break;
        return found.outcome;
    }
    mutable std::mutex mutex_;
    std::vector<std::string> asked_;
};

// The Error that the call throws; the test fails if there is none.
template <typename Call>
base::Error error_of(const Call& call) {
    try {
        call();
    } catch (const base::Error& error) {
        return error;
    }
    FAIL("no error was thrown");
    return base::Error(base::ErrorKind::internal, "no error was thrown");
}

inline bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

}  // namespace salve::test
