# Needs make and Python 3.11 or newer, nothing else. `make help` lists the targets.

PYTHON ?= python3
SCENARIO ?= scenarios/syria_2024
RUNS ?= 10000

BIN := .venv/bin
TESTS := $(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
# Slow tests often wait for a browser or a server: one more at a time than there are cores.
MORE = $$(($$(getconf _NPROCESSORS_ONLN) + 1))
READY := .venv/ready
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help setup run test compiled slow lint check lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile

run: $(READY) ## simulate the Syrian case, print and draw the result (SCENARIO=..., RUNS=...)
	@$(BIN)/rout run "$(SCENARIO)" --runs $(RUNS)

test: $(READY) ## run the fast tests
	@$(TESTS)

compiled: $(READY) ## compile the model, once, before two tests at a time need it
	@$(BIN)/rout compile

slow: compiled ## run the slow tests
	@$(TESTS) --numprocesses $(MORE) -m slow

lint: $(READY) ## check style, types and the direction of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache # its cache has reported imports that are not there

check: lint compiled ## lint, and run every test
	@$(TESTS) -m 'slow or not slow'

setup: $(READY) ## make .venv ready without running anything

# Interrupted set-ups leave no stamp and are taken up again.
$(READY): requirements.lock pyproject.toml
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo 'rout needs Python 3.11 or newer. Name one: make PYTHON=/path/to/python3' >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo 'Python has no venv module. On Debian and Ubuntu: apt install python3-venv' >&2; exit 1; }
	@echo 'Setting up .venv: once, about a minute.'
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || "$(PYTHON)" -m venv --clear .venv
	@$(BIN)/python $(PIP_INSTALL) --requirement requirements.lock
	@$(BIN)/python $(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

lock: ## choose the newest versions that fit, and write them to requirements.lock
	@fresh=$$(mktemp -d) && trap 'rm -rf "$$fresh"' EXIT && \
	"$(PYTHON)" -m venv "$$fresh" && \
	"$$fresh/bin/python" $(PIP_INSTALL) --upgrade setuptools --editable '.[test]' && \
	grep '^#' requirements.lock > "$$fresh/lock" && \
	"$$fresh/bin/python" -m pip freeze --all --exclude pip --exclude wheel --exclude-editable >> "$$fresh/lock" && \
	cp "$$fresh/lock" requirements.lock

clean: ## remove .venv and caches; results stay
	rm -rf .venv build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
