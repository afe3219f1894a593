# `make` alone lists what can be made. Settings are given like `make run PORT=9000 DATA_DIR=/srv/fairmatch DEMO=no`.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
WORKERS ?= 3
FUZZ ?= 15
LANGUAGE ?=

.PHONY: help run stop test check fuzz soak bench screenshots translations format lint types imports constraints clean

help: ## List what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 13

run: .venv/run.stamp ## Run everything and fill a demo world (PORT=8000 DATA_DIR=./var DEMO=yes); Ctrl-C stops it
	@exec $(BIN)/marketplace run

stop: .venv/run.stamp ## Stop what runs on DATA_DIR
	@exec $(BIN)/marketplace stop

test: .venv/dev.stamp ## Run every test, those in a real browser and with the real model among them
	@tools/test.sh -n $(WORKERS) --dist loadfile --no-loadscope-reorder

check: format lint types imports test ## Check format, style, types and imports, then run every test

format: .venv/dev.stamp ## Check the format (`.venv/bin/ruff format` mends it)
	@$(BIN)/ruff format --check --quiet .

lint: .venv/dev.stamp ## Check the style
	@$(BIN)/ruff check --quiet .

types: .venv/dev.stamp ## Check the types, strictly
	@$(BIN)/mypy

imports: .venv/dev.stamp ## Check that everything imports downwards only
	@$(BIN)/lint-imports --no-cache

fuzz: .venv/dev.stamp ## Ask the API more than 10,000 requests of every kind by every role (FUZZ=15)
	@FAIRMATCH_FUZZ=$(FUZZ) $(BIN)/pytest -q -s tests/fuzzing tests/guards/test_no_route_breaks.py tests/hostile/test_strings.py tests/hostile/test_fields.py

soak: .venv/dev.stamp ## Do a thousand races of each kind, and kill whoever pays people before every statement
	@FAIRMATCH_SOAK=yes $(BIN)/pytest -q -s tests/payouts/test_crowds.py tests/payouts/test_killed.py

bench: .venv/dev.stamp ## Measure speed, each figure beside its reference of the same run, into var/bench.json
	@$(BIN)/python -m bench

screenshots: .venv/dev.stamp ## Take pictures of every page of a demo world, wide and narrow, light and dark, into var/screenshots
	@tools/install-chromium.sh && $(BIN)/python -m tools.screenshots

translations: .venv/dev.stamp ## Begin or complete the catalogue of a language (LANGUAGE=de), and compile it
	@$(BIN)/python -m tools.translations $(LANGUAGE)

constraints: .venv/dev.stamp ## Write the exact versions that .venv holds into constraints.txt
	@$(BIN)/pip freeze --exclude-editable | sed 's/+cpu$$//' | grep -v ' @ ' > constraints.txt

clean: ## Remove the virtual environment and caches; the data stay
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache *.egg-info

.venv/run.stamp: pyproject.toml constraints.txt
	@tools/install.sh .
	@touch $@

.venv/dev.stamp: pyproject.toml constraints.txt
	@tools/install.sh '.[dev]'
	@touch .venv/run.stamp $@
