# `make` alone prints what there is. Every target that needs the environment makes it first.
.DEFAULT_GOAL := help
.PHONY: help install install-dev lock check format docs test demo up down bench clean
# Airflow starts three times as slowly when Python may not keep its bytecode.
unexport PYTHONDONTWRITEBYTECODE
bin := .venv/bin

help:  ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

install:  ## .venv with everything milepost needs to run (git and Python 3.11+ are enough)
	@scripts/bootstrap.sh run

install-dev:  ## the same, with the tools to check and test it
	@scripts/bootstrap.sh dev

demo: install  ## a made-up study from empty folder to finished report, without Docker
	@$(bin)/milepost demo $(ARGS)

up: install  ## Airflow on this machine, on the embedded database: scheduler, triggerer, UI
	@$(bin)/milepost up $(ARGS)

down: install  ## stop what `make up` started, the database included
	@$(bin)/milepost down

check: install-dev  ## lint, format, types, import contracts, generated pages
	$(bin)/ruff check .
	$(bin)/ruff format --check .
	$(bin)/mypy
	$(bin)/lint-imports
	$(bin)/python scripts/docs.py --check

format: install-dev  ## let ruff mend what it can
	$(bin)/ruff check --fix .
	$(bin)/ruff format .

docs: install-dev  ## write docs/rules.md, data.md and study-folder.md again from their sources
	@$(bin)/python scripts/docs.py

test: install-dev  ## every test (ARGS="-k name" for some, FAST=1 without the slow ones)
	$(bin)/pytest -n 2 --dist loadgroup $(if $(FAST),-m "not slow") $(ARGS)

bench: install-dev  ## what it costs, and how that grows
	$(bin)/python -m benchmarks $(ARGS)

lock: install  ## compile the requirements again (ARGS="--upgrade-package NAME" to move one)
	@scripts/lock.sh $(ARGS)

clean:  ## remove the environment and the caches, never the data under .milepost
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist
	find . -name __pycache__ -not -path './.milepost/*' -prune -exec rm -rf {} +
