#include "diagnose/log_class.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace salve;
using diagnose::classify_log;
using diagnose::LogClass;

namespace {

struct Verdict {
    std::optional<LogClass> found;
    std::string line, head, host, port;
};

Verdict read(const std::vector<std::string>& texts) {
    std::vector<kube::LogLine> lines;
    for (const auto& text : texts) lines.push_back({std::nullopt, text});
    std::vector<const kube::LogLine*> pointers;
    for (const auto& line : lines) pointers.push_back(&line);
    const auto verdict = classify_log(pointers);
    Verdict result{verdict.found, verdict.line ? verdict.line->text : "", verdict.head ? verdict.head->text : "", "",
                   ""};
    if (verdict.endpoint) {
        result.host = verdict.endpoint->host;
        result.port = verdict.endpoint->port;
    }
    return result;
}

}  // namespace

TEST_CASE("the last error decides, not a warning that was survived") {
    CHECK(read({"WARN redis:6379 connection refused, retrying", "WARN redis:6379 connection refused, retrying",
                "panic: config: unknown key \"prot\""})
              .found == LogClass::config);
    const auto division = read({"WARN cache redis:6379: connection refused",
                                "Traceback (most recent call last):", "  File \"a.py\", line 4, in <module>",
                                "ZeroDivisionError: division by zero", "ready to plan"});
    CHECK_FALSE(division.found);
    CHECK(division.line == "ZeroDivisionError: division by zero");
    CHECK(division.head == "Traceback (most recent call last):");
    std::vector<std::string> far{"error: connection refused"};
    for (int i = 0; i < 8; ++i) far.emplace_back("step done");
    far.emplace_back("failed: schema 12 expected, found 11");
    CHECK_FALSE(read(far).found);
    for (int i = 0; i < 20; ++i) far.emplace_back("working");
    CHECK_FALSE(read(far).found);
}

TEST_CASE("a line that only gives up does not hide the reason") {
    CHECK(read({"WARN db:5432 connection refused, attempt 3", "FATAL giving up, exiting"}).found ==
          LogClass::dependency);
    CHECK(read({"could not connect to db:5432: connection refused, retrying in 5s"}).found == LogClass::dependency);
}

TEST_CASE("an exception that came of another is explained by it") {
    const auto chained = read(
        {"Traceback (most recent call last):", "ConnectionRefusedError: [Errno 111] Connection refused", "",
         "The above exception was the direct cause of the following exception:", "Traceback (most recent call last):",
         "  File \"app.py\", line 9, in main", "app.StartupError: no storage"});
    CHECK(chained.found == LogClass::dependency);
    const auto java = read({"Exception in thread \"main\" java.lang.IllegalStateException: no store",
                            "\tat com.x.Main.main(Main.java:12)",
                            "Caused by: java.net.ConnectException: Connection refused to store:9042",
                            "\tat java.base/sun.nio.ch.Net.connect0(Native Method)", "\t... 14 more"});
    CHECK(java.found == LogClass::dependency);
}

TEST_CASE("a deep stack does not hide the line above it") {
    std::vector<std::string> lines{"Error: connect ECONNREFUSED 10.0.0.7:5432"};
    for (int i = 0; i < 60; ++i) lines.emplace_back("    at Object.<anonymous> (/app/server.js:12:7)");
    for (const auto* field : {"  errno: -111,", "  code: 'ECONNREFUSED',", "  syscall: 'connect',",
                              "  address: '10.0.0.7',", "  port: 5432", "}"})
        lines.emplace_back(field);
    const auto verdict = read(lines);
    CHECK(verdict.found == LogClass::dependency);
    CHECK(verdict.host == "10.0.0.7");
    CHECK(verdict.port == "5432");
    const auto go = read({"panic: connect: dial tcp 10.96.3.4:5432: connect: connection refused", "",
                          "goroutine 1 [running]:", "main.main()", "\t/src/main.go:14 +0x1d", "exit status 2"});
    CHECK(go.found == LogClass::dependency);
    CHECK(go.port == "5432");
}

