# Each target is one reznet-load command; `make help` lists them.
#   make load USERS=100 DURATION=120s MIX=rest=24,chat=12,agent=14 WORKERS=2 TARGET='--first-token 4s' ARGS='--strict'
#   HOST=http://10.0.0.5:8000 DATABASE_URL=… REDIS_URL=… make load

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TESTED := $(VENV)/.ready-test
RUN ?= reports/latest
PORT ?= 8089
# Run folders: <time>_<scenario>_<commit>, of the embedded target in reports/, of others below their names.
TWO := [0-9][0-9]
RUNS := $(TWO)$(TWO)$(TWO)$(TWO)-$(TWO)$(TWO)$(TWO)*_*

export HOST DATABASE_URL REDIS_URL

options = $(if $(USERS),--users $(USERS)) $(if $(DURATION),--duration $(DURATION)) $(if $(RAMP),--ramp $(RAMP)) \
	$(if $(MIX),--mix $(MIX)) $(if $(WORKERS),--workers $(WORKERS)) $(if $(TARGET),--target='$(TARGET)') $(ARGS)
duel-options = $(if $(USERS),--users $(USERS)) $(if $(DURATION),--duration $(DURATION)) $(if $(RAMP),--ramp $(RAMP)) \
	$(if $(MIX),--mix $(MIX)) $(if $(WORKERS),--workers $(WORKERS)) $(ARGS)

.DEFAULT_GOAL := help
.PHONY: help load perf smoke stress spike soak capacity herd web distributed failures pooling duel duel-aa docs report config history baseline compare \
	try target provider selftest test check check-outside backends faults coverage lint bench bench-judge bench-report bench-samples bench-regressions bench-recording bench-accuracy bench-operations bench-rest \
	bench-sockets bench-streams bench-users bench-master bench-duel bench-duel-live screens fuzz lock clean distclean

help: ## this list
	@awk -F ':.*## ' '/^##@ / { printf "\n%s\n", substr($$0, 5) } /^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "  USERS= DURATION= RAMP= MIX=rest=24,chat=12,agent=14 WORKERS= HOST= TARGET='…' ARGS='…' change a run"

$(READY): pyproject.toml requirements.lock
	@# pip comes last into an environment: an interrupted one has a python already.
	test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV): 560 MB, once, a few minutes"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[target]'
	@touch $@

$(TESTED): $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[test]'
	@touch $@

##@ Load a backend
load: $(READY) ## the standard load: 50 users for 60 s; judges every requirement, writes the results document
	@$(BIN)/reznet-load load $(options)

perf: $(if $(findstring --cov,$(ARGS)),$(TESTED),$(READY)) ## the performance suite: every part timed alone, one user, no load; ARGS=--quick without the providers
	@$(BIN)/reznet-load perf $(if $(TARGET),--target='$(TARGET)') $(ARGS)

smoke: $(READY) ## 5 users, 15 s: does everything answer?
	@$(BIN)/reznet-load smoke $(options)

stress: $(READY) ## more users than expected: 50, 100, 200, and 50 again; 8 minutes
	@$(BIN)/reznet-load stress $(options)

spike: $(READY) ## four times as many users for 25 s: does the backend recover within a minute? 4 minutes
	@$(BIN)/reznet-load spike $(options)

soak: $(READY) ## 50 users for 30 minutes: does memory grow, do answers get slower?
	@$(BIN)/reznet-load soak $(options)

capacity: $(READY) ## search for the most users with which every requirement passes, 10 minutes; THOROUGH=1: 40 minutes
	@$(BIN)/reznet-load capacity $(options) $(if $(THOROUGH),--thorough)

herd: $(READY) ## all 50 users arrive at once
	@$(BIN)/reznet-load herd $(options)

web: $(READY) ## Locust's web UI with the same users, PORT=8089
	@$(BIN)/reznet-load web --port $(PORT) $(options)

distributed: $(READY) ## the standard load from a master and WORKERS=2 on this machine
	@$(BIN)/reznet-load distributed $(options)

