# Two commands: `make demo`, less than a minute, and `make test`. Each sets up .venv from constraints.txt first, in a minute
# or two; nothing is installed globally.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test test-slow bench tables lint types setup constraints clean

demo: $(READY)
	$(BIN)/heardback demo

test: $(READY)
	$(BIN)/pytest -n 2

test-slow: $(READY)
	$(BIN)/pytest -n 2 -m slow

# Measures everything and writes docs/performance.md; minutes, and best on a quiet machine.
bench: $(READY)
	$(BIN)/python -m benchmarks

# Writes the tables in docs/ that are made from data.
tables: $(READY)
	$(BIN)/python -m tests.scheduler.scenario_table
	$(BIN)/python -m tests.heardback.manual_pages

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

setup: $(READY)

$(READY): constraints.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Heardback needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

# Pins every dependency with its hashes, for all platforms; needs `uv` and a package index.
constraints:
	uv pip compile --quiet --universal --python-version 3.11 --all-extras --generate-hashes --no-header --no-annotate \
	  pyproject.toml -o constraints.txt

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
