# Everything an operator or developer does. A bare `make` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?= data
PORT ?= 8000
SITE ?=
JUDGMENTS ?= corpus/judgments.jsonl
# The sample's floors hold for its own judged questions only.
FLOORS ?= $(if $(filter corpus/judgments.jsonl,$(JUDGMENTS)),tests/eval/sample_floors.toml,)
# What `make bench` measures: the sample's index of `make eval`, or that of a site.
BENCHED = $(if $(SITE),$(DATA)/bench/site,$(DATA)/eval)
# A site given is what is indexed; else the enabled ones of corpus/sources.toml.
CHOICE := $(if $(SITE),--site '$(SITE)' --only,)

.DEFAULT_GOAL := help
.PHONY: help setup run reindex eval bench bench-extract check audit test format clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.installed ## build .venv, once
$(VENV)/.installed: requirements.txt
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/.installed-dev: requirements.txt requirements-milvus.txt requirements-dev.txt $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

run: setup reindex ## set up, index (SITE=https://… or the sample), serve on 127.0.0.1:8000
	$(BIN)/python -m search serve --data $(DATA) --port $(PORT)

reindex: setup ## index again; only what changed is done again
	$(BIN)/python -m indexer run --data $(DATA) $(CHOICE)

eval: setup ## measure the ranking on the judged questions, against each half alone and its floors
	$(BIN)/python -m indexer run --data $(DATA)/eval --sources corpus/sources.toml
	$(BIN)/python -m search evaluate $(JUDGMENTS) --data $(DATA)/eval --against mode=semantic
	$(BIN)/python -m search evaluate $(JUDGMENTS) --data $(DATA)/eval \
	  $(if $(FLOORS),--floors $(FLOORS),) --against mode=keyword

bench: setup ## measure beside Flask with FAISS, txtai and Haystack; into docs/performance.md
	$(BIN)/python -m indexer run --data $(BENCHED) $(if $(SITE),$(CHOICE),--sources corpus/sources.toml)
	$(BIN)/python -m benchmarks.environments $(DATA)/bench
	$(BIN)/python -m benchmarks.bench --data $(BENCHED) --environments $(DATA)/bench \
	  $(addprefix --questions ,$(JUDGMENTS))

.venv-extract/.installed: benchmarks/extractors.txt
	$(PYTHON) -m venv .venv-extract
	.venv-extract/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r $<
	touch $@

bench-extract: $(VENV)/.installed-dev .venv-extract/.installed ## what is kept of labelled pages, beside other extractors
	$(BIN)/python -m benchmarks.extraction --others .venv-extract/bin/python --pages

check: $(VENV)/.installed-dev ## lint, format, types, dependencies, tests with branch coverage
	$(BIN)/python -m pip check --disable-pip-version-check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 2 --dist worksteal --cov --cov-report=term

audit: $(VENV)/.installed-dev ## look the dependencies up among known vulnerabilities; needs the network
	$(BIN)/pip-audit -r requirements.txt --no-deps --disable-pip --progress-spinner off

test: $(VENV)/.installed-dev ## set up and run the tests
	$(BIN)/python -m pytest -n 2 --dist worksteal

format: $(VENV)/.installed-dev ## rewrite the code in the project's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## delete what was generated: .venv and data
	rm -rf $(VENV) .venv-extract $(DATA)
