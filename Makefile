# One word per chore. CI says the same words.
.PHONY: run test install coverage check security fix bench soak lock bundle vendor clean
.DEFAULT_GOAL := run

BIN := .venv/bin
JOBS ?= 3

run: .venv/run.stamp local/node_modules/.package-lock.json  ## start everything on this machine; with ADDRESS=0.0.0.0 for your network
	@$(BIN)/python -m local $(if $(MODELS),--models $(MODELS))

test: install  ## every test, JOBS files at a time
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

install: .venv/dev.stamp local/node_modules/.package-lock.json tests/page/node_modules/.package-lock.json tests/catalogue/exiftool/node_modules/.package-lock.json web/bundle/node_modules/.package-lock.json tests/query/mcp/node/node_modules/.package-lock.json  ## what tests and checks need

coverage:  ## what `make test ARGS=--cov` covered of the app; fails below these floors
	$(BIN)/coverage report --skip-covered
	@$(BIN)/coverage report --include='function_app.py' --fail-under=99 --format=total
	@$(BIN)/coverage report --include='catalogue/*' --fail-under=96 --format=total
	@$(BIN)/coverage report --include='ingest/*' --fail-under=94 --format=total
	@$(BIN)/coverage report --include='query/*' --fail-under=98 --format=total
	@$(BIN)/coverage report --include='shared/*' --fail-under=97 --format=total
	@$(BIN)/coverage report --include='web/*' --fail-under=98 --format=total

check: .venv/dev.stamp tests/page/node_modules/.package-lock.json  ## lint, format, types, dead code, Bicep and workflows
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/vulture
	tests/page/node_modules/.bin/biome ci --error-on-warnings
	$(BIN)/python -m infra.check
	$(BIN)/zizmor --offline --quiet .github
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml

security: .venv/dev.stamp .venv-checkov/stamp  ## the rules of checkov, over what the Bicep files compile to
	$(BIN)/python -m infra.security .venv-checkov/bin/checkov

fix: .venv/dev.stamp tests/page/node_modules/.package-lock.json  ## fix what lint and format can fix
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	tests/page/node_modules/.bin/biome check --write

bench: .venv/dev.stamp local/node_modules/.package-lock.json  ## what we claim about speed and relevance, measured here, and a page of it
	$(BIN)/python -m benchmarks $(ARGS)

soak: .venv/dev.stamp local/node_modules/.package-lock.json  ## people, trouble and a move at once for MINUTES, then an audit; fails on any loss
	$(BIN)/python -m tests.soak --minutes $(or $(MINUTES),1) $(if $(SEED),--seed $(SEED)) $(ARGS)

lock: .venv/dev.stamp  ## choose the newest versions our ranges allow
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-emit-index-url \
		--upgrade requirements-dev.txt -o requirements.lock
	$(BIN)/uv pip compile --quiet --python-version 3.13 --python-platform x86_64-manylinux_2_28 --only-binary :all: \
		--generate-hashes --no-header --no-annotate --no-emit-index-url \
		-c requirements.lock deploy/requirements.in -o deploy/requirements.txt

bundle: web/bundle/node_modules/.package-lock.json  ## the page in few files, in web/page/dist; the app serves it from there
	node web/bundle/build.mjs $(TO)

vendor:  ## copy the page's pinned libraries, with their licences, out of npm
	web/page/vendor/copy

clean:  ## forget the photos, the index and everything installed
	rm -rf .local .venv .venv-checkov local/node_modules tests/page/node_modules web/bundle/node_modules tests/query/mcp/node/node_modules web/page/dist

.venv/bin/python:
	@python=$$(local/find-python) && "$$python" -m venv .venv

.venv/run.stamp: requirements.txt requirements-local.txt requirements.lock | .venv/bin/python
	@echo "installing what one machine needs (the first time takes a minute or two)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-local.txt -c requirements.lock
	@touch $@

.venv/dev.stamp: .venv/run.stamp requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt -c requirements.lock
	@touch $@

.venv-checkov/stamp: infra/requirements-checkov.txt | .venv/bin/python
	@$(BIN)/python -m venv .venv-checkov
	@.venv-checkov/bin/python -m pip install --quiet --disable-pip-version-check -r infra/requirements-checkov.txt
	@touch $@

local/node_modules/.package-lock.json: local/package.json local/package-lock.json
	@command -v npm >/dev/null || { echo "Node.js 20 or newer was not found; Azurite needs it (nodejs.org)" >&2; exit 1; }
	@echo "installing Azurite"
	@npm ci --prefix local --silent
	@touch $@

tests/page/node_modules/.package-lock.json: tests/page/package.json tests/page/package-lock.json
	@command -v npm >/dev/null || { echo "Node.js 20 or newer was not found; biome and the page's tests need it (nodejs.org)" >&2; exit 1; }
	@npm ci --prefix tests/page --ignore-scripts --silent
	@touch $@

tests/catalogue/exiftool/node_modules/.package-lock.json: tests/catalogue/exiftool/package.json tests/catalogue/exiftool/package-lock.json
	@command -v npm >/dev/null || { echo "Node.js 20 or newer was not found; exiftool comes with npm (nodejs.org)" >&2; exit 1; }
	@npm ci --prefix tests/catalogue/exiftool --ignore-scripts --silent
	@touch $@

web/bundle/node_modules/.package-lock.json: web/bundle/package.json web/bundle/package-lock.json
	@command -v npm >/dev/null || { echo "Node.js 20 or newer was not found; the page's bundle needs it (nodejs.org)" >&2; exit 1; }
	@npm ci --prefix web/bundle --ignore-scripts --silent
	@touch $@

# npm brings Node 22 along where the one that is here is older.
tests/query/mcp/node/node_modules/.package-lock.json: tests/query/mcp/node/package.json tests/query/mcp/node/package-lock.json
	@command -v npm >/dev/null || { echo "Node.js 20 or newer was not found; the clients of /mcp in the tests need it (nodejs.org)" >&2; exit 1; }
	@npm ci --prefix tests/query/mcp/node --ignore-scripts --silent $$(node -e 'parseInt(process.versions.node) < 22 || console.log("--omit=optional")')
	@touch $@
