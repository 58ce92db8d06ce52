// Reading of image references and of the texts with which kubelets and runtimes say that a pull failed.
#pragma once
#include <string>
#include <string_view>

namespace salve::diagnose {

// The parts of "registry:port/path/name:tag@digest". Never fails: what is not there is empty.
struct ImageReference {
    std::string registry;    // host with port; "docker.io" when the reference names none
    std::string repository;  // as written, without registry host, tag and digest: "nginx", "team/web"
    std::string name;        // as written, without tag and digest: "ghcr.io/team/web"
    std::string tag;         // empty: none given (the kubelet then takes "latest")
    std::string digest;      // "sha256:..."
};
ImageReference parse_image(std::string_view image);

// The same without a copy, for who asks of every container: name, tag and digest as they stand in the reference.
struct ImageVersion {
    std::string_view name, tag, digest;
};
ImageVersion version_of(std::string_view image);

// What is wrong with a reference that could not be parsed, in words ("it has an upper-case letter in its name"); empty
// when no reason is plain to see.
std::string why_invalid(std::string_view image);

enum class PullCause {
    unknown,  // no text, or one that says nothing known
    rate_limited,
    own_limit,  // the kubelet's registryPullQPS
    wrong_arch,
    tls,
    disk_full,
    signature,
    registry_unavailable,
    unauthorized,
    network,
    not_found,
};

// The cause of a failed pull. Several may be named; the order is: rate limit, platform, TLS, disk, signature, refused
// login, the registry's own errors, network, failed login, not found. So "pull access denied, repository does not
// exist" is unauthorized, "no match for platform in manifest: not found" is wrong_arch, a login that failed for want of
// DNS is network, and "no such host" is never not_found.
PullCause pull_cause(std::string_view text);

// The cause within a waiting message or a Failed event: without "Back-off pulling image "I"", "ErrImagePull: " and
// "Failed to pull image "I": ". Empty when nothing is left (kubelets before 1.32 give no cause while backing off).
std::string cause_text(std::string_view message);

// The end of a cause, without the wrappers of gRPC and containerd ("failed to resolve reference "R": ").
std::string decisive_part(std::string_view cause);

}  // namespace salve::diagnose
