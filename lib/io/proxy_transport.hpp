// Reads a live cluster through one `kubectl proxy` on a private socket: starting kubectl for every list costs more than
// most lists. Where the proxy cannot tell what kubectl would say (no connection, credentials, throttling), kubectl is
// started for that read after all, so that outcomes, ledger and recordings are those of KubectlTransport.
#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "io/http_line.hpp"
#include "io/kubectl_transport.hpp"
#include "io/read_proxy.hpp"

namespace salve::io {

struct ProxySettings {
    bool required = false;                           // no proxy is an error, not one kubectl for every read
    base::Duration start_budget = base::seconds(2);  // until it serves
    bool packed = false;                             // lists come with gzip
};

class ProxyTransport : public KubectlTransport {
public:
    // begun: a proxy for the same cluster, if one was started already; otherwise one is started, and not waited for.
    // Throws nothing of its own: a proxy that cannot be started is found out by the first read.
    ProxyTransport(KubectlSettings settings, ProxySettings proxy, std::unique_ptr<ReadProxy> begun = nullptr);

    // Error(kubectl_unavailable) if there is no proxy and it is required.
    kube::Outcome get(const kube::RawPath& path, const ByteSink& sink) override;
    kube::Outcome get_either(const kube::RawPath& path, const ByteSink& sink) override;
    kube::Outcome log(const LogQuery& query, const ByteSink& sink) override;

    // Whether reads go through the proxy; waits for it the first time.
    bool serves();

private:
    struct Asked {
        kube::Command command;
        std::string path;
        base::Duration budget;
        std::uint64_t cap;
        bool log;
        bool proto = false;
    };
    void start_door();
    void note_door();
    kube::Outcome get(const kube::RawPath& path, const ByteSink& sink, bool proto);
    std::optional<kube::Outcome> read(const Asked& asked, const ByteSink& sink);
    std::unique_ptr<HttpLine> take_line();
    void give_back(std::unique_ptr<HttpLine> line);

    ProxySettings proxy_;
    std::unique_ptr<ReadProxy> door_;
    std::once_flag waited_;
    bool serves_ = false;
    std::mutex mutex_;
    std::vector<std::unique_ptr<HttpLine>> idle_;  // closed before the proxy ends
};

}  // namespace salve::io