failures: $(READY) ## Redis, PostgreSQL and the provider are cut off under load, one after the other, and restored; 6 minutes
	@$(BIN)/reznet-load failures $(options)

pooling: $(READY) ## the same load over several sizes of the connection pool, compared, 7 minutes
	@$(BIN)/reznet-load pooling $(options)

##@ Compare two versions
duel: $(READY) ## is B slower than A? both at once, 6 minutes: A=http://… B=http://…, or ARGS="--target-b='--process-time 1.2'"
	@$(BIN)/reznet-load duel $(if $(A),--a '$(A)') $(if $(B),--b '$(B)') $(duel-options)

duel-aa: $(READY) ## A=http://… against itself: which change this machine can show, in how many minutes
	@$(BIN)/reznet-load duel --aa $(if $(A),--a '$(A)') $(duel-options)

##@ Results
report: $(READY) ## judge and render RUN=reports/latest again
	@$(BIN)/reznet-load report $(RUN) $(ARGS)

config: $(READY) ## the options of a run and where each comes from; ARGS='stress --users 100'
	@$(BIN)/reznet-load config $(ARGS)

history: $(READY) ## the runs so far, each compared with earlier comparable ones
	@$(BIN)/reznet-load history $(ARGS)

baseline: $(READY) ## pin RUN=reports/latest as the reference of runs like it; ARGS=--unpin removes it
	@$(BIN)/reznet-load baseline $(RUN) $(ARGS)

compare: $(READY) ## RUN=reports/latest against A=reports/…: better, worse, or no proven difference
	$(if $(A),,$(error no run to compare with is named; expected make compare A=reports/RUN, as `make history` lists them))
	@$(BIN)/reznet-load compare $(A) $(RUN) $(ARGS)

##@ Backends and providers
try: $(READY) ## one question to HOST, outside of any load: every event with its time; also of other chat backends
	@$(BIN)/reznet-load try $(ARGS)

target: $(READY) ## the embedded RezNet-compatible target in the foreground, port 8000
	@$(BIN)/reznet-load target $(TARGET)

provider: $(READY) ## a simulated provider (OpenAI, Anthropic) alone in the foreground, port 8100; ARGS='--first-token 1s'
	@$(BIN)/reznet-load provider $(ARGS)

##@ Tests of reznet-load itself
selftest: $(READY) ## cause each fault of the embedded target in a run, and check that it is found; both dialects, 70 minutes
	@$(BIN)/reznet-load selftest $(ARGS)

test: $(TESTED) ## the tests, 4 minutes; ARGS=-n0 for one at a time
	@$(BIN)/python -m pytest -q -n auto --maxprocesses 4 -m 'not matrix and not outside' $(ARGS)

check: $(TESTED) ## the live matrix, 16 minutes: both dialects, faults, a frozen target, a capacity to be found, a full disk, set clocks, workers
	@$(BIN)/python -m pytest -q -m 'matrix and not outside' $(ARGS)

check-outside: $(TESTED) ## nightly: other people's software, installed where it is missing (Locust of four generations, Chromium, Prometheus, Chainlit, pydantic-ai, LangGraph, node's ai), and the longest live tests; 25 minutes, needs Python 3.8 too
	@REZNET_LOAD_OUTSIDE=$(abspath $(VENV))/outside $(BIN)/python -m pytest -q -m 'outside and not by_hand' $(ARGS)

backends: $(TESTED) ## by hand, because they take 2 GB: a real LiteLLM and a real Open WebUI, asked and loaded; 10 minutes
	@REZNET_LOAD_OUTSIDE=$(abspath $(VENV))/outside $(BIN)/python -m pytest -q -s -m by_hand tests/outside/by_hand $(ARGS)

faults: $(TESTED) ## runs against a backend that misbehaves, one mode for each fault, then with processes and disks that fail: outcome, memory, what stays behind; 18 minutes
	@$(BIN)/python -m pytest -q -s -m outside tests/outside/test_faults.py tests/outside/test_process_faults.py $(ARGS)

coverage: $(TESTED) ## the tests with coverage of the package
	@$(BIN)/python -m pytest -q -m 'not matrix and not outside' --cov --cov-report=term --cov-report=html $(ARGS)

