# `make` alone lists the targets. System Node only starts npm: everything else runs on the Node that npm installs here.
.PHONY: help setup build demo test verify fuzz prove bench clean
.NOTPARALLEL:
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

installed := node_modules/.installed
packages := clang lld wasi-libc libclang-rt-dev-wasm32

help: ## list the targets
	@sed -nE 's/^([a-z]+):[^#]*## (.*)/  make \1\t\2/p' Makefile | expand -t 16

setup: $(installed) ## install what is needed: npm packages (Node 26 among them), clang for the C guests
	@if ! { command -v clang && command -v wasm-ld && echo '#include <stdlib.h>' | clang --target=wasm32-wasi -E - && \
	    test -e "$$(clang --target=wasm32-wasi -print-libgcc-file-name)"; } \
	    >/dev/null 2>&1; then \
	  echo 'setup: installing $(packages)'; \
	  if ! command -v apt-get >/dev/null; then \
	    echo 'setup: the C guests need $(packages); there is no apt-get here, so install them' \
	      'yourself and run this again' >&2; exit 1; \
	  fi; \
	  as_root=; if [ "$$(id -u)" != 0 ]; then as_root='sudo --non-interactive'; fi; \
	  { $$as_root apt-get -q update && \
	    DEBIAN_FRONTEND=noninteractive $$as_root apt-get -qy install --no-install-recommends $(packages); } \
	    </dev/null >/dev/null || { \
	    echo 'setup: apt-get could not install $(packages); install them as root and run this again' >&2; exit 1; }; \
	fi
	@if command -v rustup >/dev/null && ! rustup target list --installed | grep -qx wasm32-wasip2; then \
	  timeout 120 rustup target add wasm32-wasip2 </dev/null >/dev/null 2>&1 || echo 'setup: rustup has no wasm32-wasip2: no Rust guests'; \
	fi

$(installed): package.json package-lock.json .npmrc
	@command -v node >/dev/null && command -v npm >/dev/null || { \
	  echo 'setup: node and npm are needed to begin with (any Node from 20 on), for instance: apt-get install nodejs npm' >&2; exit 1; }
	npm install --no-audit --no-fund --loglevel=error </dev/null
	@node_modules/.bin/node --version >/dev/null || { \
	  echo 'setup: npm installed no Node of its own; remove node_modules and run this again' >&2; exit 1; }
	@touch $@

build: setup ## compile the host into dist/ and the guests into build/
	@npm run --silent build
	@npm run --silent guests

demo: build ## run the example: an order, a kill -9 in the middle, and what became of it
	@npm run --silent demo

test: build ## verify, then run all tests
	@npm run --silent verify
	@npm test --silent

verify: setup ## types, lint, format, rooms, dead code
	@npm run --silent verify

fuzz: setup ## try hostile inputs for FUZZ_SECONDS (60) a reader, from FUZZ_SEED; what fails is kept in test/fuzz/found
	@npm run --silent guests -- tiny-activity tiny-workflow approval work
	@FUZZ_SECONDS=$${FUZZ_SECONDS:-60} FUZZ_SEED=$${FUZZ_SEED:-$$RANDOM} npx --no vitest run test/fuzz

prove: build ## kills, power failures, broken disks, simulations, load: MINUTES (10), from SEED (1), by INTENSITY (1); its numbers go to docs/reliability.md
	@MINUTES="$(MINUTES)" SEED="$(SEED)" INTENSITY="$(INTENSITY)" node_modules/.bin/node tools/prove.ts

bench: build ## measure (JSON=1 for JSON)
	@npm run --silent bench -- $(if $(JSON),--json)

clean: ## remove what was built; node_modules stays
	rm -rf dist .dist-* build coverage
