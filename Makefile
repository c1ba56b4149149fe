# The front doors. Each target sets the machine and the checkout up first (dev/setup.sh), which costs nothing when done.
# `make up` and `make test` need root or sudo; see README.md.

SHELL := /bin/bash
PYTHON := .venv/bin/python
PYTEST := $(PYTHON) -m pytest
LOCK := pip compile pyproject.toml --group dev --universal --generate-hashes --no-header --no-annotate --quiet

.DEFAULT_GOAL := help
.PHONY: help up down status test check e2e e2e-full bench bench-planner lock reference scenarios test-sim set-up

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: set-up ## from nothing to a running Kafka in three zones, proven with messages (STACK=local-kraft: without ZooKeeper)
	@$(PYTHON) -m dev up $(STACK)

down: set-up ## take the local cluster down, with its volumes and the local stacks' state; caches stay
	@$(PYTHON) -m dev down

status: set-up ## say what of the local cluster runs
	@$(PYTHON) -m dev status

test: check e2e ## everything: check, then the end-to-end tests on a real cluster of their own

check: set-up ## format, lint, types, import contracts and the fast tests; no cluster, about a minute
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/basedpyright
	.venv/bin/lint-imports
	$(PYTEST) -n 2 tests

e2e: set-up ## the end-to-end tests on real parts
	$(PYTEST) tests/e2e -m "not full"

e2e-full: set-up ## the end-to-end tests with the long ones
	$(PYTEST) tests/e2e

test-sim: set-up ## ten thousand stories of random clusters, faults and rolls; the same every time (SEEDS=n)
	SIMULATION_SEEDS=$${SEEDS:-10000} $(PYTEST) -n 2 tests/runners/test_simulation.py

bench: set-up ## the measurements
	$(PYTHON) -m bench

bench-planner: set-up ## the reassignment planner beside its peers, on six clusters up to 1,000 brokers
	@$(PYTHON) -m bench.reassignment

lock: set-up ## write requirements.lock anew from pyproject.toml
	@"$$(dev/setup.sh --uv)" $(LOCK) --output-file requirements.lock

scenarios: set-up ## write docs/scenarios.md anew from the tests
	@$(PYTHON) -m dev scenarios

reference: set-up ## write docs/reference.md anew from the code
	@$(PYTHON) -m dev reference

set-up:
	@dev/setup.sh
