# Every target is a few calls of cmake and the tools of tests/. `make demo` and `make test` need nothing but Debian 12 and root.
BUILD ?= build
PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
PACKAGES = g++ cmake make ninja-build ccache pkg-config git ca-certificates python3 libfmt-dev libcurl4-openssl-dev libcli11-dev nlohmann-json3-dev \
  libsimdjson-dev libre2-dev libjemalloc-dev libssl-dev libyaml-cpp-dev doctest-dev python3-jsonschema
LINT_PACKAGES = clang-14 clang-tidy-14 clang-format-14 libclang-rt-14-dev
SOURCES = $(shell git ls-files '*.cpp' '*.hpp')

.PHONY: all deps lint-deps configure demo kind-up kind-down demo-bad-image demo-crashloop demo-oom demo-paused test soak score e2e e2e-slice accept format lint asan fuzz bench install clean

all: deps configure
	cmake --build $(BUILD) -j $(JOBS)

# Installs the packages that are missing; does nothing when all are there.
deps:
	@tests/install-packages $(PACKAGES)

lint-deps: deps
	@tests/install-packages $(LINT_PACKAGES)

configure:
	@cmake -S . -B $(BUILD) -G Ninja $(CMAKE_FLAGS) >$(BUILD).log 2>&1 || { cat $(BUILD).log; exit 1; }
	@mv $(BUILD).log $(BUILD)/configure.log

demo: all
	@cmake --build $(BUILD) -j $(JOBS) --target fake_kubectl fake_clock
	@tests/demo $(BUILD)

# A cluster to try things on, where there is kind (https://kind.sigs.k8s.io); any other KUBECONFIG does as well.
kind-up:
	kind create cluster --name salve-demo --wait 120s

kind-down:
	kind delete cluster --name salve-demo

# Breaks an app in the namespace salve-demo, repairs it, and takes all of it away again.
demo-bad-image demo-crashloop demo-oom demo-paused: demo-%: all
	tests/demo_live $(BUILD)/salve $*

test: deps configure
	cmake --build $(BUILD) -j $(JOBS) --target all_tests
	tests/run $(BUILD)

# SOAK kills of random commands at random points, the seed that is printed repeats them; and 20 rounds of a crowd.
soak: deps configure
	cmake --build $(BUILD) -j $(JOBS) --target all_tests && tests/audit_faults $(BUILD) --soak $(or $(SOAK),2000) && tests/fix_faults $(BUILD) --full

# How much of the recorded scenarios' truth is told: recall, precision, the right root first.
score: deps configure
	@cmake --build $(BUILD) -j $(JOBS) --target salve modes
	@tests/score $(BUILD)

# The whole on a real cluster (KUBECONFIG, or the one that SALVE_CLUSTER_UP starts); e2e-slice is what CI runs.
e2e: all
	@cmake --build $(BUILD) -j $(JOBS) --target ask_model plain_context
	tests/e2e/run --salve $(BUILD)/salve

e2e-slice: all
	@cmake --build $(BUILD) -j $(JOBS) --target ask_model plain_context
	tests/e2e/run --salve $(BUILD)/salve --slice

# Rewrites what the scenarios expect; read the diff as code.
accept: deps configure
	cmake --build $(BUILD) -j $(JOBS) --target all_tests
	ACCEPT=1 $(BUILD)/scenario_test $(BUILD)/salve $(BUILD)/fake_kubectl $(BUILD)/libfake_clock.so scenarios $(ONLY)

format: lint-deps
	clang-format-14 -i $(SOURCES)

# clang cannot read what GCC precompiled; and so each file is shown to include what it needs.
lint: lint-deps
	$(MAKE) configure BUILD=build-lint CMAKE_FLAGS=-DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON
	clang-format-14 --dry-run -Werror $(SOURCES)
	cmake --build build-lint -j $(JOBS) --target version_stamp
	printf '%s\n' $(filter lib/%.cpp cmd/%.cpp,$(SOURCES)) | xargs -P $(JOBS) -n 4 clang-tidy-14 --quiet --extra-arg=-Wno-unknown-warning-option -p build-lint

# Everything again under the address and undefined-behaviour sanitizers.
asan:
	$(MAKE) test BUILD=build-asan CMAKE_FLAGS=-DSALVE_SANITIZE=ON

# Each target for so long, from the kept corpus; what is found stays in build-fuzz.
SECONDS = 60
FUZZ = canonical record journal head_note policy plan ollama advice proto_list
fuzz: lint-deps
	$(MAKE) configure BUILD=build-fuzz CMAKE_FLAGS="-DSALVE_FUZZ=ON -DCMAKE_CXX_COMPILER=clang++-14"
	cmake --build build-fuzz -j $(JOBS) --target $(FUZZ:%=%_fuzz)
	for one in $(FUZZ); do mkdir -p build-fuzz/found/$$one && build-fuzz/$${one}_fuzz -max_total_time=$(SECONDS) -max_len=65536 \
	  -rss_limit_mb=1024 -print_final_stats=1 -artifact_prefix=build-fuzz/$$one- build-fuzz/found/$$one tests/fuzz/corpus/$$one || exit 1; done

# The chain of records and the parts of a reading need no cluster; the rest does.
RECORDS = 100000
bench: all
	cmake --build $(BUILD) -j $(JOBS) --target make_chain micro_bench own_bench
	tests/bench_runs $(BUILD)/salve $(BUILD)/make_chain $(RECORDS)
	tests/bench --micro $(BUILD)/micro_bench --json $(BUILD)/micro_bench.json
	tests/bench $(BUILD)/salve --own $(BUILD)/own_bench --json $(BUILD)/bench.json

install: all
	cmake --install $(BUILD) --prefix $(PREFIX)

clean:
	rm -rf build build-asan build-fuzz build-lint
