# Everything runs in .venv, which the first target that needs it makes from requirements.lock.
.PHONY: repro test lint experiments report bench bytes margins verify test-slow fuzz lock clean
SHELL := /bin/sh
PYTHON ?= python3
FUZZ_SECONDS ?= 600
READY := .venv/.ready
export PATH := $(CURDIR)/.venv/bin:$(PATH)

repro: $(READY)  ## run the pipeline: every figure and picture
	python tools/mend.py
	dvc repro

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

experiments: $(READY)  ## the experiments with what matters of each; `dvc exp show` has the rest
	dvc exp show --no-pager --drop '.*' \
		--keep '^(Experiment|lr|iterations|target_class|(train|test|holdout)\.accuracy)$$'

report: repro  ## plots/report.html, one page to hand on
	python tools/report.py

bench: $(READY)  ## time the training and the pipeline beside others; JSON=FILE keeps the figures
	python tools/bench.py $(if $(JSON),--json $(JSON))

bytes: $(READY)  ## the same bytes from every BLAS kernel, thread count, NumPy version and PYTHONS
	python -m pytest -n 0 -m slow tests/test_bytes.py

margins: $(READY)  ## how far what is written is from its rounding boundaries
	python tools/margins.py

verify: $(READY)  ## compare the outputs and DVC's cache with their MD5s; remove what is damaged
	python tools/verify.py

test-slow: $(READY)  ## the tests that take minutes
	python -m pytest -m slow

fuzz: $(READY)  ## fuzz the batch reader for FUZZ_SECONDS, guided by coverage
	python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-fuzz.lock
	python tests/fuzz_batches.py -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1

lock:  ## write requirements.lock anew from pyproject.toml; needs uv
	uv pip compile --quiet --upgrade --universal --python-version 3.11 --fork-strategy fewest --extra dev \
		--generate-hashes --no-annotate --no-header --output-file requirements.lock pyproject.toml
	echo atheris | uv pip compile --quiet --upgrade --python-version 3.11 \
		--generate-hashes --no-annotate --no-header --output-file requirements-fuzz.lock -

clean:  ## remove the environment and everything the pipeline wrote that git does not track
	rm -rf .venv
	git clean -fdXq data plots metrics
