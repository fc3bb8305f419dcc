# `make report` runs the main job, `make test` the test suite; each installs what it needs into .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT ?= report
PROFILE ?= quick
RESUME ?=
OLDEST_PYTHON ?= python3.11
SAMPLE ?= 500
SEED ?= 1

.PHONY: report test test-slow test-libraries test-oldest coverage mutate lint types format docs bench clean

report: $(VENV)/installed-fast
	$(BIN)/adversarial-spheres report --profile $(PROFILE) --out $(OUT) $(if $(RESUME),--resume)

test: $(VENV)/installed
	$(BIN)/python -m pytest -n logical --dist loadscope

test-slow: $(VENV)/installed
	$(BIN)/python -m pytest -m slow -n logical --dist loadscope

test-libraries: $(VENV)/installed
	$(BIN)/python -m pip install --quiet -e '.[torch,jax,fast]' pandas
	$(BIN)/python -m pytest -m libraries

# The oldest versions that setup.cfg allows, in an environment of their own.
test-oldest: $(VENV)-oldest/installed
	$(VENV)-oldest/bin/python -m pytest

$(VENV)-oldest/installed: setup.cfg tests/oldest-requirements.txt
	$(OLDEST_PYTHON) -m venv $(VENV)-oldest
	$(VENV)-oldest/bin/python -m pip install --quiet -e '.[test]' --constraint tests/oldest-requirements.txt
	touch $@

coverage: $(VENV)/installed
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n logical --dist loadscope
	$(BIN)/coverage combine --quiet
	for room in theory numerics; do echo "== $$room"; $(BIN)/coverage report --include="*/$$room/*" | tail -1; done
	$(BIN)/coverage report --show-missing --skip-covered

# By hand: half an hour for the sample. docs/testing.md has the last results.
mutate: $(VENV)/installed
	$(BIN)/python -m pip install --quiet -e '.[mutation]'
	$(BIN)/python tests/mutation/run.py --sample $(SAMPLE) --seed $(SEED)

lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

docs: $(VENV)/installed-docs
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html

types: $(VENV)/installed
	$(BIN)/mypy -p adversarial_spheres

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

# Compiled training steps give the same bits in less time; where numba is not to be had, the report takes longer.
$(VENV)/installed-fast: $(VENV)/installed
	$(BIN)/python -m pip install --quiet -e '.[fast]' || echo 'Without numba: training takes up to half as long again.'
	touch $@

$(VENV)/installed-docs: $(VENV)/installed
	$(BIN)/python -m pip install --quiet -e '.[docs]'
	touch $@

clean:
	rm -rf build dist $(VENV) $(VENV)-oldest .coverage* .pytest_cache .hypothesis .mypy_cache .ruff_cache
