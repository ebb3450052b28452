# Cakra Presisi. `make` lists the targets; each does all its own set-up and works twice in a row.
SHELL := /bin/bash
.DEFAULT_GOAL := help
BIN := .venv/bin
# Hundreds of processes read the same modules: what Python compiled is kept, in .venv, also where the machine's settings
# ask it to keep nothing.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CURDIR)/.venv/pycache

.PHONY: help setup demo test soak lint reference lock clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

setup: ## Create .venv with every locked package
	@tools/setup

demo: setup ## Run the whole system with a synthetic city (ONCE=1: end by itself and print a summary)
	@$(BIN)/cakra demo $(if $(ONCE),--once)

test: setup ## Lint, types, architecture and every test, with the real peers
	@tools/setup tests
	@tools/test

soak: setup ## What is too long for every change, before each release (STAGES="storms training": only these)
	@tools/setup tests
	@tools/soak $(STAGES)

lint: setup ## Format, lint and type checks only
	@tools/check

reference: setup ## Write docs/reference/ from the code
	@$(BIN)/python tools/reference

lock: setup ## Resolve the dependencies anew, one week behind the newest releases
	@tools/lock

clean: ## Remove the environment and what the demo left (stops its database first)
	@tools/clean
