// Words that must never become a name in a kubectl argument: what broke in other tools (SAFETY 5.1, 5.2), and
// variations. None of them is a valid namespace, object name or container name.
#pragma once
#include <string>
#include <vector>

namespace salve::kube {

inline std::vector<std::string> hostile_words() {
    using namespace std::string_literals;
    std::vector<std::string> words{
        // Flags in a positional slot; '_' for '-', short clusters, one dash.
        "--server=https://evil", "--server", "-s", "-shttps://evil", "-s=https://evil", "-Ashttp://x", "-As", "-A",
        "--all-namespaces", "--token=t", "--token", "--kubeconfig=/tmp/k", "--context=other", "--cluster=c", "--user=u",
        "--as=root", "--as-group=system:masters", "--as-uid=0", "--username=u", "--password=p",
        "--insecure-skip-tls-verify", "--insecure-skip-tls-verify=true", "--insecure_skip_tls_verify",
        "--tls-server-name=x", "--certificate-authority=/x", "--client-key=/x", "--proxy-url=http://evil",
        "--request-timeout=0", "--request_timeout=0", "--raw=/api/v1/secrets", "--raw", "--namespace=kube-system",
        "--namespace=", "--namespace", "-n", "-nkube-system", "-n=", "-n kube-system", "-f", "-f/etc/passwd",
        "--filename=http://evil", "-k", "-o", "-oyaml", "-ojson", "-o=go-template-file=/etc/passwd", "--template={{.}}",
        "-l", "-lapp=x", "--selector=a=b", "--field-selector=a=b", "-w", "--watch", "--watch-only", "-v", "-v=9", "-v9",
        "--v=9", "--vmodule=x=9", "--cache-dir=/tmp", "--profile=cpu", "--profile-output=/tmp/x", "--log-file=/tmp/x",
        "--kuberc=/x", "--overrides={}", "--dry-run=none", "--force", "--grace-period=0", "--show-managed-fields", "-",
        "--", "---", "-x", "-1", "--=", "-Ŝ",
        // Paths, subresources, several things in one.
        "../../x", "..", ".", "./x", "/", "//", "/etc/passwd", "a/b", "a/", "/a", "pods/x", "secret/name",
        "secrets/name", "pods,deployments", "a,b", ",", "a,", "x/../../../secrets", "..%2f..%2fsecrets", "%2e%2e",
        "a%00b", "a?watch=true", "a?x", "a&b", "a#b", "nodes/n/proxy/run", "n/proxy", "x/log", "x/exec?command=id",
        "a:b", "system:masters", "https://evil", "http://x", "file:///etc/passwd", "env://X", "vault://x",
        "\\\\evil\\share", "C:\\x",
        // Shell and template characters.
        "a;b", "a|b", "a&&b", "$(id)", "`id`", "${HOME}", "$HOME", "~", "~root", "a>b", "a<b", "a*b", "*", "?", "[a]",
        "{a,b}", "!a", "a!b", "a'b", "a\"b", "'", "\"", "\\", "a\\b", "{{.}}", "a=b", "a+b", "a@b", "(a)", "^a",
        "version; delete pod x",
        // Blank, control, NUL, line ends.
        "", " ", "  ", " a", "a ", "a b", "\t", "a\tb", "\n", "a\n", "\na", "a\nb", "a\r", "a\r\nb", "\0"s, "a\0"s,
        "\0a"s, "a\0b"s, "a\0--server=x"s, "\x1b[31ma", "a\x1b", "\x07", "\x7f", "a\x08", "\x01",
        // Unicode: look-alikes, invisible, bidirectional, full width, malformed.
        "ä", "café", "ｗeb", "wеb", "a\u200b", "a\u200db", "\u202ea",
        "\ufeff"
        "a",
        "a\u2028"
        "b",
        "a\u00a0b", "−x", "–server=x", "—x", "‐x", "١", "💥", "\xff", "a\xc3", "\xc0\xaf", "\xed\xa0\x80",
        "\xf4\x90\x80\x80", "\x80", "a\xe2\x80",
        // Nearly right.
        "A", "Web", "WEB", "web-", "-web", "_", "a_b", "a.", ".a", "a..b", "a.-b", "a-.b", "web.", "under_score",
        std::string(254, 'a'), std::string(300, 'a'), std::string(5000, 'a'), std::string(63, 'a') + "-",
        "a" + std::string(100, '.') + "b", std::string(1 << 17, '-')};
    return words;
}

}  // namespace salve::kube
