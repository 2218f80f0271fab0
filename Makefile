# `make demo` and `make test` need Python 3.11 or newer and nothing else; both work offline once installed.
PYTHON ?= python3
BIN := .venv/bin
TEMPLATES := guardrails/installing/templates

.PHONY: demo test attacks test-lowest lint check bench index conformance docs bundles snapshots lock clean

demo: .venv/.ready
	@$(BIN)/pg-guardrails demo

test: .venv/.ready
	$(BIN)/pytest -q -n auto --maxprocesses 4 --dist loadfile --ignore=tests/conformance

# Ways out of the shadow database; started by root, tried as an ordinary account as well.
attacks: .venv/.ready
	sh scripts/attacks

# The same with the oldest dependencies that pyproject.toml allows, in an environment of its own.
test-lowest:
	sh scripts/test-lowest

lint: .venv/.ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/skillsaw lint --quiet --strict --no-plugins --no-custom-rules plugin
	$(BIN)/zizmor --offline --quiet .github action.yml .pre-commit-hooks.yaml $(TEMPLATES)/github/*.yml
	$(BIN)/actionlint -no-color -shellcheck= -pyflakes= .github/workflows/*.yml $(TEMPLATES)/github/*.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml $(TEMPLATES)/github/*.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-actions action.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.gitlab-ci $(TEMPLATES)/gitlab/*.yml

check: lint test

# How long things take; with BENCH="FOLDER --squawk PROGRAM --pgfence PROGRAM", beside others on the migrations there.
bench: .venv/.ready
	$(BIN)/python benchmarks/lint.py $(BENCH)

# Which rule wants to see which statements; by hand after a rule's file or its `nodes` changed.
index: .venv/.ready
	$(BIN)/python scripts/index.py

docs: .venv/.ready
	$(BIN)/pg-guardrails rules --pages docs
	$(BIN)/python -c 'from commands.hook_page import rewrite; rewrite("docs/agent-hooks.md")'
	$(BIN)/python -c 'from commands.guard_page import rewrite; rewrite("docs/seeding.md")'
	TRANSCRIPTS=write $(BIN)/pytest -q tests/docs/test_transcripts.py
	$(BIN)/python -c 'from commands.generators import rewrite; rewrite("docs/generators.md")'

# What other hosts install, from the same sources; the test of the bundles says when it is due.
bundles: .venv/.ready
	$(BIN)/python scripts/bundles.py

# What MCP clients list, and the examples of docs/mcp.md, after a wanted change of them.
snapshots: .venv/.ready
	$(BIN)/python -m tests.surface.surface
	$(BIN)/python -m tests.surface.page

# The official MCP conformance suite, the Inspector, and clients of other makers; needs npm, and keeps them in a cache folder.
conformance: .venv/.ready
	$(BIN)/python scripts/conformance --prepare
	$(BIN)/pytest -q tests/conformance
	$(BIN)/python scripts/conformance

# Rewrite the locked requirements after a change of pyproject.toml.
lock: .venv/.ready
	sh scripts/lock

clean:
	rm -rf .venv

.venv/.ready: requirements.txt pyproject.toml
	@sh scripts/setup "$(PYTHON)"
