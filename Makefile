# Every target does its own set-up: on a bare Debian python3, make and git are enough.

VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python

# Where this is set, each of the hundreds of commands that the tests start compiles all modules anew.
unexport PYTHONDONTWRITEBYTECODE

# The first of these that is new enough is taken; make PYTHON=... says another.
OLDEST := 3.11
PYTHON := python3 python3.14 python3.13 python3.12 python3.11

# What the demo runs, and where it puts its result: 40 min of simulated time, for two echoes.
OUT := out
DEMO := compare restart-storm --set duration=40min --with auth.key=cached --out $(OUT)/demo --report $(OUT)/demo
REMEDIES := compare restart-storm --out $(OUT)/remedies \
	--variant "cached signing key: auth.key=cached" \
	--variant "full jitter over 5 min: retry.*.backoff={law='full-jitter',base='2min',cap='5min'}" \
	--variant "full jitter over 1 min: retry.*.backoff={law='full-jitter',base='1s',cap='60s'}" \
	--variant "Retry-After: server.limits.login_rate={rate='15/s',burst=400,answer='429',retry_after='30s'}" \
	--variant "TLS resumption: connection.tls.resume=true" \
	--variant "keep-alive: connection.strategy=keep-alive"

# More words for the command behind a target: make test ARGS="-k backoff", make bench ARGS=--quick.
ARGS :=
PARALLEL := -n 2 --dist loadgroup
# Those with the longest tests come first, so that both processes have something to do until the end.
SUITES = $(wildcard $(addprefix tests/,docs chaos packaging verify agree property unit))

# Apart from the other suites, for it needs Chromium and Node.js.
BROWSER := tests/browser

# Apart, too: the probes in C++ take minutes to build. `make test` builds those of these two.
PROBES := tests/probes
QUICK_PROBES := asio zeromq

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo remedies test probes browser verify coverage lint covered format chaos fuzz openapi soak load bench mutants wave docs uml \
	notebooks fullsize constraints dist installed clean

help: ## this list
	@echo "make TARGET, where TARGET is one of"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 15

demo: $(VENV)/base ## 10,000 agents in a storm, beside the same fleet with one remedy
	@$(BIN)/wavetank $(DEMO) $(ARGS)

remedies: $(VENV)/base ## the same storm against every remedy
	@$(BIN)/wavetank $(REMEDIES) $(ARGS)

test: $(VENV)/dev $(VENV)/probes ## all quick tests
	@$(PY) -m pytest -q $(PARALLEL) --durations=15 $(SUITES) $(ARGS)

probes: $(VENV)/dev ## build and try the probe of every communication library (minutes; installs what they need)
	@$(PY) -m tests.probes.tools
	@$(PY) -m pytest -q $(PROBES) $(ARGS)

browser: $(VENV)/dev $(BROWSER)/node_modules ## reports in a real Chromium: no violation, no outside request
	@$(PY) -m pytest -q $(BROWSER) $(ARGS)

verify: $(VENV)/dev ## the long statistical tests
	@$(PY) -m pytest -q $(PARALLEL) -m long --durations=10 $(SUITES) $(ARGS)

coverage: $(VENV)/dev ## how often 95 % intervals contain the truth, over 40,000 runs (half an hour)
	@$(PY) -m tests.verify.coverage $(ARGS)

lint: $(VENV)/dev ## style, types, layers, spelling, dependencies
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/codespell
	@$(BIN)/deptry sim
	@$(PY) -m tests.lint.numbers
	@$(PY) -m tests.lint.locals
	@$(PY) -m tests.lint.docstrings

covered: $(VENV)/dev ## how much the suites named in tests/unit/elsewhere.toml cover (slow; installs coverage)
	@$(PY) -m pip install -qq --disable-pip-version-check coverage
	@$(PY) -m tests.lint.covered $(ARGS)

format: $(VENV)/dev ## let ruff put the style right
	@$(BIN)/ruff check --fix-only
	@$(BIN)/ruff format

chaos: $(VENV)/dev ## kill agents and servers while 50,000 events flow: none lost, none doubled (minutes)
	@$(PY) -m tests.chaos.run $(ARGS)

fuzz: $(VENV)/dev ## any bytes at whatever reads a server's answers, for a minute each (installs atheris)
	@$(PY) -m pip install -qq --disable-pip-version-check atheris
	@$(PY) -m tests.fuzz.run $(ARGS)

openapi: $(VENV)/dev ## ask a real server whatever its OpenAPI document says, and what not (installs schemathesis)
	@$(PY) -m pip install -qq --disable-pip-version-check -c constraints.txt "schemathesis>=4.32,<5"
	@$(PY) -m tests.fuzz.openapi $(ARGS)

soak: $(VENV)/dev ## 500 agents for two hours, faults at random, files that rotate: memory stays, accounting closes
	@$(PY) -m tests.chaos.soak $(ARGS)

load: $(VENV)/dev ## 200 held polls, then 2,000 agents and 500 batches a second, against a real server
	@$(PY) -m tests.chaos.load $(ARGS)

bench: $(VENV)/dev $(VENV)/peers ## speed and memory against their bounds
	@$(PY) -m tests.benchmarks.run $(ARGS)

