# `make report` runs the main job, `make test` the test suite; each installs what it needs into .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT ?= report
PROFILE ?= quick

.PHONY: report test test-slow test-libraries lint types format docs bench clean

report: $(VENV)/installed
	$(BIN)/adversarial-spheres report --profile $(PROFILE) --out $(OUT)

test: $(VENV)/installed
	$(BIN)/python -m pytest

test-slow: $(VENV)/installed
	$(BIN)/python -m pytest -m slow

test-libraries: $(VENV)/installed
	$(BIN)/python -m pip install --quiet -e '.[torch,jax,fast]'
	$(BIN)/python -m pytest -m libraries

lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

docs: $(VENV)/installed-docs
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html

# The type checker reads an installed copy: it cannot follow the map from folders to import names.
types: $(VENV)/installed
	rm -rf build  # setuptools would install what an earlier build left
	$(BIN)/python -m pip install --quiet --no-deps --target build/types .
	MYPYPATH=build/types $(BIN)/mypy -p adversarial_spheres

format: $(VENV)/installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/installed
	$(BIN)/python -m benchmarks

$(VENV)/installed: setup.cfg setup.py pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -e '.[test,lint]'
	touch $@

$(VENV)/installed-docs: $(VENV)/installed
	$(BIN)/python -m pip install --quiet -e '.[docs]'
	touch $@

clean:
	rm -rf build dist $(VENV) .pytest_cache .hypothesis .mypy_cache .ruff_cache
