"""Judges the movement of every cell of every measure and every change of a reference table, and writes both down
(mart_ops_drift, mart_ops_reference_changes)."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

from include.audit.baseline import Baseline
from include.audit.drift.cells import join_cells, opened
from include.audit.drift.comparable import Changes, differences, excuse_cells
from include.audit.drift.limits import TABLE, Limit, limits_of, past_movements
from include.audit.drift.reference import ReferenceChange, reference_changes
from include.audit.drift.registry import Measure, measures
from include.audit.drift.thresholds import Limits, Thresholds, load_thresholds
from include.audit.metrics import EXAMPLES, Metric
from include.audit.registry import AuditCheck, Severity
from include.common.duck import connect
from include.common.files import ensure_dir, storage_errors
from include.common.sql import quoted
from include.contracts.candidate import OF_THE_PIPELINE, Lineage
from include.contracts.reference import read_tables
from include.contracts.release import Release
from include.contracts.schema_changes import schema_changes
from include.settings import Settings

log = logging.getLogger("entangled")

# of each measure so many cells are written down: those outside their limits, and the others that moved furthest
OUTSIDE_KEPT, INSIDE_KEPT = 100, 20
# so few joint papers in the last release do not say how far they may move
ENOUGH_PAPERS = 100
REFERENCE_TABLE = "mart_ops_reference_changes"
_REFERENCE_ORDER = "is_explained, table_name, row_key, change, value_before, value_now"
_REFERENCE_COLUMNS = """
    run_id text, compared_with text, table_name text, row_key text, change text, value_before text, value_now text,
    is_explained boolean, entry_date date, reason text
"""
_COLUMNS = """
    run_id text, compared_with text, measure text, cell text, value_before double, value_now double, movement double,
    warn_limit double, fail_limit double, limit_basis text, is_large boolean, outcome text, reason text
"""
# the worst first; `within` before the rest, which says nothing of how far a measure usually moves
_WORST = """
    array_position(['failed', 'warned', 'within'], outcome) nulls last, not is_large, abs(movement) desc nulls last,
    abs(value_now - value_before) desc nulls last, cell
"""


# a cell of a running year is judged for its growth from so many floors on: a year that began is small
_FLOORS_OF_GROWTH = 5


@dataclass(frozen=True)
class _Rule:
    """A measure and how far it may move in this run; `running`: the growth of a running year beyond what its days
    explain."""

    measure: Measure
    limit: Limit
    floor: float
    running: Limits

    def checks(self) -> tuple[AuditCheck, ...]:
        return self._check("warn", self.limit.warn), self._check("fail", self.limit.fail)

    def _check(self, severity: Severity, limit: float) -> AuditCheck:
        if self.measure.kind == "share":
            allowed = f"{100 * limit:.3g} percentage points"
        else:
            allowed = f"{100 * limit:.3g} %, or {self.floor:g} {self.measure.kind} where that is more"
        return AuditCheck(
            f"{self.measure.name}_stable_{severity}",
            severity,
            "judgement",
            "drift",
            self.measure.table,
            f"{self.measure.sentence} Allowed against the last release: {allowed} ({self.limit.basis}).",
        )

    @property
    def origin(self) -> str:
        """SQL of the value that a cell moved from: what was there, and what of its growth time explains."""
        if self.measure.kind == "share":
            return "value_before"
        return "if(value_now > value_before, least(value_now, value_before * growth), value_before)"

    @property
    def movement(self) -> str:
        """SQL of a cell's movement: points of a share; of counts as a share of what was there, null for nothing."""
        difference = "value_now - origin"
        return difference if self.measure.kind == "share" else f"({difference}) / nullif(origin, 0)"

    @property
    def is_large(self) -> str:
        """SQL of whether the limit decides on the cell, rather than the floor."""
        large = "least(base_before, base_now)" if self.measure.kind == "share" else f"{self.limit.warn} * value_before"
        return f"coalesce({large} >= {self.floor}, false)"

    def is_beyond(self, limit: float) -> str:
        """SQL of whether the cell moved further."""
        if self.measure.kind == "share":
            return f"is_large and abs(movement) > {limit}"
        return f"abs(value_now - origin) > greatest({limit} * origin, {self.floor})"

    def has_outgrown(self, limit: float) -> str:
        """SQL of whether a cell of a running year grew further."""
        if self.measure.kind == "share":
            return "false"
        return f"value_before >= {_FLOORS_OF_GROWTH * self.floor} and value_now - origin > {limit} * origin"


