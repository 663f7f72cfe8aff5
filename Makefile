# Everything runs in .venv. Targets create or update it first if necessary.
.PHONY: help repro test check lint experiments bench bytes test-slow lock clean set-up set-up-dev
SHELL := /bin/sh
PYTHON ?= python3
PYTHONS ?= $(wildcard /usr/bin/python3)
BIN := .venv/bin
PYTEST = OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder
unexport PYTHONDONTWRITEBYTECODE # each of the many Python processes would compile all its modules
unexport PYTHONSAFEPATH # `python -m stages.train` imports from the current folder

help:  ## list the targets
	@awk -F ' *:.*## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

repro: set-up  ## run the pipeline: all results, plots and plots/report.html
	@PATH="$(CURDIR)/$(BIN):$$PATH" python -m stages

test: lint  ## check style and types, and run the fast tests
	$(PYTEST)

check: lint  ## check style and types, and run the tests of a few seconds
	$(PYTEST) -m "not slow and not whole"

lint: set-up-dev  ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

set-up:  ## create or update .venv for the pipeline
	@$(PYTHON) tools/set_up.py requirements.lock

set-up-dev:  ## add the test tools to .venv
	@$(PYTHON) tools/set_up.py requirements-dev.lock

experiments: set-up  ## list the experiments with their accuracies and changed params
	$(BIN)/dvc exp show --no-pager --only-changed --drop 'Created|State|Executor|.*/'

bench: set-up-dev  ## time the training and the pipeline against alternatives
	PATH="$(CURDIR)/$(BIN):$$PATH" python benchmarks/bench.py

bytes: set-up-dev  ## compare bytes across BLAS kernels, NumPy versions and PYTHONS
	PYTHONS="$(PYTHONS)" $(BIN)/python -m pytest -m slow tests/test_bytes.py


test-slow: set-up-dev  ## run the tests that take minutes
	$(PYTEST) -m slow

COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --no-annotate --no-header

lock: set-up-dev  ## update both lock files from pyproject.toml
	$(COMPILE) --upgrade --all-extras --output-file requirements-dev.lock pyproject.toml
	$(COMPILE) --extra build --constraint requirements-dev.lock --output-file requirements.lock pyproject.toml

clean:  ## remove .venv and what the pipeline wrote, but not what git tracks
	awk '/^    [a-z]+:/ { outs = $$1 == "outs:" } outs && /^      - [^:]+$$/ { print $$2 }' dvc.yaml | xargs rm -rf
	test ! -f data/raw/dataset.json || \
		(cd data/raw && grep -oE '[a-z]+_batch(_[1-5])?' dataset.json | xargs rm -f dataset.json)
	rm -rf .venv
