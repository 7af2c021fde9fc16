# Every target sets up what it needs; all that is required beforehand is Python 3.11+ (with venv) and make.

PYTHON ?= python3
BIN := .venv/bin
# Locked with hashes; nothing is built or fetched beyond these files.
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement

.DEFAULT_GOAL := help
.PHONY: help demo pictures serve test lint format types contracts tests bench clients soak lock clean

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

demo: .venv/run.stamp  ## From nothing to a sprint report in a sandbox Jira, and a road map; ends by itself
	@$(BIN)/burnish demo

pictures: demo  ## The manual's pictures, anew from what the demo rendered; needs a browser (BROWSER=chromium)
	@$(SHOOT)=1060,1090 --screenshot=docs/sprint-report.png file://$(CURDIR)/.demo/sprint-report.html
	@$(SHOOT)=1060,900 --screenshot=docs/backlog-report.png file://$(CURDIR)/.demo/backlog-report.html
	@$(SHOOT)=1060,1130 --screenshot=docs/delivery-report.png file://$(CURDIR)/.demo/delivery-report.html
	@$(SHOOT)=1060,600 --screenshot=docs/flow-report.png file://$(CURDIR)/.demo/flow-report.html

# Root must add --no-sandbox to BROWSER.
BROWSER ?= chromium
SHOOT = $(BROWSER) --headless=new --disable-gpu --hide-scrollbars --window-size

serve: .venv/run.stamp  ## The service (port 8000) with a sandbox Jira (port 8080), until Ctrl-C
	@$(BIN)/burnish demo --stay --port 8000 --sandbox-port 8080

test: lint types contracts tests  ## All checks, on SQLite and on PostgreSQL

lint: .venv/dev.stamp  ## Formatter and linter
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .

types: .venv/dev.stamp  ## Types, strictly
	@$(BIN)/mypy

contracts: .venv/dev.stamp  ## The direction of imports
	@$(BIN)/lint-imports --no-logo

# One for each core; WORKERS=3 to have others work while some wait.
WORKERS ?= auto

tests: .venv/dev.stamp  ## Tests; both databases, migrations and fuzzing included
	@$(BIN)/pytest --quiet --numprocesses $(WORKERS)

bench: .venv/dev.stamp  ## Benchmarks, one line each: name value unit [ratio peer]; takes some minutes
	@$(BIN)/python -m tests.benchmarks.run

clients: .venv/dev.stamp  ## Others' Jira clients against the sandbox; needs npm and the package registries
	@BURNISH_CLIENTS=1 $(BIN)/pytest --quiet -rP tests/clients

soak: .venv/dev.stamp  ## Kills, freezes, crashes and a full disk, for a quarter of an hour; counts at the end
	@BURNISH_SOAK=1 $(BIN)/pytest --quiet tests/soak

format: .venv/dev.stamp  ## Format, and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: .venv/lock.stamp  ## Write the requirement files anew, at today's versions
	@$(LOCK) --extra checkout --output-file requirements.txt pyproject.toml
	@$(LOCK) --extra checkout --extra tracing --constraint requirements.txt --output-file requirements-tracing.txt pyproject.toml
	@$(LOCK) --extra checkout --extra tracing --extra dev --constraint requirements-tracing.txt --output-file requirements-dev.txt pyproject.toml

# No index address and no header with one: the files name versions and hashes, nothing else.
LOCK := $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate --no-config

clean:  ## Remove what the other targets made
	@rm -rf .venv .demo .clients .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info

.venv/pip.stamp:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/run.stamp: .venv/pip.stamp requirements.txt pyproject.toml
	@echo "Installing what the service needs (once) ..."
	@$(INSTALL) requirements.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev.stamp: .venv/run.stamp requirements-dev.txt
	@echo "Installing what the checks need (once) ..."
	@$(INSTALL) requirements-dev.txt
	@touch $@

.venv/lock.stamp: .venv/pip.stamp
	@$(BIN)/pip install --quiet --disable-pip-version-check uv
	@touch $@
