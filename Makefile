# Two commands do everything: `make run` opens the clinic on this machine, `make test` runs the tests.
# Both set up what they need inside this directory, and both are safe to repeat.

PY := .venv/bin/python
PO := $(wildcard clinic/web/translations/*/LC_MESSAGES/messages.po)
MO := $(PO:.po=.mo)
# `make` becomes the parent that the clinic does not outlive, even when `make` itself is killed.
LEASH = exec $(PY) -I clinic/embedded/leash.py $$PPID 15 plain
POSTGRES_TESTS := tests/domains tests/house/test_schema.py tests/cli/test_doctor.py
LANES := --ignore=tests/browser --ignore=tests/faults --ignore=tests/benchmarks --ignore=tests/house

.NOTPARALLEL:
.PHONY: help run demo-reset test coverage check format test-browser test-faults test-postgres test-inputs simulate simulate-small bench lock clean
.DEFAULT_GOAL := help

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/.ready-run $(MO)  ## Open the clinic at http://localhost:8000 with demo data; Ctrl-C closes it
	@$(LEASH) $(PY) -m clinic.cli.main up

demo-reset: .venv/.ready-run  ## Throw the demo data away; the next `make run` starts over
	@$(PY) -m clinic.cli.main reset

test: .venv/.ready-dev .venv/.ready-localstripe $(MO)  ## Run the tests (about eight minutes on two cores)
	@$(PY) -m pytest -q -n 2 --dist loadgroup $(LANES) $(ARGS)

coverage: .venv/.ready-dev .venv/.ready-localstripe $(MO)  ## Run the tests slower and print branch coverage
	@$(PY) -m pytest -q -n 2 --dist loadgroup $(LANES) --cov=clinic --cov=workers --cov-branch --cov-report= $(ARGS)
	@echo "Branch coverage: $$($(PY) -m coverage report --format=total) %"

check: .venv/.ready-dev $(MO)  ## Check style, types, floors, house rules and migrations
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy & types=$$!; \
	{ .venv/bin/lint-imports && $(PY) -m clinic.cli.main migrate --check && $(PY) -m pytest -q -n 2 tests/house; } \
	    || { kill $$types 2>/dev/null; exit 1; }; \
	wait $$types

format: .venv/.ready-dev  ## Format the code and repair what ruff can
	@$(PY) -m ruff check --fix . && $(PY) -m ruff format .

test-browser: .venv/.ready-dev $(MO)  ## Try the stories in headless Chromium
	@$(PY) -m pytest -q -n 2 tests/browser $(ARGS)

test-faults: .venv/.ready-dev $(MO)  ## Kill processes and servers and look for lost or doubled texts
	@$(PY) -m pytest -q -n 3 --dist loadfile tests/faults $(ARGS)

test-postgres: .venv/.ready-dev $(MO)  ## Run the domains' tests on the PostgreSQL that is on PATH (15 or newer)
	@if command -v postgres >/dev/null; then \
	    CLINIC_POSTGRES_PROGRAMS="$$(dirname "$$(readlink -f "$$(command -v postgres)")")" \
	        $(PY) -m pytest -q -n 2 $(POSTGRES_TESTS) $(ARGS); \
	else echo "There is no postgres on PATH: only the embedded version was tried."; fi

test-inputs: .venv/.ready-dev $(MO)  ## Try every hostile string in every box and parameter, not each twelfth
	@WHOLE_INPUTS=1 $(PY) -m pytest -q tests/web/generated/test_form_inputs.py tests/web/generated/test_parameters.py $(ARGS)

simulate: .venv/.ready-run $(MO)  ## Play 1,000 patients and 7 physicians for a year; the report is in build/simulation (many hours; Ctrl-C stops, again goes on)
	@$(PY) -m clinic.cli.main simulate --patients 1000 --physicians 7 --months 12 --keep build/simulation/state \
	    --report build/simulation $(ARGS)

simulate-small: .venv/.ready-run $(MO)  ## Play 60 patients and 2 physicians for half a year; fails if a rule is broken (a quarter of an hour)
	@$(PY) -m clinic.cli.main simulate --patients 60 --physicians 2 --months 6 --report build/simulation $(ARGS)

bench: .venv/.ready-dev $(MO)  ## Print how fast the main paths are against plain SQL
	@for file in $(wildcard tests/benchmarks/bench_*.py); do echo "== $$file"; $(PY) "$$file" $(ARGS) || exit 1; done

lock: .venv/.ready-dev  ## Resolve requirements/*.txt anew from pyproject.toml
	@$(PY) -m venv build/lock && build/lock/bin/pip install --quiet uv
	@build/lock/bin/uv pip compile $(LOCK) --upgrade --extra dev pyproject.toml requirements/build.in -o requirements/dev.txt
	@build/lock/bin/uv pip compile $(LOCK) -c requirements/dev.txt --extra embedded pyproject.toml requirements/build.in -o requirements/run.txt
	@build/lock/bin/uv pip compile $(LOCK) -c requirements/dev.txt pyproject.toml -o requirements/production.txt
	@build/lock/bin/uv pip compile $(LOCK) --upgrade requirements/localstripe.in -o requirements/localstripe.txt
LOCK := --universal --generate-hashes --no-strip-extras --no-header --no-annotate --quiet

clean:  ## Remove caches and builds; the demo data and .venv stay
	@rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage*
	@find clinic workers migrations tests -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.ready-%: requirements/%.txt pyproject.toml
	@echo "Setting up (the first time takes about a minute):"
	@requirements/install.sh $*

# A pretend Stripe of somebody else's, in an environment of its own: its license is not ours, so it is only ever run.
.venv/.ready-localstripe: requirements/localstripe.txt | .venv/.ready-dev
	@$(PY) -m venv --without-pip .venv/localstripe
	@$(PY) -m pip --python .venv/localstripe install --quiet --disable-pip-version-check --no-input --no-compile --require-hashes -r $<
	@touch $@

%.mo: %.po
	@$(PY) -m babel.messages.frontend --quiet compile --input-file $< --output-file $@
