# `make demo` and `make test` need Python 3.11 or newer and nothing else; both work offline once installed.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test test-lowest lint check index docs lock clean

demo: .venv/.ready
	@$(BIN)/pg-guardrails demo

test: .venv/.ready
	$(BIN)/pytest -q

# The same with the oldest dependencies that pyproject.toml allows, in an environment of its own.
test-lowest:
	sh scripts/test-lowest

lint: .venv/.ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test

index: .venv/.ready
	$(BIN)/python scripts/index.py

docs: .venv/.ready
	$(BIN)/pg-guardrails rules --pages docs

# Rewrite the locked requirements after a change of pyproject.toml.
lock: .venv/.ready
	sh scripts/lock

clean:
	rm -rf .venv

.venv/.ready: requirements.txt pyproject.toml
	@sh scripts/setup "$(PYTHON)"
