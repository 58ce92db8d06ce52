#include "io/child_environment.hpp"

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "io/find_program.hpp"

namespace salve::io {
namespace {

// Passed on as they are.
constexpr std::string_view passed[] = {
    // Where files are: kubeconfig (~/.kube), discovery cache, plugin caches and settings.
    "HOME", "USER", "LOGNAME", "TMPDIR", "KUBECONFIG", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME",
    // Inside a pod: where the API server is.
    "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT",
    // The way out, in both spellings: Go reads upper case first, curl-based plugins lower case only.
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy",
    // Certificate authorities of a company: Go, OpenSSL, and the Python of aws and az.
    "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE",
    // Keyrings that hold a plugin's secret (aws-vault, kubelogin, tsh) are reached over the session bus.
    "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR",
    // Kerberos tickets (kubelogin, company plugins).
    "KRB5CCNAME", "KRB5_CONFIG",
    // aws eks get-token, aws-iam-authenticator: profile, region, and the credential sources of the AWS SDK in their
    // order.
    "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE", "AWS_SDK_LOAD_CONFIG", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AWS_EC2_METADATA_DISABLED", "AWS_CA_BUNDLE",
    "AWS_STS_REGIONAL_ENDPOINTS", "AWS_USE_FIPS_ENDPOINT", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS",
    // gke-gcloud-auth-plugin and gcloud: account, project, configuration; the switch is for kubectl 1.25 and older.
    "GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT", "CLOUDSDK_CONFIG", "CLOUDSDK_ACTIVE_CONFIG_NAME",
    "CLOUDSDK_CORE_ACCOUNT", "CLOUDSDK_CORE_PROJECT", "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE",
    "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE", "USE_GKE_GCLOUD_AUTH_PLUGIN",
    // kubelogin and az: service principal, workload identity, managed identity.
    "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_AUTHORITY_HOST", "AZURE_CONFIG_DIR", "AZURE_USERNAME",
    "AZURE_PASSWORD", "AAD_LOGIN_METHOD", "AAD_SERVICE_PRINCIPAL_CLIENT_ID", "AAD_SERVICE_PRINCIPAL_CLIENT_SECRET",
    "AAD_SERVICE_PRINCIPAL_CLIENT_CERTIFICATE", "AAD_SERVICE_PRINCIPAL_CLIENT_CERTIFICATE_PASSWORD",
    "AAD_USER_PRINCIPAL_NAME", "AAD_USER_PRINCIPAL_PASSWORD", "IDENTITY_ENDPOINT", "IDENTITY_HEADER", "MSI_ENDPOINT",
    // doctl, oci, ibmcloud.
    "DIGITALOCEAN_ACCESS_TOKEN", "DIGITALOCEAN_CONTEXT", "OCI_CLI_PROFILE", "OCI_CLI_CONFIG_FILE", "OCI_CLI_AUTH",
    "OCI_CLI_REGION", "IBMCLOUD_HOME", "IBMCLOUD_API_KEY",
    // client-keystone-auth (OpenStack).
    "OS_AUTH_URL", "OS_USERNAME", "OS_PASSWORD", "OS_USER_DOMAIN_NAME", "OS_PROJECT_NAME", "OS_PROJECT_ID",
    "OS_PROJECT_DOMAIN_NAME", "OS_DOMAIN_NAME", "OS_REGION_NAME", "OS_APPLICATION_CREDENTIAL_ID",
    "OS_APPLICATION_CREDENTIAL_SECRET", "OS_CACERT", "OS_CLOUD",
    // tsh kube credentials (Teleport), vault.
    "TELEPORT_HOME", "TELEPORT_PROXY", "VAULT_ADDR", "VAULT_NAMESPACE", "VAULT_TOKEN", "VAULT_CACERT"};

// Families that choose programs, libraries or flags.
constexpr std::string_view barred_prefixes[] = {"LD_",  "DYLD_", "KUBECTL_", "KUBE_",   "OPA_",           "PYTHON",
                                                "PERL", "RUBY",  "NODE_",    "JAVA",    "JDK_",           "BASH",
                                                "LC_",  "GIT_",  "GCONV_",   "MALLOC_", "CLOUDSDK_PYTHON"};
constexpr std::string_view barred_names[] = {"GODEBUG",
                                             "GOCOVERDIR",
                                             "GOTRACEBACK",
                                             "GOFLAGS",
                                             "PATH",
                                             "LANG",
                                             "LANGUAGE",
                                             "KUBERC",
                                             "EDITOR",
                                             "VISUAL",
                                             "PAGER",
                                             "BROWSER",
                                             "SHELL",
                                             "ENV",
                                             "IFS",
                                             "PS4",
                                             "LOCPATH",
                                             "NLSPATH",
                                             "GLIBC_TUNABLES",
                                             "OPENSSL_CONF",
                                             "OPENSSL_ENGINES",
                                             "OPENSSL_MODULES"};

// [A-Za-z_][A-Za-z0-9_]*
bool is_name(std::string_view name) {
    const auto fits = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    };
    return !name.empty() && !(name[0] >= '0' && name[0] <= '9') && std::all_of(name.begin(), name.end(), fits);
}

void check_extra(const std::string& name) {
    if (!is_name(name))
        throw base::Error(base::ErrorKind::usage, "\"" + name + "\" is not the name of an environment variable");
    if (may_not_pass(name))
        throw base::Error(base::ErrorKind::usage, "the environment variable \"" + name + "\" may not reach kubectl",
                          "it can change what kubectl runs or how it reads its flags");
}

}  // namespace

bool may_not_pass(std::string_view name) {
    return std::find(std::begin(barred_names), std::end(barred_names), name) != std::end(barred_names) ||
           std::any_of(std::begin(barred_prefixes), std::end(barred_prefixes),
                       [name](auto prefix) { return name.starts_with(prefix); });
}

std::vector<std::string> child_environment(const std::map<std::string, std::string>& ours,
                                           const std::vector<std::string>& extra) {
    std::map<std::string, std::string> child;
    const auto pass = [&](const std::string& name) {
        if (const auto found = ours.find(name); found != ours.end()) child.insert(*found);
    };
    for (const std::string_view name : passed) pass(std::string(name));
    for (const std::string& name : extra) {
        check_extra(name);
        pass(name);
    }
    const auto path = ours.find("PATH");
    child["PATH"] = absolute_path_entries(path == ours.end() ? std::string_view{} : std::string_view(path->second));
    child["LANG"] = "C.UTF-8";
    // kubectl allocates a few dozen megabytes while it starts, and collecting them is a fifth of what a start costs.
    child["GOGC"] = "400";
    child["KUBERC"] = "off";
    child["KUBECTL_KUBERC"] = "false";
    child["KUBECTL_ENABLE_CMD_SHADOW"] = "false";
    std::vector<std::string> entries;
    entries.reserve(child.size());
    for (const auto& [name, value] : child) entries.emplace_back(name).append("=").append(value);
    return entries;
}

}  // namespace salve::io
