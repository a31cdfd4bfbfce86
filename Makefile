# Everything that needs an environment sets it up first: .venv, from the lock file, nothing from the machine.
VENV := .venv
PY := $(VENV)/bin/python
PYTHON ?= python3
DEMO ?= demo

.PHONY: demo test check bench docs lock clean

$(VENV)/.base: requirements.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.demo: $(VENV)/.base requirements-demo.txt
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-demo.txt
	touch $@

$(VENV)/.dev: $(VENV)/.demo requirements-dev.txt
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@

demo: $(VENV)/.demo  ## the main job on real records, then the fictional country
	rm -rf $(DEMO)
	$(VENV)/bin/justitia demo new_york $(DEMO)/new_york
	@echo
	$(VENV)/bin/justitia demo fictional $(DEMO)/fictional

test: $(VENV)/.dev  ## all tests
	$(PY) -m pytest

check: $(VENV)/.dev  ## format, lint, types, quick tests, generated pages current
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(PY) tools/reference_pages.py --check
	$(PY) -m pytest tests/unit tests/architecture tests/catalogue tests/spec

bench: $(VENV)/.dev  ## benchmarks, by hand
	$(PY) -m benchmarks

docs: $(VENV)/.dev  ## generated reference pages
	$(PY) tools/reference_pages.py

lock:  ## renew the lock files (needs pip-tools)
	$(PY) -m pip install --quiet pip-tools
	$(PY) -m piptools compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --strip-extras --allow-unsafe --extra charts --extra linkage -o requirements.txt pyproject.toml requirements-build.in
	$(PY) -m piptools compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --strip-extras --allow-unsafe -c requirements.txt -o requirements-dev.txt requirements-dev.in

clean:
	rm -rf $(VENV) $(DEMO)
