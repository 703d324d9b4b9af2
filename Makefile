# Everything a person does with Threshold, one word each: `make help` lists them.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup run test night check lint format migrate serve worker lock clean screenshots \
	lint-format lint-code lint-templates lint-imports lint-migrations lint-deploy

PYTHON ?= python3
PORT ?= 8000
BIND ?= 127.0.0.1
LANES ?=
VENV := .venv
PY := $(VENV)/bin/python
UV := $(shell command -v uv 2>/dev/null)
CHROMIUM := $(CHROMIUM_PATH)$(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
# The browser's driver is large, so it is fetched only where there is a browser to drive.
SUITE := $(if $(filter true,$(CI))$(CHROMIUM),browser,test)
TEMPLATES := $(shell find templates -name '*.html' 2>/dev/null)

ifdef UV
INSTALL := uv pip install --quiet --python $(PY) --require-hashes -r
else
INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r
endif

# The same three commands run in the containers (Dockerfile, docker-compose.yml); a test compares them.
COLLECTSTATIC := manage.py collectstatic --noinput
GUNICORN := gunicorn forum.wsgi:application --worker-class gthread --threads 4 --timeout 30 --keep-alive 0 --no-control-socket --access-logfile -
CELERY := celery -A forum.celery:app

# What a production site sets, for the checks that Django makes of it. Nothing here is used by a real site.
AS_IN_PRODUCTION := env SECRET_KEY=not-a-secret-but-long-enough-for-the-checks-0123456789abcdefghij DEBUG=false \
	SITE_URL=https://forum.example.org ALLOWED_HOSTS=forum.example.org EMAIL_URL=smtp://localhost:25 \
	DATABASE_URL= REDIS_URL= LOG_LEVEL=WARNING SECURE_SSL_REDIRECT= BEHIND_PROXY=true
FOR_CHECKS := env SECRET_KEY=not-a-secret-but-long-enough-for-the-checks-0123456789abcdefghij DEBUG=false \
	DATABASE_URL=sqlite:///:memory: REDIS_URL= LOG_LEVEL=WARNING

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# -- Setting up ----------------------------------------------------------------------------------------------------

setup: $(VENV)/.$(SUITE) ## Fetch everything that running and testing need

$(PY):
	@command -v $(PYTHON) >/dev/null 2>&1 || { \
		echo "There is no $(PYTHON) here. Threshold needs Python 3.11 or newer (Debian/Ubuntu: apt install python3)."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Threshold needs Python 3.11 or newer, but $(PYTHON) is `$(PYTHON) -V 2>&1`."; \
		echo "Name a newer one: make PYTHON=python3.12 run"; exit 1; }
	@$(if $(UV),uv venv --quiet --python $(PYTHON) $(VENV),$(PYTHON) -m venv $(VENV) >/dev/null) || { \
		rm -rf $(VENV); \
		echo "Python could not make a virtual environment (Debian/Ubuntu: apt install python3-venv)."; exit 1; }

$(VENV)/.base: requirements/base.txt | $(PY)
$(VENV)/.test: requirements/test.txt | $(PY)
$(VENV)/.browser: requirements/browser.txt | $(PY)
$(VENV)/.base $(VENV)/.test $(VENV)/.browser:
	@echo "Fetching the packages named in $< ..."
	@$(if $(UV),,$(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip >/dev/null)
	@$(INSTALL) $< || { echo "The packages could not be fetched: see the lines above."; exit 1; }
	@touch $@

# -- Running -------------------------------------------------------------------------------------------------------

run: $(VENV)/.base ## Run the site here with an example community (PORT=8000)
	@PORT=$(PORT) $(PY) manage.py run_demo

migrate: $(VENV)/.base ## Bring the database up to date
	@$(PY) manage.py migrate --noinput

worker: $(VENV)/.base ## Run the background jobs (needs REDIS_URL)
	@mkdir -p var
	@$(PY) -m $(CELERY) worker --beat --schedule var/beat-schedule --loglevel INFO

serve: $(VENV)/.base ## Run a production site on this machine: web server and jobs, settings from the environment
	@set -e; mkdir -p var; \
	$(PY) manage.py check --deploy --fail-level ERROR; \
	$(PY) manage.py migrate --noinput; \
	$(PY) $(COLLECTSTATIC) --verbosity 0; \
	trap 'trap - INT TERM; kill $$web $$jobs 2>/dev/null || true; wait' EXIT; trap 'exit 0' INT TERM; \
	if [ -n "`$(PY) -c 'from forum.settings import REDIS_URL; print(REDIS_URL)'`" ]; then \
		$(PY) -m $(CELERY) worker --beat --schedule var/beat-schedule --loglevel INFO & jobs=$$!; \
	else \
		$(PY) manage.py run_due_jobs --loop & jobs=$$!; \
	fi; \
	$(PY) -m $(GUNICORN) --bind $(BIND):$(PORT) & web=$$!; \
	while kill -0 $$web 2>/dev/null && kill -0 $$jobs 2>/dev/null; do sleep 1; done; \
	echo "The web server or the background jobs ended by themselves, so the other was stopped too."; exit 1

# -- Checking ------------------------------------------------------------------------------------------------------

test: $(VENV)/.$(SUITE) ## Run every test (LANES="sqlite" for one lane only)
	@$(PY) -m tests.lanes $(LANES)

night: $(VENV)/.$(SUITE) ## What takes a night: 50,000 steps beside a model, 100,000 moderations at once, each guard removed in turn
	@$(PY) -m benchmarks.state_machine --steps 50000
	@$(PY) -m benchmarks.storm --moderations 200000
	@$(PY) -m benchmarks.mutants

check: lint test ## Everything that CI runs

lint: lint-format lint-code lint-templates lint-imports lint-migrations lint-deploy

lint-format: $(VENV)/.$(SUITE)
	@$(VENV)/bin/ruff format --check --quiet . || { echo "Some files are not formatted: make format"; exit 1; }

lint-code: $(VENV)/.$(SUITE)
	@$(VENV)/bin/ruff check --quiet .

lint-templates: $(VENV)/.$(SUITE)
	@$(VENV)/bin/djade --check $(TEMPLATES) || { echo "Some templates are not formatted: make format"; exit 1; }

lint-imports: $(VENV)/.$(SUITE)
	@$(VENV)/bin/lint-imports --no-cache --no-logo

lint-migrations: $(VENV)/.$(SUITE)
	@$(FOR_CHECKS) $(PY) manage.py makemigrations --check --dry-run

lint-deploy: $(VENV)/.$(SUITE)
	@$(AS_IN_PRODUCTION) $(PY) manage.py check --deploy --fail-level WARNING

format: $(VENV)/.$(SUITE) ## Format the code and the templates
	@$(VENV)/bin/ruff check --quiet --fix . || true
	@$(VENV)/bin/ruff format .
	@$(VENV)/bin/djade $(TEMPLATES)

screenshots: $(VENV)/.browser ## Take the pictures of docs/screenshots again
	@$(PY) -m tests.browser.screenshots

# -- Housekeeping --------------------------------------------------------------------------------------------------

LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml

lock: ## Pin the newest allowed versions (needs uv)
	@command -v uv >/dev/null || { echo "Pinning needs uv: pip install uv"; exit 1; }
	@$(LOCK) --upgrade --output-file requirements/base.txt
	@$(LOCK) --upgrade --output-file requirements/test.txt --extra test --constraint requirements/base.txt
	@$(LOCK) --upgrade --output-file requirements/browser.txt --extra test --extra browser --constraint requirements/test.txt

clean: ## Remove what can be made again (not the database in var/)
	@rm -rf $(VENV) staticfiles .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
