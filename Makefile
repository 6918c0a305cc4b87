# `make demo` and `make test` are the two front doors; `make help` lists every action.

PYTHON ?= python3
BIN := .venv/bin
export UV_PYTHON_DOWNLOADS := never

.DEFAULT_GOAL := help
.PHONY: help demo test run-environment environment format lock bench leaderboard docs clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## Install what is needed, review the shipped case, write the report to out/
	@echo "make demo: installs what is needed, reviews the shipped case, writes the report to out/"
	@$(PYTHON) scripts/bootstrap.py requirements.txt
	$(BIN)/stepline demo --out out

test: ## Install what is needed, check style, types and arrows, run every test and the library's own cases
	@echo "make test: installs what is needed, checks style, types and arrows, runs every test"
	@$(PYTHON) scripts/bootstrap.py requirements-dev.txt
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest
	$(BIN)/stepline test

run-environment: ## Make .venv with what running needs
	@$(PYTHON) scripts/bootstrap.py requirements.txt

environment: ## Make .venv with what developing needs
	@$(PYTHON) scripts/bootstrap.py requirements-dev.txt

format: environment ## Format the code and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: ## Renew the hashed requirements after a change in pyproject.toml (UPGRADE=1 moves every pin)
	@$(PYTHON) scripts/bootstrap.py requirements-dev.txt
	$(BIN)/python scripts/lock.py $(if $(UPGRADE),--upgrade)

bench: environment ## Run the benchmarks; each checks its answers before it reports a figure
	@for script in benchmarks/*.py; do \
	  test -e "$$script" || { echo "there are no benchmarks yet"; break; }; \
	  echo "$$script"; $(BIN)/python "$$script" || exit 1; \
	done

leaderboard: environment ## Measure recognition against its baselines and write the page (about a minute)
	$(BIN)/python benchmarks/recognition.py --page

docs: environment ## Renew the index of the documentation
	$(BIN)/python scripts/docs_index.py

clean: ## Remove what was made here: the environment, caches and out/
	rm -rf .venv out dist build .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