lint: $(TESTED) ## style, formatting and types
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

##@ Benchmarks
bench: $(TESTED) ## parsing speed against two peers
	@$(BIN)/python benchmarks/parse_frames.py

bench-judge: $(TESTED) ## what judging a small and a large stats file of Locust costs, as ratios to its imports, 1 minute
	@$(BIN)/python benchmarks/judge.py

bench-report: $(TESTED) ## the whole report against the same without page and charts and against judging alone; the page of a two-hour soak in Chromium, 1 minute
	@$(BIN)/python -m benchmarks.report

bench-samples: $(TESTED) ## judging and rendering ten million samples
	@$(BIN)/python benchmarks/ten_million.py

bench-regressions: $(TESTED) ## false alarms and finds of the comparison between runs, 2 minutes
	@$(BIN)/python benchmarks/regressions.py

fuzz: $(TESTED) ## coverage-guided fuzzing of what a server's bytes go through, 3 minutes
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[fuzz]'
	@$(BIN)/python tests/fuzz/frames.py -max_total_time=120 -max_len=600
	@$(BIN)/python tests/fuzz/streams.py -max_total_time=60 -max_len=600

bench-recording: $(TESTED) ## what 10 000 samples a second cost the generator, also scraped by Prometheus, 2 minutes
	@$(BIN)/python benchmarks/recording.py $(ARGS)

bench-accuracy: $(TESTED) ## reported figures against what passed on the wire, also of 500 streams over HTTP, 9 minutes; a part: ARGS='--shapes lognormal --streams tls'
	@$(BIN)/python -m benchmarks.accuracy $(ARGS)

bench-operations: $(TESTED) ## what keeping the slowest operations costs in addition to recording them
	@$(BIN)/python benchmarks/operations.py

bench-duel: $(TESTED) ## how often "B is slower than A" is right, on simulated streams of two sides, 3 minutes
	@$(BIN)/python -m benchmarks.duel $(ARGS)

bench-duel-live: $(TESTED) ## duels of the embedded target next to a noisy neighbour, 20 of them, 100 minutes; fewer: ARGS='--aa 2 --slower 2'
	@$(BIN)/python -m benchmarks.duel.live $(ARGS)

bench-rest: $(TESTED) ## what a REST call costs more than with a plain FastHttpUser, 15 s
	@$(BIN)/python benchmarks/rest.py $(ARGS)

bench-sockets: $(TESTED) ## events a CPU-second against two peers and a C loop, 2 minutes
	@$(BIN)/python -m benchmarks.sockets

bench-streams: $(TESTED) ## events of streamed replies a CPU-second against openai's SDK, httpx, aiohttp and a bare libev loop, 3 minutes; ARGS=many: lag and memory of 1 000 streams
	@$(BIN)/python -m benchmarks.streams $(ARGS)

bench-users: $(TESTED) ## 2 000 idle users' memory, 100 users' loop lag under 25 000 events/s
	@$(BIN)/python -m benchmarks.sockets.users

screens: $(TESTED) ## take the pictures of docs/samples/screens anew, in a real Chromium
	@$(BIN)/python -m benchmarks.screens

bench-master: $(TESTED) ## what a real master takes from 10 and 50 simulated workers: CPU, memory, blocks lost, where it breaks, 5 minutes
	@$(BIN)/python -m benchmarks.master $(ARGS)

##@ Upkeep
docs: $(READY) ## write docs/reference.md and docs/glossary.md anew from the code
	@$(BIN)/python docs/generate.py

lock: $(TESTED) ## write requirements.lock anew from what is installed
	@$(BIN)/python -m pip freeze --exclude-editable --disable-pip-version-check > requirements.lock

clean: ## remove run folders and caches, keep history and the results document
	@rm -rf reports/$(RUNS) reports/*/$(RUNS) reports/latest reports/*/latest
	@rm -rf .hypothesis .ruff_cache .coverage htmlcov build dist
	@find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

distclean: clean ## and the virtual environment
	@rm -rf $(VENV)
