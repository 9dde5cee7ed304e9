# `make report` and `make test` set up all they need; the rest is for people who work on the project.
VENV   ?= .venv
PYTHON ?= python3
JOBS   ?= 3 # workers of the tests: one more than cores, as some wait for kernels and browsers
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
unexport VIRTUAL_ENV # IPython would add the packages of another environment that is active
unexport PYTHONDONTWRITEBYTECODE # every process would compile the package, and rewrite the tests' asserts, anew

.PHONY: report test sync docs lab clean help

report: $(READY)  ## build the embedded data set, run all experiments, render the report
	$(BIN)/hybrid-vae run

test: $(READY)  ## all notebooks and tests but long ones; PYTEST='--nbflags whole' adds whole runs of the program
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -p hybrid_vae.testing -n $(JOBS) --dist loadfile --no-loadscope-reorder nbs hybrid_vae/tests $(PYTEST)

sync: $(READY)  ## check that the package is what the notebooks export, and that Quarto can read them
	$(BIN)/python -m hybrid_vae.tests.check_sync
	$(BIN)/python -m hybrid_vae.tests.check_filter

docs: $(READY)  ## render the documentation site into _docs
	$(BIN)/hybrid-vae docs

lab: $(READY)  ## open the notebooks in JupyterLab
	$(BIN)/jupyter lab nbs

clean:  ## remove the virtual environment and all that was built
	rm -rf $(VENV) data/scores data/features data/lyrics data/encoders data/runs _docs

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(READY): requirements.txt settings.ini setup.py
	@$(PYTHON) -c "import sys; v = sys.version_info; sys.exit(None if v >= (3, 10) else f'Python 3.10 or newer is needed, and {sys.executable} is {v.major}.{v.minor}: make PYTHON=/path/to/python3')"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --no-compile -r requirements.txt
	$(BIN)/python -m pip install --quiet --no-compile --no-deps musicnn==0.1.0
	$(BIN)/python -m pip install --quiet --no-deps -e .
	@$(BIN)/python -m pip install --quiet --no-input --timeout 15 --retries 1 quarto-cli >/dev/null 2>&1 || echo "Quarto could not be installed: pandoc and typst render plain pages instead."
	@$(BIN)/python -m compileall -q -q -j 0 $(VENV)/lib || true # on all cores, where pip uses one; some packages carry files of other Pythons
	@touch $(READY)
