# Everything a fresh machine needs is Python 3.11 or newer, and make. `make demo` and `make test` do the rest.

PYTHON := $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
# Not docs: ruff would lay out the code in Markdown too.
SOURCES := listingguard scrapers tests
# One process of tests per core.
SHARED_OUT := -n auto --dist worksteal
PIP_FLAGS := --quiet --disable-pip-version-check --require-virtualenv

# The interpreter of version $(1): a real one that runs, not a shim that only names it.
find = for p in "python$(1)" "$$(UV_PYTHON_DOWNLOADS=never uv python find $(1) 2>/dev/null)" \
	"$$(pyenv root 2>/dev/null)"/versions/$(1)*/bin/python; do \
	"$$p" -c 'import sys, venv; sys.exit("%d.%d" % sys.version_info[:2] != "$(1)")' 2>/dev/null && { echo "$$p"; break; }; done

help:  ## what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/.runtime  ## the whole story on this machine, with invented people
	.venv/bin/python -m listingguard demo

test: .venv/.dev  ## the tests, on this Python, and on 3.11 and 3.13 where they are installed
	.venv/bin/python -m pytest $(SHARED_OUT) --ignore=tests/system
	@$(MAKE) --no-print-directory test-3.11 test-3.13

# Without the kills at every step: what they show does not depend on Python's version, and they take a third of the time.
test-3.11 test-3.13: test-%:
	@set -e; \
	if .venv/bin/python -c 'import sys; sys.exit("%d.%d" % sys.version_info[:2] != "$*")'; then exit 0; fi; \
	found=$$($(call find,$*)); \
	if [ -z "$$found" ]; then echo "Python $*: no interpreter found through uv, pyenv or PATH, NOT TESTED on it."; exit 0; fi; \
	echo "Python $*: $$found"; \
	$(MAKE) --no-print-directory .venv-$*/.dev PYTHON="$$found"; \
	.venv-$*/bin/python -m pytest $(SHARED_OUT) --ignore=tests/system --ignore=tests/flow/test_crash.py -p no:cacheprovider

check: .venv/.dev  ## style, types, import directions, documentation
	.venv/bin/ruff check $(SOURCES)
	.venv/bin/ruff format --check $(SOURCES)
	.venv/bin/mypy
	@! grep -rn '@preview' letters || { echo "A layout imports a package from the network."; exit 1; }
	.venv/bin/python -m pytest tests/test_imports.py tests/test_docs.py tests/test_help.py tests/test_config.py

system-test: .venv/.tools  ## tests with a real Chromium, Postfix and Dovecot, openssl, wacz; as root it installs them on Debian
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		missing=""; command -v chromium google-chrome microsoft-edge >/dev/null || missing="chromium"; \
		command -v postfix >/dev/null && command -v dovecot >/dev/null || missing="$$missing postfix dovecot-imapd dovecot-lmtpd"; \
		[ -z "$$missing" ] || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$missing >/dev/null; }; fi
	@command -v chromium google-chrome microsoft-edge >/dev/null || \
		{ echo "The system tests need Chromium, Chrome or Edge (Debian: apt install chromium)."; exit 1; }
	.venv/bin/python -m pytest tests/system -rs

bench: .venv/.tools  ## measure: each file of tests/bench prints what it found
	@set -e; for file in tests/bench/bench_*.py; do \
		[ -e "$$file" ] || { echo "tests/bench holds no benchmark."; break; }; \
		echo "== $$file"; .venv/bin/python "$$file"; done

wheel: .venv/.dev  ## dist/listingguard-….whl
	rm -rf dist
	.venv/bin/python -m build --wheel --no-isolation --outdir dist

lock:  ## the three requirements files anew (needs uv)
	$(LOCK) pyproject.toml -o requirements.lock
	printf 'hatchling>=1.27\neditables>=0.5\n' | $(LOCK) --extra dev -c requirements.lock pyproject.toml - -o requirements-dev.lock
	$(LOCK) --extra capture --extra tools -c requirements-dev.lock pyproject.toml -o requirements-tools.lock

LOCK = uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	--no-emit-index-url --no-annotate --no-header

clean:  ## remove what make made, but not the data of any home
	rm -rf .venv/.runtime .venv/.dev .venv/.tools .venv-3.* dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis

# Only what the program needs: the demo runs from the source tree.
.venv/.runtime: requirements.lock
	@$(need-python)
	"$(PYTHON)" -m venv .venv
	.venv/bin/python -m pip install $(PIP_FLAGS) --require-hashes -r requirements.lock
	@touch $@

# With the tools, and the program itself installed from here. The build backend comes from the lock too.
.venv/.dev .venv-3.11/.dev .venv-3.13/.dev: %/.dev: requirements-dev.lock pyproject.toml
	@$(need-python)
	"$(PYTHON)" -m venv $*
	$*/bin/python -m pip install $(PIP_FLAGS) --require-hashes -r requirements-dev.lock
	$*/bin/python -m pip install $(PIP_FLAGS) --no-build-isolation --no-deps -e .
	@touch $*/.runtime $@

# The system tests and the benchmarks need a browser driver and the peers to measure beside.
.venv/.tools: .venv/.dev requirements-tools.lock
	.venv/bin/python -m pip install $(PIP_FLAGS) --require-hashes -r requirements-tools.lock
	@touch $@

need-python = if [ -z "$(PYTHON)" ]; then \
	echo "No Python 3.11 or newer with venv was found (Debian: apt install python3 python3-venv)."; exit 1; fi

.PHONY: help demo test test-3.11 test-3.13 check system-test bench wheel lock clean
