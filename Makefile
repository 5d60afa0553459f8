# The only door to building, running and testing. `make` alone lists what there is.

.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c

DISPLAY_FOUND := $(or $(DISPLAY),$(WAYLAND_DISPLAY))
UI_SOURCES := $(shell find ui/src ui/public ui/index.html ui/vite.config.ts ui/package.json -type f 2>/dev/null)
DESKTOP := target/debug/gatewright-desktop

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

.PHONY: run
ifneq ($(DISPLAY_FOUND),)
run: ## Install what is missing, build, and launch the app (without a display: serve its UI)
run: setup-desktop ui/dist/.built
	@echo "The first build takes some minutes."
	cargo run --release --package gatewright-desktop --features custom-protocol
else
run: setup-headless ui/dist/.built
	@echo "There is no display here, so Gatewright runs without a window. The first build takes some"
	@echo "minutes."
	cargo run --release --package gateway-core --bin gatewright -- serve
endif

.PHONY: test
test: ## Install what the tests need, and run all of them: Rust, UI, browser, desktop
test: setup-test test-rust test-ui test-journeys

.PHONY: test-rust
test-rust: ## The everyday loop: the core and its tests from outside
	cargo nextest run --package gateway-core --package gateway-tests

.PHONY: test-ui
test-ui: ui/node_modules/.installed
	npm --prefix ui test

.PHONY: test-journeys
test-journeys: ## People's journeys through the real UI, in a browser and in the desktop app
test-journeys: ui/dist/.built $(DESKTOP)
	cargo nextest run --package gatewright-desktop --features custom-protocol
	cargo nextest run --package gateway-core --package gateway-tests --profile journeys

.PHONY: check
check: ## Format, lints, types, generated files
check: setup-desktop ui/node_modules/.installed ui/dist/.built
	cargo fmt --all --check
	cargo clippy --package gateway-core --package gateway-tests --all-targets -- --deny warnings
	cargo clippy --package gatewright-desktop --all-targets --features custom-protocol -- --deny warnings
	npm --prefix ui run check
	npm --prefix ui run types
	git diff --exit-code -- ui/src/api/schema.gen.ts

.PHONY: bench
bench: ## Measure the request path beside a plain TCP forwarder
	cargo bench --package gateway-core

.PHONY: bench-ui
bench-ui: ## Measure the live log under 5,000 requests a second, in Chromium and in the desktop app
bench-ui: setup-test ui/dist/.built
	cargo build --release --package gateway-core --bin gatewright
	cargo build --release --package gatewright-desktop --features custom-protocol
	cargo nextest run --release --package gateway-tests --profile journeys --run-ignored only \
		--no-capture --retries 0 log_load
	@ls test-output/bench-ui/*.json

.PHONY: bench-memory
bench-memory: ## Measure the gateway's memory over a million requests, and how soon they are seen live
bench-memory: ui/dist/.built
	cargo build --release --package gateway-core --bin gatewright
	cargo nextest run --release --package gateway-tests --profile journeys --run-ignored only \
		--no-capture --retries 0 memory_over
	@ls test-output/bench-memory/*.json

.PHONY: bundle
bundle: ## Make the .deb
bundle: setup-desktop ui/dist/.built
	npm exec --yes -- @tauri-apps/cli@2.12.5 build --bundles deb --features custom-protocol
	@ls -lh target/release/bundle/deb/*.deb

.PHONY: types
types: ## Write docs/openapi.json and the UI's types anew
types: ui/node_modules/.installed
	UPDATE_OPENAPI=1 cargo nextest run --package gateway-core openapi
	npm --prefix ui run types

.PHONY: ui
ui: ## Build the UI
ui: ui/dist/.built

ui/node_modules/.installed: ui/package-lock.json
	npm --prefix ui ci --no-audit --no-fund
	@touch $@

ui/dist/.built: ui/node_modules/.installed $(UI_SOURCES)
	npm --prefix ui run build
	@touch $@

# Cargo knows best what is up to date. The headless program is built with the tests of the core.
.PHONY: $(DESKTOP)
$(DESKTOP): ui/dist/.built
	cargo build --package gatewright-desktop --features custom-protocol

.PHONY: setup-headless setup-desktop setup-test
setup-headless:
	@scripts/setup headless
setup-desktop:
	@scripts/setup desktop
setup-test:
	@scripts/setup test
