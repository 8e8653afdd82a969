# Every task of the project. `make` alone lists them; each one does its own set-up first.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# Arguments for one run: `make serve ARGS="--port 9300"`, `make test ARGS="-k sign_in"`.
ARGS ?=
COG := -I tools -p "import docs"

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help install check test lint types layers docs-check demo bench kills shapes docs serve lock

help: ## List these tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(READY) ## Make .venv with Keydesk and everything that its tasks need

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Keydesk needs Python 3.11 or newer; name one with make PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

check: lint types layers docs-check test ## Hold everything that must hold before a change is shared

test: $(READY) ## Run the tests
	$(BIN)/python -m pytest -n auto --maxprocesses 8 $(ARGS)

lint: $(READY) ## Check style and form
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --check --quiet

types: $(READY) ## Check types
	$(BIN)/mypy

layers: $(READY) ## Check who imports whom
	$(BIN)/lint-imports --no-logo

docs-check: $(READY) ## Check that the tables in docs/ are those of the code
	$(BIN)/cog $(COG) --check docs/*.md

demo: $(READY) ## See a user sign up and sign in while handlers decide
	$(BIN)/python -m demo $(ARGS)

bench: $(READY) ## Measure sign-ins, on one node and on several; writes bench/results.md and bench/nodes.md
	$(BIN)/python -m bench $(ARGS)
	$(BIN)/python -m bench.nodes

kills: $(READY) ## Kill a server 300 times while it works, and look for what is lost
	KILLS=300 $(BIN)/python -m pytest -s tests/faults/test_kills.py $(ARGS)

shapes: $(READY) ## Write src/keydesk/shapes again from the pinned model
	$(BIN)/python tools/shapes.py

docs: $(READY) ## Write the tables in docs/ again from the code
	$(BIN)/cog $(COG) -r docs/*.md

serve: $(READY) ## Start a development server on this machine
	$(BIN)/keydesk dev $(ARGS)

lock: $(READY) ## Pin every dependency again, with hashes and without addresses
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-annotate \
	  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
	  --group dev pyproject.toml --output-file requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
	  --extra otel --constraint requirements.lock pyproject.toml --output-file deploy/requirements.lock
