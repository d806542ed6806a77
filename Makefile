# Everything happens in .venv; no recipe needs root.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test check bench install lock model clean

run: .venv/installed
	$(BIN)/hearthd demo

test: .venv/tools
	sh tests/debian-packages
	$(BIN)/pytest

check: .venv/tools
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/tools
	$(BIN)/pytest -m bench -s tests/bench

install: .venv/tools

lock: .venv/tools
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
	  pyproject.toml --group build -o requirements.lock
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
	  pyproject.toml --group build --group dev -o requirements-dev.lock

# HEARTHD_DATA names the folder with what people said; MINUTES of training; Torch stays out of .venv.
MINUTES ?= 90
model: build/venv/installed
	build/venv/bin/python -m agent.engines.tiny.train --folder build/tiny --minutes $(MINUTES) $(STEPS)

build/venv/installed: .venv/tools pyproject.toml
	$(PYTHON) -m venv build/venv
	$(BIN)/uv pip install -q --python build/venv/bin/python -e . --group train
	touch $@

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
	  { echo "hearthd needs Python 3.11, 3.12 or 3.13: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv .venv || { echo "the venv module is missing: apt install python3-venv"; rm -rf .venv; exit 1; }

.venv/installed: .venv/bin/python requirements.lock pyproject.toml
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

.venv/tools: .venv/installed requirements-dev.lock
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
