# Everything runs in .venv, which every target creates or updates first if necessary.
.PHONY: help repro test lint experiments bench bytes margins verify test-slow lock clean set-up
SHELL := /bin/sh
PYTHON ?= python3
PYTHONS ?= $(wildcard /usr/bin/python3)
BIN := .venv/bin

help:  ## list the targets
	@awk -F ' *:.*## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

repro: set-up  ## run the pipeline: all results, plots and plots/report.html
	$(BIN)/python tools/repro.py

test: lint  ## check style and types, and run the fast tests
	$(BIN)/python -m pytest

lint: set-up  ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

set-up:  ## create or update .venv
	@$(PYTHON) tools/set_up.py

experiments: set-up  ## list the experiments, without the MD5s of intermediate files
	$(BIN)/dvc exp show --no-pager --only-changed --drop '.*/'

bench: set-up  ## time the training and the pipeline against others
	PATH="$(CURDIR)/$(BIN):$$PATH" python benchmarks/bench.py

bytes: set-up  ## check for the same bytes from every BLAS kernel, NumPy and PYTHONS
	PYTHONS="$(PYTHONS)" $(BIN)/python -m pytest -n 0 -m slow tests/test_bytes.py

margins: set-up  ## show how far results are from their rounding boundaries
	$(BIN)/python benchmarks/margins.py

verify: set-up  ## compare the outputs and DVC's cache with their MD5s
	$(BIN)/python tools/verify.py

test-slow: set-up  ## run the tests that take minutes
	$(BIN)/python -m pytest -m slow

lock:  ## update requirements.lock from pyproject.toml; needs uv
	uv pip compile --quiet --upgrade --universal --python-version 3.11 --fork-strategy fewest --extra dev \
		--generate-hashes --no-annotate --no-header --output-file requirements.lock pyproject.toml

clean:  ## remove the environment and all outputs that git does not track
	rm -rf .venv
	git clean -fdXq data plots metrics
