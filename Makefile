# Everything here works from nothing but git, make and Python 3.11 or newer: `make run`, `make test`.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# The first Python that is new enough; `make PYTHON=/path/to/python3 ...` chooses another.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo "$$python" && break; done)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
STUDIO_PORT ?= 2024
.PHONY: help install run studio test test-long coverage lint format typecheck bench build lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(READY) ## Make the environment in .venv, with the versions of requirements.lock

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, and no python3 on the PATH is. Install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is not." >&2; exit 1; }
	@echo "Making the environment in $(VENV) (once, a minute or two) ..." >&2
	@"$(PYTHON)" -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: $(READY) ## Answer a sample question with a live view, then compare with ReAct and parallel function calling
	@$(BIN)/llm-compiler demo

studio: $(READY) ## Serve the graphs to LangGraph Studio and the SDK on 127.0.0.1:2024 (another: STUDIO_PORT=...)
	@LANGGRAPH_CLI_NO_ANALYTICS=1 LANGGRAPH_NO_VERSION_CHECK=true $(BIN)/langgraph dev --no-browser --n-jobs-per-worker 10 --port $(STUDIO_PORT)

test: $(READY) ## Run the tests, with branch coverage of the package
	@$(BIN)/python -m pytest --cov --cov-report=term

test-long: $(READY) ## Run the tests that take minutes: runs of 200 random plans, killed at every event
	@$(BIN)/python -m pytest -m long -s

coverage: $(READY) ## Run the tests and write which lines and branches they missed to htmlcov/
	@$(BIN)/python -m pytest --cov --cov-report=html

lint: $(READY) ## Check the style
	@$(BIN)/ruff check .

format: $(READY) ## Repair what of the style can be repaired
	@$(BIN)/ruff check --fix .

typecheck: $(READY) ## Check the types of the package
	@$(BIN)/mypy

bench: $(READY) ## Measure how close to the lower bound seven shapes of plans run
	@$(BIN)/llm-compiler bench limit

build: $(READY) ## Build the wheel and the source archive in dist/
	@$(BIN)/python -m hatchling build

lock: ## Pin the newest versions in requirements.lock (needs uv)
	@uv pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 --upgrade \
		--no-annotate --no-header --no-emit-index-url --no-emit-find-links --quiet --output-file requirements.lock

clean: ## Remove the environment, caches and what was built
	@rm -rf $(VENV) build dist htmlcov .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find langgraph_llm_compiler tests examples -type d -name __pycache__ -prune -exec rm -rf {} +
