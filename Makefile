# Checks and builds; docs/checks.md says what they are for.
SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
GO          ?= go
CI          ?=
# What a fuzz target gets: a number of executions (45000x) or a time (10m), and the seconds after
# which a slow machine leaves it at what was reached.
FUZZTIME    ?= 45000x
FUZZLIMIT   ?= 30
# Where the stores and profiles of tests lie: RAM where it has 4 GiB free, for most of what tests wait
# for is the disk's sync; RAM= asks for the disk.
RAM         ?= /dev/shm
TESTDIR     := $(shell [ -w "$(RAM)" ] && [ "$$(df --output=avail -k "$(RAM)" 2>/dev/null | tail -n 1)" -ge 4194304 ] 2>/dev/null && echo "$(RAM)")
VERSION     ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
AXE         := axe-core@4.14.1
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOSEC       := github.com/securego/gosec/v2/cmd/gosec@v2.30.0
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0
VULNDB      ?= golang.org/x/vulndb@v0.0.0-20261105234957-e22db6528018
# A folder with the Go vulnerability database, to be asked instead.
DUBAN_VULNDB ?=

# The version is given below, so builds do not depend on how the sources were fetched.
export GOFLAGS += -buildvcs=false

.DEFAULT_GOAL := build
.PHONY: build test tools lint vulns fuzz whole bench shots release clean

# Packages tested at once: one more than there are processors, since some wait for a browser.
TOGETHER ?= $(shell echo $$(( $$(getconf _NPROCESSORS_ONLN) + 1 )))
# The packages that take longest begin first, so that no core is idle at the end.
PACKAGES = ./ui ./store ./cmd/duban ./workflow/ledger $$($(GO) list ./... | grep -v '^duban/$(BROWSER)$$')
# The tests in a browser ask a program that is built as for use, in a process of its own: the race
# detector would look at the test alone, at twice the processor.
BROWSER  := ui/browser

build: ## bin/duban for this machine
	$(GO) build -trimpath -ldflags '-X main.version=$(VERSION)' -o bin/duban ./cmd/duban

# One recipe, so that the parts keep their order under make -j and the last lines
# are those of go test.
test: ## everything that must hold
	@$(MAKE) --no-print-directory tools
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory fuzz
	@$(MAKE) --no-print-directory whole
	$(in_ram) $(GO) test -race -short -vet=off -p $(TOGETHER) -timeout 25m $(PACKAGES)

# Tests that count up what can happen (every event tampered with, every state of a power cut) and
# those that draw from a model do one thing after the other and take ten times as long under the race
# detector. There a part of it will do (-short, by which rapid too draws a fifth), and here they run
# whole without it: each test that asks testing.Short or rapid, and beside them, since they wait much,
# all tests in a browser.
whole: ## tests that -short cuts, whole and without the race detector, and those in a browser
	@found=$$(grep -rlE --include='*_test.go' 'testing\.Short\(\)|rapid\.Check\(' . | sort); \
	named() { awk -v say="$$1" '/^func Test/ { name = $$2; sub(/\(.*/, "", name) } $$0 ~ say { print name }' "$${@:2}"; }; \
	names=$$(named 'testing\\.Short\\(\\)|rapid\\.Check\\(' $$found | sort -u | paste -sd '|'); \
	packages=$$(for f in $$found; do dirname "$$f"; done | grep -v '^\./$(BROWSER)$$' | sort -u | paste -sd ' '); \
	echo "whole, without the race detector: ./$(BROWSER) and $$names" | fold -s -w 160; \
	names="$$names|$$(named '^func Test' $(BROWSER)/*_test.go | paste -sd '|')"; \
	$(in_ram) $(GO) test -vet=off -p $(TOGETHER) -timeout 25m -run "^($$names)\$$" ./$(BROWSER) $$packages

# Only where there is RAM to use.
in_ram = $(if $(TESTDIR),TMPDIR=$(TESTDIR))

