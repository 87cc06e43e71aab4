# Every target does the set-up it needs: after a fresh clone, `make phase0` or `make test` is the only command.
# Needed: git, make (3.81 or newer), and any Node.js from 20 on with npm. The Node that runs Helios is pinned in
# package.json, is installed into node_modules, and comes first in PATH for every recipe below.

# Not /bin/sh: make 3.81 starts simple commands without a shell when SHELL is the default, and then misses PATH.
SHELL := /bin/bash
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

# npm writes this file last, so it exists only after a complete installation.
INSTALLED := node_modules/.package-lock.json

# Arguments for the program behind a target: make phase0 ARGS="--quick --repo ../some-repository"
ARGS ?=

.PHONY: help setup phase0 benchmark-phase0 test cover verify bench fuzz crash clean
.DEFAULT_GOAL := help

help: ## what can be made
	@echo 'Helios. After a fresh clone each of these works by itself:'
	@echo
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo 'Arguments are handed on with ARGS: make phase0 ARGS="--quick --repo ../some-repository"'

setup: $(INSTALLED) ## install packages and the pinned Node (the other targets do it when needed)
	@echo "setup: ready, Node $$(node --version); next: make phase0, make test, or npx helios-cli --help"

$(INSTALLED): package-lock.json
	@.github/scripts/setup.sh

# make answers every failed program with its own status 2, so the meaning of the command's status is said in words.
# Scripts and workflows that decide by it call helios-cli themselves.
phase0: $(INSTALLED) ## measure, judge and report: ends in GO, HOLD or NO-GO (at most 10 minutes)
	@node cli/bin/helios-cli.js benchmark --phase0-validation $(ARGS); code=$$?; echo; \
	case $$code in \
	  0) echo 'phase0: verdict GO (exit status 0).' ;; \
	  1) echo 'phase0: verdict NO-GO (exit status 1): the report names the gate that failed, and by how much.' ;; \
	  3) echo 'phase0: verdict HOLD (exit status 3): nothing failed, but the evidence does not suffice for GO; the report'; \
	     echo '        says what is missing and what would supply it.' ;; \
	  *) echo "phase0: no verdict (exit status $$code): the validation could not be carried out; the message above says why." ;; \
	esac; \
	case $$code in 1|3) echo "phase0: only GO counts as success, so make now reports \"Error $$code\": the verdict again, not a crash." ;; esac; \
	exit $$code

benchmark-phase0: phase0 ## the same as phase0

test: $(INSTALLED) ## all tests with coverage; fails when a test fails or line coverage is 85 % or less
	@node .github/scripts/test.mjs $(ARGS)

cover: test ## the same tests, then coverage file by file (HTML in coverage/index.html)
	@c8 report --temp-directory coverage/tmp --reporter text --reporter html --check-coverage false

verify: $(INSTALLED) ## all a change must pass: types, lint, format, unused code, tests with coverage
	@npm run --silent verify

bench: $(INSTALLED) ## the benchmarks beside the sources, large setting; ARGS="engine" selects by path
	@node .github/scripts/bench.mjs $(ARGS)

fuzz: $(INSTALLED) ## feed the decoders garbage for 60 seconds; ARGS="--iterations 10000000" is the long setting
	@node engine/fuzz/main.fuzz.ts $(ARGS)

crash: $(INSTALLED) ## kill a writing process at 300 random points and look for lost commits; KILLS=1000 SEED=7
	@HELIOS_CRASH_KILLS=$(or $(KILLS),300) HELIOS_CRASH_SEED=$(or $(SEED),$$(date +%s)) node --test engine/crash.test.ts

clean: ## remove what was built, measured or installed (not your stores: .helios stays)
	rm -rf node_modules coverage dist .helios-runs */dist
