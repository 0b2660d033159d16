# The workshop. `make run` and `make test` install what is missing on Debian and Ubuntu, and build.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PREFIX ?= /usr/local
DESTDIR ?=

.PHONY: help run test peers build install uninstall bench lint format

help: ## Says what there is to make
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Installs what is missing, builds, and starts the guided tour
	@.ci/toolchain && .ci/packages run && .ci/build --product agentos
	@.build/debug/agentos tour

test: ## Installs what tests need, builds, walks through the tour and passes every test
	@.ci/toolchain && .ci/packages test && .ci/build --build-tests && .ci/test

peers: ## Runs sessions against a real model server, which PyPI gives (PEERS=DIR keeps it)
	@.ci/toolchain && .ci/packages run && .ci/build --product agentos && .ci/peers $(PEERS)

build: ## Builds the release: .build/release/agentos
	@.ci/toolchain && .ci/packages run && .ci/build -c release --static-swift-stdlib --product agentos

install: ## Installs the release below PREFIX (/usr/local)
	@test -x .build/release/agentos || $(MAKE) --no-print-directory build
	@DESTDIR='$(DESTDIR)' .ci/install '$(PREFIX)'

uninstall: ## Removes what install put below PREFIX
	@DESTDIR='$(DESTDIR)' .ci/install --remove '$(PREFIX)'

bench: ## Measures the budgets beside peers and prints four tables
	@.ci/toolchain && .ci/packages test && .ci/build -c release --static-swift-stdlib
	@python3 Benchmarks/bench.py
	@python3 Benchmarks/engine.py
	@python3 Benchmarks/router.py
	@python3 Benchmarks/hosts.py

lint: ## Checks the format of all sources and scripts
	@.ci/lint

format: ## Formats the sources in place
	@swift format format --in-place --recursive --parallel Sources Tests Benchmarks