def _rules(thresholds: Thresholds, past: dict[str, list[float]]) -> list[_Rule]:
    limits = limits_of(thresholds, past)
    return [
        _Rule(each, limits[each.name], thresholds.measures[each.name].floor, thresholds.running) for each in measures()
    ]


# a list that lost rows unseen moves every figure that is read from it; who means it writes the entry
REFERENCE_CHECK = AuditCheck(
    "reference_changes_explained",
    "fail",
    "integrity",
    "drift",
    "reference tables",
    "Every row of a list, definition or other reference table that came, went or changed since the last release has an"
    " entry in reference_changes.csv (make reference-changes writes it, but for the reason).",
)


# batches are only ever added: without one, the versions of works before it come back, or none is left
BATCHES_CHECK = AuditCheck(
    "batches_kept",
    "fail",
    "judgement",
    "drift",
    "mart_ops_batches",
    "Every batch that the last release was built from is there.",
)


# whoever reads a release has its names in charts and queries
SCHEMA_CHECK = AuditCheck(
    "schema_changes_announced",
    "fail",
    "judgement",
    "drift",
    "all tables",
    "No table or column of the last release is gone or of another type, unless its description there says Deprecated.",
)


def drift_checks() -> list[AuditCheck]:
    """Those of reference tables, batches and schema, and the two of each measure with the limits without history."""
    of_measures = [check for rule in _rules(_thresholds(), {}) for check in rule.checks()]
    return [REFERENCE_CHECK, BATCHES_CHECK, SCHEMA_CHECK, *of_measures]


def _thresholds() -> Thresholds:
    return load_thresholds([measure.name for measure in measures()])


def measure_drift(settings: Settings, lineage: Lineage, baseline: Baseline) -> list[Metric]:
    """Judge the reference tables and every measure; writes what it found into `audit/` of the candidate.

    Raises:
        SettingsError: thresholds.yml has a mistake.
        ContractError: the head of a measure has one.
    """
    thresholds = _thresholds()
    if baseline.release is None:
        note_nothing(settings, lineage.run_id)
        return [Metric(check, None, skipped=baseline.reason) for check in drift_checks()]
    started = time.monotonic()
    with opened(settings, lineage, baseline) as db:
        _make_tables(db)
        changes = _changes(settings, lineage, baseline)
        compared = (baseline.release, *baseline.earlier)
        past = past_movements(db, [settings.releases_dir / each.release_id / "parquet" for each in compared])
        comparison = _Comparison(db, lineage.run_id, baseline.release.release_id, changes)
        found = [
            comparison.judge_reference(),
            _judge_batches(baseline.release, lineage),
            _judge_schema(baseline.release, lineage),
        ]
        found += [metric for rule in _rules(thresholds, past) for metric in comparison.judge(rule)]
        _write(db, _folder(settings, lineage.run_id))
    log.info("gate 3: drift of %d measures, %.1f s", len(measures()), time.monotonic() - started)
    return found


def _judge_batches(release: Release, lineage: Lineage) -> Metric:
    lost = sorted({*release.batches} - {*lineage.batches})
    if len(lost) == len(release.batches):
        # a home that was emptied, and filled from the same source again
        return Metric(BATCHES_CHECK, None, skipped=f"release {release.release_id} was built from none of these batches")
    return Metric(BATCHES_CHECK, float(len(lost)), examples="; ".join(lost[:EXAMPLES]))


def _judge_schema(release: Release, lineage: Lineage) -> Metric:
    if release.schema_changes is None:
        # it could not announce what goes
        return Metric(SCHEMA_CHECK, None, skipped=f"release {release.release_id} is of before changes were announced")
    before = [table for table in release.tables if not table.name.startswith(OF_THE_PIPELINE)]
    broken = [change for change in schema_changes(before, lineage.tables) if change.breaks_readers]
    return Metric(SCHEMA_CHECK, float(len(broken)), examples="; ".join(change.words for change in broken[:EXAMPLES]))


