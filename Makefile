# Everything runs in .venv, which is made from requirements.lock and nothing else.
# `make help` lists the targets. Words after ARGS= go to the command: make test ARGS="-k clock"
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BUSY := $(VENV)/.being-set-up
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
DATA ?= ../shared/data/dev
TEACHER := .venv-model
TAUGHT := $(TEACHER)/.ready
KILLS ?= 50
MINUTES ?= 30
SIDE_BY_SIDE ?= 4
UV ?= uv
BENCHES := $(foreach name,classify match store live sources jetstream backfill card tick desk startup,\
	$(if $(wildcard bot/bench/$(name).py bot/bench/$(name)/__init__.py),$(name)))

.PHONY: help demo setup test check fmt fmt-check lint types arch catalogues model calibrate bench chaos soak lock

help: ## Print this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r name what; \
		do printf '  make %-10s %s\n' "$$name" "$$what"; done

demo: $(READY) ## Play the sample feed into a chat in this terminal; needs no account and no token
	@$(BIN)/mentiondesk demo $(ARGS)

setup: $(READY) ## Make .venv with the command mentiondesk in it; runs by itself where needed

# Some machines forbid Python to keep what it compiled: every process would compile the house anew.
test: export PYTHONDONTWRITEBYTECODE :=
test: $(READY) ## Run the tests; they mostly wait, so SIDE_BY_SIDE (4) of them at once, 0: one by one
	@$(BIN)/python -m pytest -n $(SIDE_BY_SIDE) --dist loadfile $(ARGS)

check: fmt-check lint types arch test ## Everything that must be green before a commit

fmt: $(READY) ## Lay out the code anew and mend what can be mended
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix-only

fmt-check: $(READY) ## Look whether the code is laid out as `make fmt` would
	@$(BIN)/ruff format --check

lint: $(READY) ## Look for faults of style and habit
	@$(BIN)/ruff check

types: $(READY) ## Check the types, strictly
	@$(BIN)/mypy

arch: $(READY) ## Check that imports go one way only, floor by floor and room by room
	@$(BIN)/lint-imports --no-logo

catalogues: $(READY) ## Bring the catalogues of the six languages up to the code, and say what to translate
	@$(BIN)/python -m bot.locale.catalogues

model: $(TAUGHT) ## Teach the shipped judge anew from classifiers/corpus (an hour on two cores)
	@$(TEACHER)/bin/python -m classifiers.training weights

calibrate: $(TAUGHT) ## Set the judge's thresholds anew by the labelled posts in DATA (../shared/data/dev)
	@$(TEACHER)/bin/python -m classifiers.training calibrate $(wildcard $(DATA)/*.jsonl $(DATA)/*.jsonl.gz)

bench: $(READY) ## Measure everything that has a benchmark; one JSON object of figures each
	@failed=; for name in $(BENCHES); do \
		echo "bench $$name:"; $(BIN)/mentiondesk bench $$name --json || failed="$$failed $$name"; done; \
	if [ -n "$$failed" ]; then echo "failed:$$failed" >&2; exit 1; fi

chaos: $(READY) ## Kill the desk KILLS (50) times at random points and count what is lost: nothing
	@MENTIONDESK_KILLS=$(KILLS) $(BIN)/python -m pytest tests/chaos $(ARGS)

soak: $(READY) ## Watch every platform at once for MINUTES (30) with faults on time, and account for each post
	@$(BIN)/python -m tests.soak.soak --minutes $(MINUTES) $(ARGS)

lock: ## Resolve requirements.lock anew, with uv (UPGRADE=1: take newer releases too)
	@command -v $(UV) >/dev/null || { echo "make lock: needs uv on the PATH, or UV=/path/to/uv" >&2; exit 1; }
	@$(UV) pip compile pyproject.toml --output-file requirements.lock --quiet \
		--all-extras --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
		--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' \
		$(if $(UPGRADE),--upgrade)

# A set-up that was cut short leaves $(BUSY) behind: the next one starts from an empty .venv.
$(READY): requirements.lock pyproject.toml
	@python=; for name in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
		"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
			&& python=$$name && break; done; \
	if [ -z "$$python" ]; then \
		echo "mentiondesk needs Python 3.11 or newer (Debian: apt install python3 python3-venv), or PYTHON=/path/to/python3" >&2; \
		exit 1; fi; \
	"$$python" -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$$python cannot make virtual environments (Debian: apt install python3-venv)" >&2; exit 1; }; \
	if [ -e $(BUSY) ] || ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
		echo "Making .venv (about a minute the first time) ..." >&2; \
		"$$python" -m venv --clear $(VENV) || exit 1; fi
	@touch $(BUSY)
	@$(PIP) install --require-hashes --only-binary :all: --requirement requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@mv $(BUSY) $(READY)

# The tools that teach are large, and nobody who only judges needs them: an environment of their own.
$(TAUGHT): classifiers/training/requirements.txt requirements.lock
	@$(MAKE) --no-print-directory setup
	@$(BIN)/python -m venv --clear $(TEACHER)
	@$(TEACHER)/bin/python -m pip --disable-pip-version-check --no-input --quiet install \
		--require-hashes --only-binary :all: --requirement requirements.lock
	@$(TEACHER)/bin/python -m pip --disable-pip-version-check --no-input --quiet install \
		--requirement classifiers/training/requirements.txt
	@$(TEACHER)/bin/python -m pip --disable-pip-version-check --no-input --quiet install \
		--no-deps --no-build-isolation --editable .
	@touch $@
