# Everything that people do with this repository. `make` alone lists it.
# Each target does the set-up it needs and reuses what is there: the virtual environment with the locked packages here,
# corpus, dbt manifest and Airflow's database in include/local/preparation.py.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh
MAKEFLAGS += --no-print-directory

PY := .venv/bin/python
# one worker runs all tests of a file, since they share what its fixtures make; the files with long tests come first
PYTEST := $(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder
export PYTHON SQL OF CASES CORPUS SCALE SEED SEEDS SAMPLE NAMES TO REASON FINDING WHO UNTIL RUN RELEASE TESTS N WORKS PORT CMD PICTURES THEME
# what a user has set for a Python of their own would be found before ours; text is UTF-8 whatever the locale
unexport PYTHONPATH PYTHONHOME PYTHONSAFEPATH
export PYTHONUTF8 := 1
# one word each, or empty
SEEDS ?= 3
TESTS ?= tests

.PHONY: help
help:  ## list the targets
	@awk 'BEGIN {FS = ":.*  ## "} /^[a-z-]+:.*  ## / {printf "make %-16s %s\n", $$1, $$2}' Makefile

.PHONY: setup
setup:  ## virtual environment and locked packages (every target does this by itself)
	@bin/setup

.PHONY: demo
demo: setup  ## the whole path against the sandbox, under Airflow (CORPUS=file or folder, SCALE=0.1)
	@$(PY) -m include.local demo $${CORPUS:+--corpus "$$CORPUS"} $${SCALE:+--scale "$$SCALE"}

.PHONY: run
run: setup  ## the same against the real API (OPENALEX_API_KEY in .env)
	@$(PY) -m include.local run

.PHONY: probe
probe: setup  ## ask the real API what a run asks, fifteen credits, and say what is not as expected (OPENALEX_API_KEY in .env)
	@$(PY) -m include.pipeline probe

.PHONY: up
up: setup  ## start Airflow and leave it running; prints where and the log-in
	@$(PY) -m include.local up $${CORPUS:+--corpus "$$CORPUS"} $${SCALE:+--scale "$$SCALE"}

.PHONY: down
down: setup  ## stop what `make up` started
	@$(PY) -m include.local down

.PHONY: status
status: setup  ## what runs, what is loaded, what is wrong, the log-in
	@$(PY) -m include.health status

.PHONY: doctor
doctor: setup  ## is this set up so that a run can end well? a table, in less than ten seconds
	@$(PY) -m include.health doctor

.PHONY: alerts
alerts: setup  ## break a run in every way and play forty days: is everybody told who has to know, and nobody without need?
	@$(PY) -m include.health alerts $${NAMES:-}

.PHONY: watch
watch: setup  ## look every minute and tell who has to know (ENTANGLED_ALERTS), outside Airflow, until Ctrl-C (ONCE=1: one look)
	@$(PY) -m include.health $(if $(ONCE),look,watch)

.PHONY: airflow
airflow: setup  ## a command of Airflow in what `make up` started: CMD="dags list", CMD="backfill create ..."
	@test -n "$$CMD" || { echo 'error: name a command: make airflow CMD="dags list"' >&2; exit 2; }
	@$(PY) -m include.local airflow $(CMD)

.PHONY: bi
bi: setup  ## start Superset on the current release: five dashboards; prints where and the log-ins
	@$(PY) -m include.bi up

.PHONY: bi-down
bi-down: setup  ## stop what `make bi` started
	@$(PY) -m include.bi down

.PHONY: bi-check
bi-check: setup  ## open every dashboard in chromium, look at every chart, compare numbers (PICTURES=folder for screenshots)
	@$(PY) -m include.bi check $${PICTURES:+--pictures "$$PICTURES"}

.PHONY: bi-pack
bi-pack: setup  ## write Superset's files again, after a change of bi/superset/pack.yaml or of a published table
	@$(PY) -m include.bi pack

.PHONY: sandbox
sandbox: setup  ## serve CORPUS=file or folder as OpenAlex would, until Ctrl-C
	@test -n "$$CORPUS" || { echo "error: name a corpus: make sandbox CORPUS=<file or folder>" >&2; exit 2; }
	@$(PY) -m include.sandbox serve --corpus "$$CORPUS"

.PHONY: test
test: setup  ## run the tests, but for those of `make verify` (TESTS=tests/unit for some of them)
	@$(PYTEST) -m "not verify" $(TESTS)

.PHONY: verify
verify: setup  ## run the tests that need minutes: kills, composed services, the demo, all faults at once
	@$(PYTEST) -m "verify" $(TESTS)

.PHONY: lint
lint: setup  ## ruff, mypy, sqlfluff, yamllint
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy include
	$(PY) -m sqlfluff lint dbt_project/models dbt_project/tests dbt_project/macros include/audit include/questions include/report
	$(PY) -m yamllint --strict .

.PHONY: query
query: setup  ## ask the current release: make query SQL="select * from mart_headline_figures"
	@test -n "$$SQL" || { echo 'error: say what to ask: make query SQL="select ..."' >&2; exit 2; }
	@$(PY) -m include.release query "$$SQL"

.PHONY: questions
questions: setup  ## questions that people ask, answered from the BI layer and held against the facts (RELEASE=<id>)
	@$(PY) -m include.questions $${RELEASE:+--release "$$RELEASE"}

.PHONY: notebook
notebook: setup  ## run the notebook bi/notebook.py whole: ten questions of the study, their answers held against the facts
	@$(PY) -m include.notebook

.PHONY: report
report: setup  ## open the current release's report, or say where it is
	@$(PY) -m include.local report

.PHONY: report-check
report-check: setup  ## hold every number of the report against its mart, and look at its pages in chromium (PICTURES=folder)
	@$(PY) -m include.report --check $${PICTURES:+--pictures "$$PICTURES"}

.PHONY: site
site: setup  ## write the current release as a static site: report, method, dictionary, downloads, releases, feed (OUT=folder)
	@$(PY) -m include.site --out "$${OUT:-var/site}"

.PHONY: release-list
release-list: setup  ## the releases on disk and which one is current
	@$(PY) -m include.release list

.PHONY: lineage
lineage: setup  ## draw where the current release comes from, from its events (OF=mart_military_links; COLUMN=<table>.<column>)
	@$(PY) -m include.lineage $${OF:+--of "$$OF"} $${COLUMN:+--column "$$COLUMN"}

.PHONY: verify-release
verify-release: setup  ## read every file of the kept releases against their records (RELEASE=<id> for one)
	@$(PY) -m include.release verify $${RELEASE:+--release "$$RELEASE"}

.PHONY: rollback
rollback: setup  ## take readers back to the release before, and hold it (TO=<id> for another, REASON="why")
	@$(PY) -m include.release rollback $${TO:+--to "$$TO"} $${REASON:+--reason "$$REASON"}

.PHONY: rollforward
rollforward: setup  ## lift what `make rollback` holds: publish what waits, or go to the newest release
	@$(PY) -m include.release rollforward

.PHONY: accept
accept: setup  ## let a run through with what a gate found (FINDING="check#digest" REASON="why" WHO="you" UNTIL=2026-12-05, RUN=<id>)
	@$(PY) -m include.pipeline accept --finding $${FINDING} --reason "$$REASON" --who "$$WHO" --until "$$UNTIL" \
		$${RUN:+--run "$$RUN"}

.PHONY: truth
truth: setup  ## compare the marts with the truth of generated corpora (SEEDS=3, SCALE=0.05)
	@$(PY) -m include.pipeline truth --seeds "$$SEEDS" $${SCALE:+--scale "$$SCALE"}

.PHONY: spark-up
spark-up: setup  ## start a Spark cluster on this machine: one master, two workers (DBT_TARGET=spark builds on it)
	@$(PY) -m include.spark up

.PHONY: spark-down
spark-down: setup  ## stop what `make spark-up` started
	@$(PY) -m include.spark down

.PHONY: spark-equal
spark-equal: setup  ## build an invented corpus on DuckDB and on Spark, and compare every table row by row (SCALE=0.02, SEED=1, THEME=funding)
	@$(PY) -m include.spark equal $${SCALE:+--scale "$$SCALE"} $${SEED:+--seed "$$SEED"} $${THEME:+--theme "$$THEME"}

.PHONY: faults
faults: setup  ## every fault of the source, held against a run without it
	@$(PY) -m include.pipeline faults

.PHONY: cases
cases: setup  ## small inputs with their right answers, through the whole pipeline (CASES="name name" for some)
	@$(PY) -m include.pipeline cases $${CASES:-}

.PHONY: crash
crash: setup  ## kill -9 at random moments of whole runs, and compare the marts (N=200)
	@$(PY) -m include.pipeline crash $${N:+--kills "$$N"}

.PHONY: chaos
chaos: setup  ## kill, fill the disk, set the clock under whole runs of Airflow, mend each by one command, compare (N=20, SEED=1)
	@$(PY) -m include.chaos $${N:+--runs "$$N"} $${SEED:+--seed "$$SEED"} $${SCALE:+--scale "$$SCALE"}

.PHONY: switches
switches: setup  ## switch releases under four kinds of readers, with kill -9 in publish (N=10000, SEED=1)
	@$(PY) -m include.pipeline switches $${N:+--switches "$$N"} $${SEED:+--seed "$$SEED"}

.PHONY: postgres-check
postgres-check: setup  ## switch releases in a real Postgres under four kinds of readers, killing both sides (N=50, SEED=1)
	@$(PY) -m include.pipeline postgres-check $${N:+--switches "$$N"} $${SEED:+--seed "$$SEED"}

.PHONY: restore-drill
restore-drill: setup  ## lose parts of a home, bring them back by the runbook, compare the marts; how long each takes
	@$(PY) -m include.pipeline restore-drill $${SCALE:+--scale "$$SCALE"}

.PHONY: corruptions
corruptions: setup  ## spoil the data in every way: each must be stopped, no honest change (NAMES="a b", SAMPLE=12 SEED=1, WRITE=1)
	@$(PY) -m include.pipeline corruptions $${SCALE:+--scale "$$SCALE"} $${SAMPLE:+--sample "$$SAMPLE"} \
		$${SEED:+--seed "$$SEED"} $(if $(WRITE),--write) $${NAMES:-}

.PHONY: changes
changes: setup  ## every kind of change (scope, lists, models, flatten, a new year): an increment against a rebuild from raw
	@$(PY) -m include.pipeline changes $${SCALE:+--scale "$$SCALE"}

.PHONY: bench
bench: setup  ## run the benchmarks; each prints a ratio
	@for file in benchmarks/[a-z]*.py; do echo "== $$file"; $(PY) "$$file" || exit 1; done

.PHONY: bench-extract
bench-extract: setup  ## the extractor's pace and cost beside pyalex, on one sandbox (five minutes)
	@$(PY) benchmarks/extract.py $${SCALE:+--scale "$$SCALE"}

.PHONY: bench-increment
bench-increment: setup  ## what a day with few changes costs beside a full sweep (five minutes)
	@$(PY) benchmarks/increment.py $${SCALE:+--scale "$$SCALE"}

.PHONY: bench-transform
bench-transform: setup  ## a warehouse of WORKS=1000000 works, built whole and by an increment, with MEMORY=6GB (five minutes; needs a demo)
	@$(PY) benchmarks/build.py $${WORKS:+--works "$$WORKS"} $${MEMORY:+--memory "$$MEMORY"}

.PHONY: bench-growth
bench-growth: setup  ## how a build grows with its works: 100 thousand, 1 and 10 million, with MEMORY=6GB (an hour, 20 GB of disk; needs a demo)
	@$(PY) benchmarks/growth.py $${WORKS:+--works $$WORKS} $${MEMORY:+--memory "$$MEMORY"}

.PHONY: bench-bi
bench-bi: setup  ## the SQL of every chart, Superset's answers, seconds of every dashboard (WORKS=1000000 also at that size: ten minutes)
	@$(PY) benchmarks/dashboards.py $${WORKS:+--works "$$WORKS"}

.PHONY: bench-queries
bench-queries: setup  ## what dashboards ask of the current release, each question's p95 in ms
	@$(PY) benchmarks/queries.py

.PHONY: bench-observing
bench-observing: setup  ## what lineage, metrics and alerts add to a run (SCALE=0.1, N=3 of each: six minutes)
	@$(PY) benchmarks/observing.py $${SCALE:+--scale "$$SCALE"} $${N:+--runs "$$N"}

.PHONY: affiliations
affiliations: setup  ## precision and recall, by part, and speed of finding listed bodies in addresses
	@$(PY) benchmarks/affiliations.py

.PHONY: audit-reference
audit-reference: setup  ## hold the reference data against its audit (docs/AUDIT.md) and against itself
	@$(PY) -m include.warehouse audit-reference

.PHONY: reference-changes
reference-changes: setup  ## the entries that changed lists need: make reference-changes REASON="edition of June" WRITE=1
	@$(PY) -m include.audit --reference-changes --reason "$$REASON" $(if $(WRITE),--write)

.PHONY: docs
docs: setup  ## write the dbt documentation (models, columns, lineage) as one page
	@$(PY) -m include.local docs

.PHONY: docs-serve
docs-serve: setup  ## the same, served on 127.0.0.1 until Ctrl-C (PORT=8580)
	@$(PY) -m include.local docs --serve $${PORT:+--port "$$PORT"}

.PHONY: lock
lock: setup  ## renew every lock from its .in file
	@for file in requirements requirements-dev bi/superset/requirements config/sbom/requirements; do \
		.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
			--no-header --no-annotate "$$file.in" -o "$$file.txt" || exit 1; \
	done

.PHONY: sbom
sbom: setup  ## the bill of materials (CycloneDX) of what is locked, and its licences
	@$(PY) -m include.local sbom

.PHONY: compose-init
compose-init: setup  ## write the passwords and keys that docker-compose.yaml needs into .env
	@$(PY) -m include.local compose-init

.PHONY: clean
clean:  ## remove what can be made again; batches and releases stay (ALL=1: everything under var/ and .venv)
	@if [ -x $(PY) ]; then $(PY) -m include.bi down; $(PY) -m include.local clean $(if $(ALL),--all); fi
	@rm -rf dbt_project/target dbt_project/logs .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@$(if $(ALL),rm -rf .venv)