def _changes(settings: Settings, lineage: Lineage, baseline: Baseline) -> Changes:
    release = baseline.release
    assert release is not None, "drift is measured against a release"
    before = read_tables(baseline.folder / "reference")
    now = read_tables(settings.build_dir / lineage.run_id / "reference")
    if differing := differences(release, lineage):
        log.info("gate 3: release %s was made with %s", release.release_id, differing)
    return Changes(
        before,
        now,
        release.fetch_version == lineage.fetch_version,
        release.release_id,
        tuple(reference_changes(before, now, since=release.published_at, until=lineage.built_at)),
    )


@dataclass(frozen=True)
class _Comparison:
    """A candidate beside a release, in a connection that has the tables of both."""

    db: duckdb.DuckDBPyConnection
    run_id: str
    release_id: str
    changes: Changes

    def judge_reference(self) -> Metric:
        """Whether every change of a reference table is meant; notes them all."""
        for side, tables in (("release " + self.release_id, self.changes.before), ("the candidate", self.changes.now)):
            if not tables:
                return Metric(REFERENCE_CHECK, None, skipped=f"{side} carries no reference tables")
        changes = self.changes.reference
        if changes:
            self.db.executemany(
                "insert into changed_reference values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [self._row(change) for change in changes],
            )
        unexplained = [str(change) for change in changes if not change.is_explained]
        return Metric(
            REFERENCE_CHECK,
            float(len(unexplained)),
            examples="; ".join(unexplained[:EXAMPLES]),
            note=f"{len(changes) - len(unexplained)} changes are meant",
        )

    def _row(self, change: ReferenceChange) -> tuple[object, ...]:
        return (
            self.run_id,
            self.release_id,
            change.table,
            change.key,
            change.change,
            change.before or None,
            change.now or None,
            change.is_explained,
            change.entry_date or None,
            change.reason or None,
        )

    def judge(self, rule: _Rule) -> list[Metric]:
        """Judge every cell of a measure; notes in `drift` what moved."""
        if too_few := self._too_few():
            return self._not_compared(rule, too_few)
        joined = join_cells(self.db, rule.measure, self.release_id)
        if joined.problem:
            return self._not_compared(rule, joined.problem, is_fault=joined.is_fault)
        excuse_cells(self.db, self.changes.excuses(rule.measure, joined.columns))
        self._judge_cells(rule)
        self._keep()
        return [self._metric(rule, check) for check in rule.checks()]

    def _too_few(self) -> str:
        """Why nothing can be compared with so small a release; empty when it is large enough."""
        self.db.execute("set schema = 'baseline'")
        try:
            ((papers,),) = self.db.execute("select count(*) from fct_works where is_joint").fetchall()
        except duckdb.Error as error:
            return f"release {self.release_id} cannot be asked: {str(error).splitlines()[0]}"
        return f"the {papers} joint papers of release {self.release_id} are too few" if papers < ENOUGH_PAPERS else ""

    def _judge_cells(self, rule: _Rule) -> None:
        """Make the table `judged`: the cells of `joined` with movement and outcome."""
        limit = rule.limit
        self.db.execute(
            f"""
            create or replace temp table judged as
            with origins as (select *, {rule.origin} as origin from joined),
            moved as (select *, {rule.movement} as movement, {rule.is_large} as is_large from origins)
            select
                {quoted(self.run_id)} as run_id, {quoted(self.release_id)} as compared_with,
                {quoted(rule.measure.name)} as measure, coalesce(nullif(cell, ''), 'all') as cell,
                value_before, value_now, movement, {limit.warn} as warn_limit, {limit.fail} as fail_limit,
                {quoted(limit.basis)} as limit_basis, is_large,
                case
                    when excuse is not null then 'excused'
                    when value_before is null or value_now is null then 'not_compared'
                    when is_open and value_now >= value_before then case
                        when {rule.has_outgrown(rule.running.fail)} then 'failed'
                        when {rule.has_outgrown(rule.running.warn)} then 'warned'
                        else 'running'
                    end
                    when {rule.is_beyond(limit.fail)} then 'failed'
                    when {rule.is_beyond(limit.warn)} then 'warned'
                    else 'within'
                end as outcome,
                excuse as reason
            from moved
            """
        )

    def _keep(self) -> None:
        """Take the worst cells into `drift`: at least one a measure, which the history of movements needs."""
        self.db.execute(
            f"""
            insert into drift by name
            select judged.* from judged
            qualify
                row_number() over (order by {_WORST})
                <= if(outcome in ('failed', 'warned'), {OUTSIDE_KEPT}, {INSIDE_KEPT})
                and (movement is distinct from 0 or row_number() over (order by {_WORST}) = 1)
            """
        )

    def _not_compared(self, rule: _Rule, reason: str, *, is_fault: bool = False) -> list[Metric]:
        limit = rule.limit
        self.db.execute(
            """
            insert into drift by name
            select ? as run_id, ? as compared_with, ? as measure, 'all' as cell, ? as warn_limit, ? as fail_limit,
                ? as limit_basis, false as is_large, 'not_compared' as outcome, ? as reason
            """,
            [self.run_id, self.release_id, rule.measure.name, limit.warn, limit.fail, limit.basis, reason],
        )
        told = {"problem": reason} if is_fault else {"skipped": reason}
        return [Metric(check, None, **told) for check in rule.checks()]

    def _metric(self, rule: _Rule, check: AuditCheck) -> Metric:
        outside = "'failed'" if check.severity == "fail" else "'failed', 'warned'"
        ((cells, excused, broken, reasons),) = self.db.execute(
            f"""
            select count(*), count(*) filter (outcome = 'excused'), count(*) filter (outcome in ({outside})),
                list(distinct reason order by reason) filter (reason is not null)
            from judged
            """
        ).fetchall()
        ((all_outside,),) = self.db.execute(
            f"""
            select coalesce(
                string_agg(
                    concat_ws(' ', cell, format('{{:.6g}}', value_before), format('{{:.6g}}', value_now)),
                    '; ' order by cell
                ),
                ''
            )
            from judged where outcome in ({outside})
            """
        ).fetchall()
        why = "; ".join(reasons or ())
        if cells and cells == excused:
            return Metric(check, None, skipped=why)
        worst = self.db.execute(
            f"""
            select cell, value_before, value_now, movement from judged
            where outcome in ({outside}) order by {_WORST} limit {EXAMPLES}
            """
        ).fetchall()
        note = f"{cells - excused:,} cells compared" + (f", {excused:,} not: {why}" if excused else "")
        return Metric(
            check,
            float(broken),
            examples="; ".join(_in_words(rule.measure, *row) for row in worst),
            note=note,
            all_found=f"{self.release_id}: {all_outside}",
        )


