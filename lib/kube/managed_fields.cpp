#include "kube/managed_fields.hpp"

#include <cstring>

#include "kube/bracket_scan.hpp"
#include "kube/list_splitter.hpp"

namespace salve::kube {

// A quote right after a comma is never escaped. Were the two in a string, it would end there, and "managedFields"
// follow outside of any: no JSON. So what is found in JSON is a key.
void append_without_managed_fields(std::string_view object, std::string& out) {
    constexpr std::string_view start = R"(,"managedFields":[)";
    const void* found = ::memmem(object.data(), object.size(), start.data(), start.size());
    if (found == nullptr) {
        out.append(object);
        return;
    }
    const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - object.data());
    const auto opening = at + start.size() - 1;
    BracketScan scan(ListLimits{}.max_depth);
    const auto length = scan.feed(object.substr(opening));
    out.append(object.substr(0, length == BracketScan::npos ? object.size() : at));
    if (length != BracketScan::npos) out.append(object.substr(opening + length));
}

}  // namespace salve::kube
