# `make help` lists the targets. Variables: PORT, DATA_DIR, VENV, PYTHON, WORKERS, CHROMIUM.
VENV ?= .venv
WORKERS ?= 3
BIN = $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help run test check lint format containers release sbom bench pictures lock messages install install-dev clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

install:
	@sh scripts/venv.sh $(VENV) run

install-dev:
	@sh scripts/venv.sh $(VENV) dev

run: install ## Start everything and serve http://127.0.0.1:$PORT (default 8000)
	@exec $(BIN)/python manage.py up

# Files are not split over workers: tests of a file may share a server that takes seconds to start.
# There is a worker more than the two cores of CI, since tests wait for part of their time: with two
# a core is idle now and then, with four all is busy, nothing is faster, and 13 GB are in use.
# They go in the order of pytest.ini, the long ones first, so that no worker waits for another.
# A worker that dies is not replaced: with loadfile, pytest-xdist 3.8 would then wait for ever
# (pytest-dev/pytest-xdist#1378).
test: install-dev ## Run every test (pass pytest's options in ARGS)
	@sh scripts/js_clients.sh $(VENV)
	@sh scripts/helm.sh $(VENV)
	@CHROMIUM="$$(sh scripts/chromium.sh $(VENV))" && export CHROMIUM && \
		PGBOUNCER="$$(sh scripts/pgbouncer.sh)" && export PGBOUNCER && \
		exec $(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder \
		--max-worker-restart 0 $(ARGS)

check: lint ## Run every static check
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/python scripts/check_names.py aiapp accounts clients deploy documents chat tests bench scripts
	$(BIN)/djlint --quiet --lint templates
	$(BIN)/python manage.py makemigrations --check --dry-run
	sh scripts/check_deploy.sh $(VENV)

lint: install-dev ## Run ruff's rules and formatter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: install-dev ## Let ruff rewrite the files
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

containers: ## Build, start, upgrade, back up and restore the site in real containers (needs Docker; ARGS=--local)
	@python3 -m tests.containers $(ARGS)

release: ## Write a release's number into all files that hold it (VERSION=0.2.0)
	@python3 scripts/release.py "$(VERSION)"

sbom: install-dev ## List what is shipped, with licences, for a release (var/sbom/, CycloneDX)
	@PYTHONPATH=. $(BIN)/python scripts/sbom.py var/sbom

bench: install-dev ## Run the benchmarks, each printing a table
	@for file in bench/*/bench_*.py; do \
		$(BIN)/python -m "$$(echo "$${file%.py}" | tr / .)" || exit 1; \
	done

pictures: install-dev ## Take the pictures of the guide anew
	@CHROMIUM="$$(sh scripts/chromium.sh $(VENV))" && export CHROMIUM && \
		folder="$$(mktemp -d)" && \
		PICTURES="$$folder" $(BIN)/pytest -q tests/in_a_browser/pages/test_every_page_in_a_browser.py && \
		$(BIN)/python scripts/guide_pictures.py "$$folder"

lock: install-dev ## Write the requirements*.txt anew from the .in files
	sh scripts/lock.sh $(VENV)

messages: install-dev ## Collect the interface's texts for translation, and compile them (needs gettext)
	$(BIN)/python manage.py makemessages -l ko --no-location --no-wrap -i node_modules -i var
	$(BIN)/python manage.py compilemessages -l ko

clean: ## Remove the virtual environment and caches; data in var/ stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
