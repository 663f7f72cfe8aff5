# Everything runs in .venv, which the first target that needs it creates from requirements.lock.
.PHONY: repro test lint experiments bench bytes margins verify test-slow lock clean
SHELL := /bin/sh
PYTHON ?= python3
READY := .venv/.ready
export PATH := $(CURDIR)/.venv/bin:$(PATH)

repro: $(READY)  ## run the pipeline: all results, plots and plots/report.html
	dvc repro || { python tools/mend.py && dvc repro; }

test: lint  ## lint, types and the fast tests
	python -m pytest

lint: $(READY)
	ruff check .
	ruff format --check .
	mypy

$(READY): requirements.lock pyproject.toml tools/plots_page.py
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv --clear .venv
	python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	python tools/plots_page.py
	touch $@

experiments: $(READY)  ## list the experiments, without the MD5s of the files between the stages
	dvc exp show --no-pager --only-changed --drop '.*/'

bench: $(READY)  ## time the training and the pipeline against others
	python benchmarks/bench.py

bytes: $(READY)  ## check for the same bytes from every BLAS kernel, thread count, NumPy version and PYTHONS
	python -m pytest -n 0 -m slow tests/test_bytes.py

margins: $(READY)  ## show how far the written results are from their rounding boundaries
	python benchmarks/margins.py

verify: $(READY)  ## compare the outputs and DVC's cache with their MD5s
	python tools/verify.py

test-slow: $(READY)  ## the tests that take minutes
	python -m pytest -m slow

lock:  ## update requirements.lock from pyproject.toml; needs uv
	uv pip compile --quiet --upgrade --universal --python-version 3.11 --fork-strategy fewest --extra dev \
		--generate-hashes --no-annotate --no-header --output-file requirements.lock pyproject.toml

clean:  ## remove the environment and all outputs that git does not track
	rm -rf .venv
	git clean -fdXq data plots metrics