mutants: $(VENV)/dev ## every deliberate mistake must be caught by its test
	@$(PY) -m tests.mutants.run $(ARGS)

wave: $(VENV)/dev ## draw the picture on top of the README anew
	@$(PY) -m tests.docs.wave

docs: $(VENV)/dev ## write the generated pages and the JSON Schema anew
	@$(PY) -m tests.docs.generate $(ARGS)

uml: $(VENV)/dev ## draw the UML diagrams anew
	@$(PY) -m tests.docs.draw $(ARGS)

notebooks: $(VENV)/dev ## execute the notebooks and store their outputs (ARGS=NAME for one)
	@$(PY) -m tests.docs.notebooks $(ARGS)

fullsize: $(VENV)/dev ## the runs at full size that the notebooks are held against, a few minutes
	@$(PY) notebooks/full_size.py

constraints: $(VENV)/dev ## pin the newest versions that fit in constraints.txt
	@$(PY) -m pip install -qq uv
	@$(BIN)/uv pip compile --quiet --upgrade --universal --python-version $(OLDEST) --all-extras \
		--no-emit-index-url --no-header --no-annotate pyproject.toml -o constraints.txt

dist: $(VENV)/dev ## build the source archive, and from it the wheel, into dist/
	@$(PY) -m build --no-isolation --outdir dist $(ARGS)

installed: $(VENV)/dev ## install the source archive in a clean venv and run a share of its tests from it
	@$(PY) -m tests.packaging.installed $(ARGS)

clean: ## remove all that these targets made
	@rm -rf $(VENV) $(OUT) build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache .schemathesis $(BROWSER)/node_modules
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# base holds what running needs, dev what testing needs as well.
INSTALL = $(PY) -m pip install -qq --disable-pip-version-check -c constraints.txt

$(VENV)/base: pyproject.toml constraints.txt $(VENV)/made
	@echo "Installing wavetank into $(VENV) (a minute or so, once)"
	@$(INSTALL) -e ".[report,fast]"
	@touch $@

$(VENV)/dev: pyproject.toml constraints.txt $(VENV)/made
	@echo "Installing wavetank and its test tools into $(VENV) (a minute or two, once)"
	@$(INSTALL) -e ".[dev]"
	@touch $(VENV)/base $@

# Simulators that ours is timed beside, in a folder of their own: one of them would hide our tests.
$(VENV)/peers: tests/benchmarks/peers.txt $(VENV)/made
	@$(PY) -m pip install -qq --disable-pip-version-check --upgrade --target $@ -r $<
	@touch $@

# What those probes are built with, where it can be had; where not, their tests say so and are skipped.
$(VENV)/probes: $(VENV)/dev $(wildcard models/libraries/*/probe.json)
	@$(PY) -m tests.probes.tools $(QUICK_PROBES)
	@touch $@

# What the browser tests need: Chromium and Node.js from the system, the packages of package.json from npm.
# Only what is missing is asked for: Debian's npm refuses to stand beside a Node.js from elsewhere.
$(BROWSER)/node_modules: $(BROWSER)/package.json
	@set -e; \
	needs=; \
	command -v chromium >/dev/null || needs="chromium"; \
	command -v npm >/dev/null || needs="$$needs nodejs npm"; \
	if [ -n "$$needs" ]; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "Installing for the browser tests (once):" $$needs; \
			export DEBIAN_FRONTEND=noninteractive; \
			apt-get -qq update && apt-get -qq -y install $$needs >/dev/null; \
		else \
			echo "The browser tests need Chromium and npm. On Debian, as root: apt-get install" $$needs >&2; \
			exit 1; \
		fi; \
	fi; \
	npm install --prefix $(BROWSER) --no-package-lock --no-audit --no-fund --silent; \
	touch $@

# `made` holds where it was made: in a copied checkout, .venv would run the code it was copied from.
ifneq ($(shell cat $(VENV)/made 2>/dev/null),$(CURDIR))
.PHONY: $(VENV)/made
endif

$(VENV)/made:
	@set -e; \
	version() { "$$1" -c "import sys; sys.exit(sys.version_info < (3, 11))"; }; \
	able() { "$$1" -c "import ensurepip, venv"; }; \
	for python in $(PYTHON) none; do ! version $$python 2>/dev/null || break; done; \
	if [ $$python = none ]; then \
		echo "wavetank needs Python $(OLDEST) or newer and found none: apt-get install python3," \
			"or say where it is: make PYTHON=..." >&2; exit 1; \
	fi; \
	if ! able $$python 2>/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing python3-venv, which a bare Debian lacks"; \
		export DEBIAN_FRONTEND=noninteractive; \
		apt-get -qq update && apt-get -qq -y install python3-venv >/dev/null; \
	fi; \
	if ! able $$python 2>/dev/null; then \
		echo "$$python cannot make virtual environments. On Debian, as root: apt-get install python3-venv" >&2; \
		exit 1; \
	fi; \
	echo "Making $(VENV) with $$($$python --version)"; \
	if [ -e $@ ]; then rm -rf $(VENV); fi; \
	$$python -m venv $(VENV); \
	echo "$(CURDIR)" > $@
