# Deux commandes suffisent : « make servir » et « make test ». Elles installent ce qu'il leur faut dans .venv.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
UV := $(shell command -v uv 2>/dev/null)

.PHONY: servir test lint bench propre verrou

servir: $(VENV)/.pret
	$(PY) -m ctgkit servir $(ARGS)

# Un essai lance bien des processus : le code compilé par le premier sert aux autres, même là où l'on n'en garde pas.
test: export PYTHONDONTWRITEBYTECODE :=
test: $(VENV)/.pret-tests
	$(PY) tests/systeme.py
	$(PY) -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(VENV)/.pret-tests
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

bench: $(VENV)/.pret-tests
	$(PY) -m tests.bench $(ARGS)

propre:
	rm -rf $(VENV) build *.egg-info .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Les verrous : à refaire après un changement de pyproject.toml (demande uv).
verrou:
	uv pip compile pyproject.toml --extra tests $(VERROU) -o requirements-tests.lock
	uv pip compile pyproject.toml $(VERROU) -c requirements-tests.lock -o requirements.lock
VERROU := --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links -q

# uv s'il est là (quelques secondes) ; sinon, ou s'il échoue, pip et venv suffisent (une minute).
define installer
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Il faut Python 3.11 ou plus récent : make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@echo "Installation dans $(VENV) (une seule fois, une minute environ)…"
	@if $(if $(UV),$(call avec_uv,$(1)),false); then :; else $(call avec_pip,$(1)); fi
endef
avec_uv = { test -x $(PY) || uv venv -q --python $(PYTHON) $(VENV); } \
	&& uv pip install -q --compile-bytecode --python $(PY) --require-hashes -r $(1) && uv pip install -q --python $(PY) --no-deps -e .
avec_pip = $(PYTHON) -m venv $(VENV) && $(PY) -m ensurepip >/dev/null \
	&& $(PY) -m pip install -q --disable-pip-version-check --require-hashes -r $(1) \
	&& $(PY) -m pip install -q --disable-pip-version-check --no-deps -e .

$(VENV)/.pret: requirements.lock pyproject.toml
	$(call installer,requirements.lock)
	@touch $@

$(VENV)/.pret-tests: requirements-tests.lock pyproject.toml
	$(call installer,requirements-tests.lock)
	@touch $@ $(VENV)/.pret
