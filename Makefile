# Everything here needs Python 3.11 or newer and nothing else; `make help` lists the commands.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
RUN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo dev test check format texts screenshots stack lock bench install install-dev assets assets-dev

help: ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

demo: install assets ## serve everything on http://127.0.0.1:$PORT (8000) with demo data in $DEMO_DIR (var/demo)
	@exec $(RUN)/python scripts/demo

dev: install assets ## as demo, with Django's development server, which reloads changed code
	@exec $(RUN)/python scripts/demo --reload

test: install-dev assets ## run the suite on PostgreSQL and Redis where they answer, else on SQLite (ARGS="-k word", COVERAGE=1)
	@COVERAGE=$(COVERAGE) $(RUN)/python scripts/test $(ARGS)

check: install-dev assets-dev ## lint, types, import rules, migrations, deployment checks
	@$(RUN)/python scripts/check

format: install-dev assets-dev ## format Python, templates, styles and scripts
	$(RUN)/ruff check --fix-only .
	$(RUN)/ruff format .
	for pass in 1 2 3; do $(RUN)/djlint --quiet --reformat templates; done  # its own output changes once more
	$(RUN)/djlint --quiet --check templates
	@PATH="$(CURDIR)/$(RUN):$$PATH" node_modules/.bin/biome check --write static/css static/js

texts: install-dev ## bring the catalogs of translations up to date with the texts of pages and emails (CODES="fr" for a new one)
	@$(RUN)/python scripts/catalogs.py extract $(CODES)

screenshots: install-dev assets ## take the pictures of the README from a demo of its own (needs Chromium)
	@$(RUN)/python scripts/screenshots

stack: install assets ## run web, worker and scheduler on PostgreSQL and Redis (docs/operations.md)
	@exec $(RUN)/python scripts/stack

lock: ## resolve the requirements again (needs uv)
	@scripts/lock

bench: ## list the benchmarks
	@for main in benchmarks/*/__main__.py; do name=$$(basename $$(dirname $$main)); \
		printf '  $(RUN)/python -m benchmarks.%s\n      %s\n' $$name "$$(head -n 1 $$main | tr -d '"')"; done

install:
	@$(if $(PYTHON),$(PYTHON),$(error No Python 3.11 or newer was found)) scripts/install base

install-dev:
	@$(if $(PYTHON),$(PYTHON),$(error No Python 3.11 or newer was found)) scripts/install dev

assets: install
	@PATH="$(CURDIR)/$(RUN):$$PATH" scripts/assets

assets-dev: install
	@PATH="$(CURDIR)/$(RUN):$$PATH" scripts/assets dev
