# Everything runs in .venv, which the first target that needs it makes from requirements.lock.
.PHONY: repro test lint lock clean
SHELL := /bin/sh
PYTHON ?= python3
READY := .venv/.ready
export PATH := $(CURDIR)/.venv/bin:$(PATH)

repro: $(READY)  ## run the pipeline: every figure and picture
	dvc repro

test: lint  ## lint, types and the fast tests
	python -m pytest

lint: $(READY)
	ruff check .
	ruff format --check .
	mypy

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv --clear .venv
	python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

lock:  ## write requirements.lock anew from pyproject.toml; needs uv
	uv pip compile --quiet --upgrade --universal --python-version 3.11 --fork-strategy fewest --extra dev \
		--generate-hashes --no-annotate --no-header --output-file requirements.lock pyproject.toml

clean:  ## remove the environment and everything the pipeline wrote that git does not track
	rm -rf .venv
	git clean -fdXq data plots metrics
