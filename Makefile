# Everything runs in .venv. Targets create or update it first if necessary.
.PHONY: help repro test check lint test-system kills bytes runs bench lock set-up set-up-dev .venv
.NOTPARALLEL:
DVC := PATH="$$PWD/.venv/bin:$$PATH" dvc
PYTEST := .venv/bin/python -m pytest
# Other Pythons that `make bytes` compares
export PYTHONS ?= $(wildcard /usr/bin/python3)
unexport PYTHONDONTWRITEBYTECODE # each of the many Python processes would compile all its modules
unexport PYTHONSAFEPATH # `python -m stages.train` imports from the current folder

help:  ## list the targets
	@awk -F ' *:.*## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

repro: set-up  ## run the pipeline: all results, plots and plots/report.html
	@# After a run on synthetic data, look for CIFAR-10 again.
	@if grep -qs '"synthetic"' data/batches/dataset.json; then \
		$(DVC) repro --force --single-item download; fi
	@$(DVC) repro

test: lint  ## check style and types, and test the functions and the pipeline
	$(PYTEST) $(TESTS)

check: lint  ## check style and types, and test the functions
	$(PYTEST) tests/unit

lint: set-up-dev  ## check style and types
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

test-system: set-up-dev  ## test killed runs, experiments, copies, set-up, other users
	$(PYTEST) tests/system

kills: set-up-dev  ## kill runs at 40 moments, and finish them
	$(PYTEST) -m slow tests/system/test_interruptions.py

bytes: set-up-dev  ## compare bytes across BLAS kernels, NumPy versions and PYTHONS
	$(PYTEST) -n 0 -m slow tests/unit tests/system/test_bytes.py

runs: set-up-dev  ## check the page's sentences on runs of all classes, and others
	$(PYTEST) -m slow tests/pipeline/test_runs.py

bench: set-up-dev  ## time the training beside its rivals
	PATH="$$PWD/.venv/bin:$$PATH" python benchmarks/bench.py

COMPILE := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --no-annotate --no-header

lock: set-up-dev  ## update both lock files from pyproject.toml
	$(COMPILE) --upgrade --all-extras --output-file requirements-dev.lock pyproject.toml
	$(COMPILE) --extra build --constraint requirements-dev.lock --output-file requirements.lock pyproject.toml

# antlr4-python3-runtime, which DVC needs, has no wheel.
LOCKED = --require-hashes --only-binary :all: --no-binary antlr4-python3-runtime -r $(LOCK)
UV := .venv/bin/uv pip install --quiet --python .venv --system-certs
PIP := .venv/bin/python -m pip install
# Followed by the name of a lock file
UP_TO_DATE := test ! -e .venv/unfinished && $(UV) 2>/dev/null --offline --check -r

set-up:  ## create or update .venv for the pipeline
	@$(UP_TO_DATE) requirements.lock || $(MAKE) -s .venv LOCK=requirements.lock

set-up-dev:  ## add the test tools to .venv
	@$(UP_TO_DATE) requirements-dev.lock || $(MAKE) -s .venv LOCK=requirements-dev.lock

# pip installs the locked pip and uv: awk finds their lines, with the hashes. uv installs
# the rest. It does not read pip's index setting. If uv fails, pip does it, more slowly.
.venv:
	test ! -e .venv/unfinished || rm -rf .venv
	echo "installing the packages of $(LOCK) into .venv"
	mkdir -p .venv && touch .venv/unfinished
	test -x .venv/bin/pip || "$${PYTHON:-python3}" -m venv .venv
	test -x .venv/bin/uv || awk '/^[^ ]/ { wanted = /^(pip|uv)==/ } wanted' $(LOCK) | \
		$(PIP) -qq --no-compile --require-hashes -r /dev/stdin
	index=$$(.venv/bin/python -m pip config get global.index-url 2>/dev/null); \
		UV_DEFAULT_INDEX=$${UV_DEFAULT_INDEX:-$$index} $(UV) $(LOCKED) || $(PIP) --no-deps --no-compile $(LOCKED)
	$(PIP) -qq --no-deps --no-build-isolation -e .
	rm .venv/unfinished