TEST_CASE("endpoints in the words of many clients") {
    const auto at = [](const std::string& line) {
        const auto found = diagnose::endpoint_in(line);
        return found ? found->host + "|" + found->port : "none";
    };
    CHECK(at("curl: (7) Failed to connect to berth-store port 6400 after 41 ms: Couldn't connect to server") ==
          "berth-store|6400");
    CHECK(at("curl: (6) Could not resolve host: rope-inventry") == "rope-inventry|");
    CHECK(at("wget: bad address 'db'") == "db|");
    CHECK(at("wget: can't connect to remote host (10.96.0.9): Connection refused") == "10.96.0.9|");
    CHECK(at("dial tcp: lookup db.data.svc on 10.96.0.10:53: no such host") == "db.data.svc|");
    CHECK(at("dial tcp [fd00::1]:5432: connect: connection refused") == "fd00::1|5432");
    CHECK(at("Error: getaddrinfo ENOTFOUND mongo") == "mongo|");
    CHECK(at("HTTPConnectionPool(host='stock', port=8080): Max retries exceeded with url: /") == "stock|8080");
    CHECK(at("connection to server at \"pg\" (10.96.1.1), port 5432 failed: Connection refused") == "pg|5432");
    CHECK(at("could not translate host name \"pg\" to address: Name or service not known") == "pg|");
    CHECK(at("Caused by: java.net.UnknownHostException: orders-db") == "orders-db|");
    CHECK(at("org.postgresql.util.PSQLException: Connection to pg:5432 refused.") == "pg|5432");
    CHECK(at("Can't connect to MySQL server on 'mysql:3306' (111)") == "mysql|3306");
    CHECK(at("Error 111 connecting to redis:6379. Connection refused.") == "redis|6379");
    CHECK(at("kafka:9092/bootstrap: Connect to ipv4#10.0.0.1:9092 failed: Connection refused") == "kafka|9092");
    CHECK(at("rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing: dial tcp "
             "10.1.2.3:50051: connect: connection refused\"") == "10.1.2.3|50051");
    CHECK(at("nginx: [emerg] host not found in upstream \"backend:8080\" in /etc/nginx/conf.d/x.conf:3") ==
          "backend|8080");
    CHECK(at("amqp://guest@rabbit:5672/ unreachable") == "rabbit|5672");
    CHECK(at("main.go:42 failed at 12:30:45") == "none");
}

TEST_CASE("what looks like a class and is not") {
    CHECK_FALSE(diagnose::class_of_line("10.0.0.7 - - \"GET / HTTP/1.1\" 401 179 \"-\""));
    CHECK_FALSE(diagnose::class_of_line("KeyError: 'name'"));
    CHECK_FALSE(diagnose::class_of_line("antenna index 9 out of range"));
    CHECK_FALSE(diagnose::class_of_line("permission denied"));
    CHECK(diagnose::class_of_line("Permission denied (publickey).") == LogClass::auth);
    CHECK(diagnose::class_of_line("KeyError: 'DB_HOST'") == LogClass::config);
    CHECK(diagnose::class_of_line("sh: 1: DB_HOST: parameter not set") == LogClass::config);
}

TEST_CASE("a panic in Rust says what happened below the line that says where") {
    const auto missing = read({"thread 'main' panicked at src/main.rs:12:45:", "LISTEN_ADDR must be set: NotPresent",
                               "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace"});
    CHECK(missing.found == LogClass::config);
    const auto io = read({"thread 'main' panicked at src/main.rs:12:45:",
                          "called `Result::unwrap()` on an `Err` value: Os { code: 2, kind: NotFound }",
                          "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace"});
    CHECK_FALSE(io.found);
    CHECK(io.line == "called `Result::unwrap()` on an `Err` value: Os { code: 2, kind: NotFound }");
    CHECK(io.head == "thread 'main' panicked at src/main.rs:12:45:");
}

TEST_CASE("the fields that an error is printed with do not stand for it") {
    CHECK(read({"MongoServerError: Authentication failed.", "    at Connection.onMessage (/app/connection.js:202:26) {",
                "  ok: 0,", "  codeName: 'AuthenticationFailed',", "}"})
              .line == "MongoServerError: Authentication failed.");
    const auto nil =
        read({"panic: runtime error: invalid memory address or nil pointer dereference",
              "[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x48d2f6]", "", "goroutine 1 [running]:"});
    CHECK_FALSE(nil.found);
    CHECK(nil.line == "panic: runtime error: invalid memory address or nil pointer dereference");
}

TEST_CASE("the same faults in the words of more programs") {
    CHECK_FALSE(read({"TypeError: Cannot read properties of undefined (reading 'split')"}).found);
    CHECK(read({"Code: 403. Errors:", "", "* permission denied"}).found == LogClass::auth);
    CHECK(read({"Error: Request failed with status code 502"}).found == LogClass::dependency);
    CHECK(
        read(
            {"WARN Connection to node -1 (kafka/10.0.0.1:9092) could not be established. Broker may not be available."})
            .found == LogClass::dependency);
    CHECK(read({"timeout occurred after waiting 15 seconds for db:5432"}).found == LogClass::dependency);
    CHECK(read({"FATAL:  could not create lock file \"postmaster.pid\": Permission denied"}).found ==
          LogClass::fs_permission);
    CHECK(read({"pydantic_core.ValidationError: 1 validation error for Settings", "database_url",
                "  Field required [type=missing, input_value={}, input_type=dict]"})
              .found == LogClass::config);
    CHECK(read({"Failed to configure a DataSource: 'url' attribute is not specified and no embedded one could be used.",
                "Reason: Failed to determine a suitable driver class"})
              .line.rfind("Failed to configure a DataSource", 0) == 0);
}
