# Everything starts from a bare Python 3.11 and make: `make run` and `make test` bring the rest.
.DEFAULT_GOAL := help
.PHONY: help run test test-fast test-long witnesses lint fmt lock bench messages dev
PYTHON_ENV := .venv/bin/python

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

.venv-%:
	@python=$$(bin/check_python.sh) && "$$python" bin/environment.py $*

run: .venv-runtime ## Start the product with demo data; Ctrl-C stops it
	@OFFSET_DEMO=$${OFFSET_DEMO:-yes} exec $(PYTHON_ENV) bin/serve.py

test: .venv-dev ## Check everything: style, types, both databases, races, faults, journeys
	@exec $(PYTHON_ENV) bin/suite.py

test-fast: .venv-dev ## Style, types, floors, and what touches neither server nor page, in four minutes
	@exec $(PYTHON_ENV) bin/suite.py --fast

test-long: .venv-dev ## Also the long property runs and many seeded fault schedules
	@exec $(PYTHON_ENV) bin/suite.py --long

witnesses: .venv-dev ## Record anew what pages, files, mails, prints and statements are
	@OFFSET_WITNESS=record $(PYTHON_ENV) -m pytest -q tests/witnesses
	@OFFSET_WITNESS=record OFFSET_TEST_DATABASE=postgresql $(PYTHON_ENV) -m pytest -q tests/witnesses/test_statements.py
	@git status --short tests/witnesses/recorded

lint: .venv-dev ## Style, types, templates, floors and missing migrations
	@exec $(PYTHON_ENV) bin/suite.py --only lint

fmt: .venv-dev ## Put code and templates into shape
	@$(PYTHON_ENV) -m ruff check --fix --quiet . ; $(PYTHON_ENV) -m ruff format --quiet .
	@git ls-files -z '*.html' | xargs -0 -r .venv/bin/djade --target-version 5.2

lock: .venv-dev ## Compile the requirements with hashes
	@.venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header requirements.in -o requirements.txt
	@.venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header requirements-dev.in -o requirements-dev.txt

bench: .venv-dev ## Measure lists, verbs, billing runs and PDFs on PostgreSQL
	@for bench in lists verbs billing_run pdfs; do $(PYTHON_ENV) bench/$$bench.py || exit 1; done

messages: .venv-dev ## Compile the translations
	@$(PYTHON_ENV) bin/messages.py

dev: .venv-dev ## Only make the environment with all tools
