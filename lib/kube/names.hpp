// What may stand in a kubectl argument. Every check covers the whole word; there is no list of forbidden words, because
// such lists were bypassed four times elsewhere (SAFETY 5.1). Pure functions; the word may hold any bytes, NUL
// included.
#pragma once
#include <string>
#include <string_view>

namespace salve::kube {

// RFC 1123 label: 1 to 63 of [a-z0-9-], first and last alphanumeric. Never empty: kubectl reads an empty --namespace=
// as "the context's default" (SAFETY 5.2).
bool is_namespace(std::string_view word);

// Where nothing is ever changed (S3.43): kube-system, kube-public, kube-node-lease.
bool is_system_namespace(std::string_view ns);

// RFC 1123 subdomain: 1 to 253, labels joined by single dots, each label as above but without its own limit (as
// Kubernetes checks it).
bool is_object_name(std::string_view word);

// RFC 1123 label (Kubernetes ValidateDNS1123Label on container names).
bool is_container_name(std::string_view word);

// 1 to 1024 bytes of valid UTF-8 without control, bidirectional or invisible characters; no '-' in front. kubeconfig
// allows anything, and cloud tools write names such as "arn:aws:eks:eu-west-1:1:cluster/x" or "user@cluster".
bool is_context_name(std::string_view word);

// The same alphabet, up to 4096 bytes. The name goes on record, so it has to be text.
bool is_file_path(std::string_view word);

// A value in a field selector: 0 to 253 of [A-Za-z0-9._:-]; no comma, no '=', so that one term stays one term.
bool is_selector_value(std::string_view word);

// The key of a label: a name of 1 to 63 of [A-Za-z0-9._-], first and last alphanumeric, after "PREFIX/" or alone; the
// prefix is an RFC 1123 subdomain (apimachinery, validation.IsQualifiedName).
bool is_label_key(std::string_view word);

// The value of a label: empty, or such a name (validation.IsValidLabelValue).
bool is_label_value(std::string_view word);

// The word itself, or base::Error(usage) that quotes it ('namespace "a b" is not a valid name') with a hint that states
// the rule.
std::string checked_namespace(std::string_view word);
std::string checked_object_name(std::string_view word);
std::string checked_container_name(std::string_view word);
std::string checked_context_name(std::string_view word);
std::string checked_file_path(std::string_view word);
std::string checked_selector_value(std::string_view word);
std::string checked_label_key(std::string_view word);
std::string checked_label_value(std::string_view word);  // and not empty

}  // namespace salve::kube
