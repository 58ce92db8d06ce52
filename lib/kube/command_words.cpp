#include "kube/command_words.hpp"

#include "base/error.hpp"
#include "kube/names.hpp"

namespace salve::kube {

std::string flag(std::string_view key, std::string_view value) {
    return "--" + std::string(key) + "=" + std::string(value);
}

void add_configuration(std::vector<std::string>& args, const Target& target) {
    if (target.kubeconfig) args.push_back(flag("kubeconfig", checked_file_path(*target.kubeconfig)));
    if (target.context) args.push_back(flag("context", checked_context_name(*target.context)));
}

void add_connection(std::vector<std::string>& args, const Target& target) {
    add_configuration(args, target);
    const auto seconds = target.request_timeout_seconds;
    if (seconds == 0 || seconds > 3600)
        throw base::Error(base::ErrorKind::usage, "request timeout \"" + std::to_string(seconds) + "\" is not valid",
                          "1 to 3600 seconds");
    if (target.context) args.push_back(flag("request-timeout", std::to_string(seconds) + "s"));
}

std::string qualified(Resource resource) {
    const ResourceInfo& kind = info(resource);
    return std::string(kind.plural) + "." + std::string(kind.versions[0]) + "." + std::string(kind.group);
}

}  // namespace salve::kube
