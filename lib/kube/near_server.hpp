// How far away an API server is, as its address tells: packing an answer pays on a slow link only.
#pragma once
#include <string_view>

namespace salve::kube {

// Whether the host of this URL is the machine itself or lies in a private network: an address of loopback, RFC 1918,
// link-local or fc00::/7, "localhost", or a name of one word or under .local, .internal or .cluster.local. Anything
// else, and what is no URL, is far.
bool is_near(std::string_view url);

}  // namespace salve::kube