# What tests of pages and papers need: a browser, a Chinese font, axe-core, and LibreOffice
# with poppler's tools (86 MB to fetch). Installed where that is possible; else said, and a
# failure where CI=true.
tools: test-output/npm/node_modules/axe-core/axe.min.js
	@have_browser() { command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null; \
	have_font() { [ -n "$$(fc-list :lang=zh-cn 2>/dev/null)" ]; }; \
	have_suite() { command -v soffice && command -v pdftotext; } >/dev/null; \
	want=(); have_browser || want+=(chromium); have_font || want+=(fontconfig fonts-noto-cjk); \
	have_suite || want+=(libreoffice-writer-nogui poppler-utils); \
	[ $${#want[@]} -gt 0 ] || exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "installing $${want[*]}"; \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$${want[@]}"; } >/dev/null || true; \
	fi; \
	if have_browser && have_font && have_suite; then exit 0; fi; \
	have_browser && have_font || echo "MISSING: a browser (chromium) or a Chinese font (fonts-noto-cjk): tests of pages that need them are skipped" >&2; \
	have_suite || echo "MISSING: LibreOffice (libreoffice-writer-nogui) or pdftotext (poppler-utils): the test of the printed circular is skipped" >&2; \
	[ '$(CI)' != true ]

# A checker of accessibility, for tests only; no script of it is run at installing.
test-output/npm/node_modules/axe-core/axe.min.js:
	@npm install --silent --prefix test-output/npm --ignore-scripts --no-audit --no-fund --no-save $(AXE) >/dev/null 2>&1 || true; \
	[ -f $@ ] || { echo "MISSING: $(AXE) cannot be fetched by npm: the accessibility test is skipped" >&2; [ '$(CI)' != true ]; }

lint: ## gofmt, vet, staticcheck, gosec, govulncheck
	@bad=$$(gofmt -l .); \
	[ -z "$$bad" ] || { echo "not gofmt-ed:"; echo "$$bad"; exit 1; }
	$(GO) vet ./...
	@if $(GO) run $(STATICCHECK) -version >/dev/null 2>&1; then \
	  echo '$(GO) run $(STATICCHECK) ./...'; $(GO) run $(STATICCHECK) ./...; \
	else \
	  echo "MISSING: $(STATICCHECK) cannot be fetched: not run" >&2; [ '$(CI)' != true ]; \
	fi
	@if $(GO) run $(GOSEC) -version >/dev/null 2>&1; then \
	  echo '$(GO) run $(GOSEC) -quiet ./...'; $(GO) run $(GOSEC) -quiet ./...; \
	else \
	  echo "MISSING: $(GOSEC) cannot be fetched: not run" >&2; [ '$(CI)' != true ]; \
	fi
	@$(MAKE) --no-print-directory vulns

# The database is a module of its own, pinned like the tools, so that a run says the same tomorrow;
# VULNDB=golang.org/x/vulndb@latest asks the newest, before a release. A folder that is named must
# work; where no database can be had it is said. What is found in the Go release itself is told and
# fails nothing: whoever builds with a newer one does not have it.
vulns: ## known vulnerabilities in what is called
	@db='$(DUBAN_VULNDB)'; if [ -z "$$db" ]; then \
	  osv=$$($(GO) mod download -json $(VULNDB) 2>/dev/null | sed -n 's/.*"Dir": "\(.*\)".*/\1/p') || true; \
	  db=test-output/vulndb/$$(basename "$$osv"); \
	  if [ -n "$$osv" ] && [ ! -f "$$db/index/modules.json" ]; then \
	    $(GO) run golang.org/x/vulndb/cmd/indexdb@$${osv##*@} -vulns "$$osv/data/osv" -out "$$db" >/dev/null 2>&1 || osv=; \
	  fi; \
	  [ -n "$$osv" ] || { echo "NOT RUN: govulncheck: $(VULNDB) cannot be had; give a database with DUBAN_VULNDB=FOLDER (docs/checks.md)" >&2; exit 0; }; \
	fi; \
	log=$$(mktemp); trap 'rm -f "$$log"' EXIT; \
	echo "$(GO) run $(GOVULNCHECK) -db $$db ./..."; \
	if $(GO) run $(GOVULNCHECK) -db "file://$$(realpath -e "$$db")" ./... >"$$log" 2>&1; then tail -n 1 "$$log"; \
	elif grep -q '^Your code is affected by .* from the Go standard library\.$$' "$$log"; then \
	  grep -E '^Vulnerability #|^    Fixed in:' "$$log" >&2; \
	  echo "BUILD WITH A NEWER GO: $$(grep '^Your code is affected' "$$log")" >&2; \
	else cat "$$log" >&2; exit 1; fi

# What guides the fuzzer, counters in compiled code, is put into our packages and the YAML reader
# alone: go test -fuzz counts in everything that is linked, the web server and the workbook library
# too, and then spends its time on comparing counters. Inputs are made smaller in ten tries, not in
# sixty seconds each: FuzzParse came to nothing else. One binary serves all targets of a package.
fuzz: ## every fuzz target, FUZZTIME each
	@tmp=$$(mktemp -d); trap 'rm -rf "$$tmp"' EXIT; total=0; targets=0; built=; \
	while IFS=: read -r file _ name; do \
	  dir=$$(dirname "$$file"); name=$${name#func }; \
	  if [ "$$built" != "$$dir" ]; then \
	    $(GO) test -vet=off -c -gcflags='duban/...=-d=libfuzzer' -gcflags='go.yaml.in/...=-d=libfuzzer' -o "$$tmp/fuzz.test" "$$dir"; built=$$dir; \
	  fi; \
	  kept=$(CURDIR)/test-output/fuzz/$$dir; mkdir -p "$$kept"; \
	  ( cd "$$dir" && timeout --preserve-status -s INT $(FUZZLIMIT) "$$tmp/fuzz.test" -test.run '^$$' -test.fuzz "^$$name\$$" \
	    -test.fuzztime $(FUZZTIME) -test.fuzzminimizetime 10x -test.fuzzcachedir "$$kept" ) >"$$tmp/log" 2>&1 </dev/null || { cat "$$tmp/log"; exit 1; }; \
	  n=$$(sed -n 's/.*execs: \([0-9]*\).*/\1/p' "$$tmp/log" | tail -n 1); \
	  echo "fuzz $$dir $$name: $${n:=0} executions"; \
	  [ "$$n" -gt 0 ] || { cat "$$tmp/log"; exit 1; }; \
	  total=$$((total + n)); targets=$$((targets + 1)); \
	done < <(grep -rnoE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' . | sort); \
	echo "fuzz: $$total executions in $$targets targets"

bench: ## every benchmark
	$(GO) test -vet=off -run '^$$' -bench . -benchmem ./...

shots: ## pictures of every page, to be looked at; those of the readme from a rehearsal
	mkdir -p test-output/shots
	DUBAN_SHOTS=$(CURDIR)/test-output/shots $(GO) test -vet=off -count=1 -timeout 20m -run '^TestScreens$$' -v ./ui/page
	mkdir -p docs/images
	DUBAN_PICTURES=$(CURDIR)/docs/images $(GO) test -vet=off -count=1 -timeout 10m -run '^TestPictures$$' -v ./ui/browser

release: ## static binaries for linux, and their checksums
	rm -rf bin/release && mkdir -p bin/release
	for arch in amd64 arm64; do \
	  CGO_ENABLED=0 GOOS=linux GOARCH=$$arch $(GO) build -trimpath -ldflags '-s -w -buildid= -X main.version=$(VERSION)' \
	    -o bin/release/duban-$(VERSION)-linux-$$arch ./cmd/duban; \
	done
	cd bin/release && sha256sum duban-* >SHA256SUMS && cat SHA256SUMS

clean:
	rm -rf bin test-output
