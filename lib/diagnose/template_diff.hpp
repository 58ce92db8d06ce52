// What differs between two pod templates (TAXONOMY 0.12).
#pragma once
#include <string>
#include <vector>

#include "kube/pod.hpp"

namespace salve::diagnose {

struct TemplateChange {
    std::string path;           // "spec.containers[api].readinessProbe.httpGet.path": containers and volumes by name
    std::string before, after;  // empty: it was not there, or is not there any more
    bool operator==(const TemplateChange&) const = default;
};

// By path. What the facts do not hold is not compared: values of variables that are redacted (a variable that comes or
// goes is seen), and labels and annotations but for the time of a restart.
std::vector<TemplateChange> template_changes(const kube::PodTemplate& before, const kube::PodTemplate& after);

// One change in words: `containers[api].image: "nginx:1.25" -> "nginx:1.26"`.
std::string change_words(const TemplateChange& change);

}  // namespace salve::diagnose
