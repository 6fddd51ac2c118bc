# Every target builds what it needs. CI installs the optional services of the tests (.ci/run), then calls `make test`
# and `make lint`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TOOLS := .tools
TOOLS_STAMP := $(TOOLS)/.installed
TOOL_NAMES := aws cfn-lint

# Containers often forbid bytecode. Without it, every process that a test starts would compile all of leastway again.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help test test-unit lint format rehearse bench soak docs tools kube-assets kwok terraform-assets lock debian clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(STAMP): requirements/runtime.txt requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "leastway needs Python 3.11 or newer; choose one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
	  || { echo "this Python cannot create virtual environments; on Debian and Ubuntu: make debian"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# Programs from `make tools`, `make kube-assets` and `make terraform-assets` take precedence over other programs on the machine.
WITH_TOOLS := PATH="$(CURDIR)/$(TOOLS)/bin:$${KUBEBUILDER_ASSETS:+$$KUBEBUILDER_ASSETS:}$${LEASTWAY_TERRAFORM_ASSETS:+$$LEASTWAY_TERRAFORM_ASSETS:}$$PATH"

# Tests with a process of their own spend half of their time waiting: four at a time keep two cores busy.
test: $(STAMP) ## run the tests
	$(WITH_TOOLS) tests/in-memory $(BIN)/pytest -n 4 --dist loadfile

test-unit: $(STAMP) ## run the tests without external processes, within a minute
	$(WITH_TOOLS) $(BIN)/pytest -n 2 --dist loadfile -m "not soak and not integration" \
	  tests/unit tests/cases tests/golden

lint: $(STAMP) ## run ruff, mypy and the import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP) ## format the code with ruff
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

rehearse: $(STAMP) ## run the lifecycle of a grant on an embedded AWS
	$(BIN)/leastway rehearse

bench: $(STAMP) ## run the benchmarks, which measure ratios
	$(BIN)/python -m benchmarks

soak: $(STAMP) ## run properties, kills and large objects for long
	$(WITH_TOOLS) $(BIN)/pytest -m soak -n 2 --dist loadfile

$(TOOLS)/mermaid/mermaid.min.js: site/mermaid.sh
	site/mermaid.sh $@
	@touch $@

docs: $(STAMP) $(TOOLS)/mermaid/mermaid.min.js ## build the documentation site in build/site, strictly
	$(BIN)/sphinx-build --fresh-env --fail-on-warning --keep-going --quiet --builder html -c site . build/site

$(TOOLS_STAMP): requirements/tools.txt requirements/npm.txt
	$(PYTHON) -m venv $(TOOLS)/venv
	$(TOOLS)/venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/tools.txt
	@mkdir -p $(TOOLS)/bin
	@for tool in $(TOOL_NAMES); do ln -sf ../venv/bin/$$tool $(TOOLS)/bin/$$tool; done
	@if command -v npm > /dev/null; then requirements/install-npm.sh $(TOOLS)/npm; \
	  else echo "npm is not installed, so tests of Humanitec's npm client skip"; fi
	@touch $@

tools: $(TOOLS_STAMP) ## install aws, cfn-lint and npm packages for the tests that run them: docs/development.md

kube-assets: ## build a real kube-apiserver and etcd for the tests, with Go: docs/kube-assets.md
	@tests/kube-assets/build.sh

kwok: ## build kwok, which plays nodes and pods for the tests, with Go: docs/kube-assets.md
	@tests/kwok/build.sh

terraform-assets: ## build OpenTofu and a mirror with hashicorp/time for the tests, with Go: docs/development.md
	@tests/terraform-assets/build.sh

lock: $(STAMP) ## pin and hash the dependencies
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --all-extras pyproject.toml -o requirements/runtime.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --extra rehearse --extra modules pyproject.toml -c requirements/runtime.txt -o requirements/engineer.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --all-extras pyproject.toml requirements/dev.in -c requirements/runtime.txt -o requirements/dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  requirements/tools.in -o requirements/tools.txt

debian: ## install the Debian packages that the targets need: Python with venv
	apt-get install --yes --no-install-recommends python3 python3-venv

clean: ## remove everything that the targets created
	rm -rf $(VENV) $(TOOLS) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
