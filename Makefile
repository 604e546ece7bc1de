# Checks and builds; docs/checks.md says what they are for.
SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
GO          ?= go
CI          ?=
FUZZTIME    ?= 5s
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
.PHONY: build test tools lint vulns fuzz bench shots release clean

build: ## bin/duban for this machine
	$(GO) build -trimpath -ldflags '-X main.version=$(VERSION)' -o bin/duban ./cmd/duban

# One recipe, so that the parts keep their order under make -j and the last lines
# are those of go test.
test: ## everything that must hold
	@$(MAKE) --no-print-directory tools
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory fuzz
	$(GO) test -race -vet=off -timeout 25m ./...

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

fuzz: ## every fuzz target for FUZZTIME
	@log=$$(mktemp); trap 'rm -f "$$log"' EXIT; \
	grep -rnoE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' . | sort | while IFS=: read -r file _ name; do \
	  name=$${name#func }; echo "fuzz $$(dirname $$file) $$name $(FUZZTIME)"; \
	  $(GO) test -vet=off -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) "$$(dirname $$file)" >"$$log" 2>&1 </dev/null || { cat "$$log"; exit 1; }; \
	done

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
