# Everything runs in .venv. Targets create or update it first if necessary.
.PHONY: help repro test check lint test-system kills bytes experiments bench lock clean set-up set-up-dev
SHELL := /bin/sh
PYTHONS ?= $(wildcard /usr/bin/python3)
BIN := .venv/bin
DVC := PATH="$$PWD/.venv/bin:$$PATH" dvc
PYTEST := $(BIN)/python -m pytest
unexport PYTHONDONTWRITEBYTECODE # each of the many Python processes would compile all its modules
unexport PYTHONSAFEPATH # `python -m stages.train` imports from the current folder

help:  ## list the targets
	@awk -F ' *:.*## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

repro: set-up  ## run the pipeline: all results, plots and plots/report.html
	@! grep -qs '"synthetic"' data/batches/dataset.json || $(DVC) repro --force --single-item download
	@$(DVC) repro

test: lint  ## check style and types, and test the functions and the pipeline
	$(PYTEST)

check: lint  ## check style and types, and test the functions
	$(PYTEST) tests/unit

lint: set-up-dev  ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test-system: set-up-dev  ## test killed runs, experiments, copies, set-up, other users
	$(PYTEST) tests/system

kills: set-up-dev  ## kill runs at 40 moments, and finish them
	$(PYTEST) -m slow tests/system/test_interruptions.py

bytes: set-up-dev  ## compare bytes across BLAS kernels, NumPy versions and PYTHONS
	PYTHONS="$(PYTHONS)" $(PYTEST) -n 0 -m slow tests/unit tests/system/test_bytes.py

set-up:  ## create or update .venv for the pipeline
	@sh -ec "$$SET_UP" requirements.lock

set-up-dev:  ## add the test tools to .venv
	@sh -ec "$$SET_UP" requirements-dev.lock

experiments: set-up  ## list the experiments with their accuracies and changed params
	@$(BIN)/dvc exp show --csv --only-changed --hide-workspace --precision 4 \
		--drop 'rev|typ|Created|parent|Executor|dataset|train|.*/' | $(BIN)/python -c "$$TABLE"

# DVC's own table is wider than 80 columns.
define TABLE
import csv, sys, tabulate
tabulate.MIN_PADDING = 0
rows = [[row[0] or "committed", *row[1:]] for row in csv.reader(sys.stdin)]
print(tabulate.tabulate(rows, headers="firstrow", tablefmt="plain", disable_numparse=True))
endef
export TABLE

bench: set-up-dev  ## time the training and the pipeline against alternatives
	PATH="$(CURDIR)/$(BIN):$$PATH" python benchmarks/bench.py

COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --no-annotate --no-header

lock: set-up-dev  ## update both lock files from pyproject.toml
	$(COMPILE) --upgrade --all-extras --output-file requirements-dev.lock pyproject.toml
	$(COMPILE) --extra build --constraint requirements-dev.lock --output-file requirements.lock pyproject.toml

clean:  ## remove .venv and what the pipeline wrote, but not what git tracks
	awk '/^    [a-z]+:/ { outs = $$1 == "outs:" } outs && /^      - [^:]+$$/ { print $$2 }' dvc.yaml | xargs rm -rf
	test ! -f data/raw/dataset.json || \
		(cd data/raw && grep -oE '[a-z]+_batch(_[1-5])?' dataset.json | xargs rm -f dataset.json)
	! grep -qs "$(OURS)" .venv/pyvenv.cfg || rm -rf .venv

OURS := ^prompt = 'birds-make'

# Make .venv match the lock file $0. uv compares it with what is installed each time, so nothing can be out of date.
# Of the user's settings, only those of the download count. uv gets pip's, from `pip config list`; sorted by the fourth
# character (global, install, :env:), each overrides the previous ones.
NEEDED = must be Python 3.11 to 3.14 with venv: run \`apt install python3-venv\`, or choose another \
	Python, for example \`make repro PYTHON=/path/to/python3.13\`
setting = s/^[^.]*[.]$1=(.*)/export PIP_$2=\1 $3=\1/p;
SETTINGS := s/\\n/ /g; $(call setting,index-url,INDEX_URL,UV_DEFAULT_INDEX) $(call setting,proxy,PROXY,ALL_PROXY) \
	$(call setting,extra-index-url,EXTRA_INDEX_URL,UV_INDEX) $(call setting,find-links,FIND_LINKS,UV_FIND_LINKS) \
	$(call setting,no-index,NO_INDEX,UV_NO_INDEX) $(call setting,cert,CERT,SSL_CERT_FILE) \
	$(call setting,trusted-host,TRUSTED_HOST,UV_INSECURE_HOST)
define SET_UP
here=$$(pwd -P) python=$${PYTHON:-python3}
fail() { echo "error: $$1" >&2; exit 1; }
pip() { PIP_CONFIG_FILE=/dev/null .venv/bin/python -Im pip install -qq --disable-pip-version-check "$$@"; }
uv() { .venv/bin/uv pip install -qp .venv --no-config --system-certs --index-strategy unsafe-best-match "$$@"; }
unset $$(env | grep -oE '^(PIP|UV)_[A-Z_]+' | grep -vE 'CONFIG_F|INDEX|LINK|CERT|TLS|HOST|PROXY|CACHE|TIMEOUT|KEYRING')
[ ! -e .venv ] || grep -qs "$(OURS)" .venv/pyvenv.cfg || fail "$$here/.venv was not made by make: rename or remove it"
if ! { .venv/bin/python -Ic 'import pip' && grep -qF " $$here/.venv" .venv/pyvenv.cfg &&
        [ "$$("$${PYTHON:-.venv/bin/python}" -VV)" = "$$(.venv/bin/python -VV)" ]; } 2>/dev/null; then
    "$$python" -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null ||
        fail "$$python $(NEEDED)"
    echo "creating $$here/.venv"
    "$$python" -m venv --clear --prompt birds-make .venv
fi
if ! { uv --offline --check -r "$$0" && grep -qxF "$$here/src" .venv/lib/*/site-packages/birds.pth; } 2>/dev/null; then
    echo "installing the packages of $$0 into .venv"
    eval "$$(.venv/bin/python -Im pip config list | sort -k1.4 | sed -nE '$(SETTINGS)')"
    install() { "$$1" --require-hashes -r "$$0" && "$$1" --no-deps --no-build-isolation -e .; }
    { .venv/bin/uv -V >/dev/null 2>&1 || sed -n '/^uv==/,/[^\\]$$/p' "$$0" | pip --force-reinstall -r /dev/stdin; } &&
        install uv || { echo "uv failed, see above: pip installs the same packages, more slowly"; install pip; }
fi
endef
export SET_UP
