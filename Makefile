# Everything runs in .venv, made from the hash-pinned requirements.lock by the first target that needs it.
PYTHON ?= python3
BIN := .venv/bin
SHELL := /bin/sh
# What the lock holds. Not gs and az: their clients would double the time that an install takes.
EXTRAS := embedded dev s3 sftp http dask otel web

# A process a core, and one embedded store and Prefect server each. A file stays in one process.
PYTEST := $(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

# The development data, for what measures.
DATA ?= ../shared/data

.PHONY: help install run explore test check bench format lock clean

help:  ## Show what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/installed  ## Make the environment

.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Dropwire needs Python 3.11 or newer: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "Installing into .venv (about a minute) …"
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

run: install  ## Run the flow over seeds/ into the embedded store
	@$(BIN)/dropwire ingest seeds

explore: install  ## Take in seeds/, then look at the documents in the browser
	@$(BIN)/dropwire ingest seeds
	@$(BIN)/dropwire web

test: install  ## Run the tests
	@$(PYTEST)

check: install  ## Format, lint, types, layering, tests
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(PYTEST)

bench: install  ## Measure speed side by side with other ways (DATA=FOLDER; docs/performance.md)
	@$(BIN)/python -m benchmarks.bench $(DATA)

format: install  ## Format the code, mend what the linter can mend
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

lock: install  ## Resolve the dependencies of pyproject.toml into requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		$(EXTRAS:%=--extra %) --no-header --no-annotate --upgrade pyproject.toml --output-file requirements.lock

clean:  ## Remove the environment and caches; data/ stays
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build *.egg-info