def _in_words(measure: Measure, cell: str, before: float, now: float, movement: float | None) -> str:
    """`reporter_code=DE, publication_year=2021: 812 -> 1,002 (+23.4 %)`."""
    if measure.kind == "share":
        return f"{cell}: {before:.1%} -> {now:.1%}"
    moved = f" ({movement:+.1%})" if movement is not None else ""
    return f"{cell}: {before:,.6g} -> {now:,.6g}{moved}"


def note_nothing(settings: Settings, run_id: str) -> None:
    """Write both tables without a row: there is nothing to compare with."""
    with connect(settings) as db:
        _make_tables(db)
        _write(db, _folder(settings, run_id))


def _folder(settings: Settings, run_id: str) -> Path:
    return ensure_dir(settings.build_dir / run_id / "audit")


def _make_tables(db: duckdb.DuckDBPyConnection) -> None:
    db.execute(f"create temp table drift ({_COLUMNS})")
    db.execute(f"create temp table changed_reference ({_REFERENCE_COLUMNS})")


def _write(db: duckdb.DuckDBPyConnection, folder: Path) -> None:
    ordered = {
        TABLE: f"from drift order by measure, {_WORST}",
        REFERENCE_TABLE: f"from changed_reference order by {_REFERENCE_ORDER}",
    }
    with storage_errors(folder):
        for name, rows in ordered.items():
            db.execute(f"copy ({rows}) to {quoted(folder / f'{name}.parquet')} (format parquet, compression zstd)")
