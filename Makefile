# Two commands do everything: `make demo` and `make test`. Each sets up what it needs and says so.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help demo test test-all check bench clean

help:
	@echo "make demo      set up, run the whole loop on a digital patient, say where the report is"
	@echo "make test      set up, check the house rules, run every test that CI runs"
	@echo "make test-all  the same and the tests that are too long for CI"
	@echo "make check     format, lint, types and import rules alone"
	@echo "make bench     speed against peers, as ratios from one run"

$(BIN)/python:
	@echo "Setting up: a virtual environment in $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "vivomap needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another: make PYTHON=python3.12 ...")'
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "Python cannot make a virtual environment: on Debian, install python3-venv"; exit 1; }

$(VENV)/.run: $(BIN)/python pyproject.toml constraints.txt
	@echo "Setting up: vivomap and the libraries that it runs on (about 1 GB)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.test: $(VENV)/.run
	@echo "Setting up: the libraries that the tests run on"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[test]"
	@touch $@

$(VENV)/.bench: $(VENV)/.test
	@echo "Setting up: the peers that the benchmarks compare with"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[test,bench]"
	@touch $@

demo: $(VENV)/.run
	@$(BIN)/vivomap demo --out demo

check: $(VENV)/.test
	@echo "Checking: format, lint, types, imports"
	@$(BIN)/ruff format --check --quiet src tests benchmarks
	@$(BIN)/ruff check --quiet src tests benchmarks
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

test: check
	@echo "Testing: every test that CI runs, on two processes"
	@$(BIN)/python -m pytest -n 2

test-all: check
	@echo "Testing: everything, the long tests too"
	@$(BIN)/python -m pytest -n 2 --long

bench: $(VENV)/.bench
	@for file in benchmarks/*.py; do echo; echo "== $$file"; $(BIN)/python $$file || exit 1; done

clean:
	rm -rf $(VENV) demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
