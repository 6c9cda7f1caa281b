# Everything runs inside .venv; nothing has to be installed by hand but Python 3.11 or newer and make.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo install test test-engines check lint docs bench clean

demo: install
	$(BIN)/routecli demo

install: .venv/installed

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -c "import sys; sys.exit('routecli needs Python 3.11 or newer; set PYTHON=...' if sys.version_info < (3, 11) else 0)"
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	$(BIN)/python -m compileall -q routecli
	touch $@

test: install
	$(BIN)/python -m pytest -n auto -q

# Spark, ClickHouse and PostgreSQL against the same cells: heavy packages, so not part of `make test`. Needs Java.
test-engines: .venv/engines
	$(BIN)/python -m pytest -m engines -q tests/engines

.venv/engines: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,engines]'
	touch $@

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: install
	$(BIN)/python docs/generate.py

check: lint test
	$(BIN)/python docs/generate.py --check

bench: install
	$(BIN)/python -m benchmarks.startup
	$(BIN)/python -m benchmarks.policies
	$(BIN)/python -m benchmarks.ingest
	$(BIN)/python -m benchmarks.small_files
	$(BIN)/python -m benchmarks.optimize
	$(BIN)/python -m benchmarks.coverage
	$(BIN)/python -m benchmarks.gate
	$(BIN)/python -m benchmarks.pricing
	$(BIN)/python -m benchmarks.workload
	$(BIN)/python -m benchmarks.crash

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
