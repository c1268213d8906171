"""Great Expectations judges each table, and the numbers of the checks in SQL, and documents what it judged.

It cannot run on DuckDB itself (great_expectations#10738), so it gets pandas frames: of a table the columns that its
suite speaks of, one table after another; of the checks in SQL, and of tables that are judged in DuckDB, one row of
numbers. A check without a number fails: an expectation on the largest value refuses an empty column.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from include.audit.counts import breaking_rows, examples
from include.audit.metrics import Metric
from include.audit.registry import AuditCheck
from include.audit.suites import Expectation, TableSuite
from include.common.sql import identifier

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations.data_context import EphemeralDataContext

SITE = "gate_3"
# a frame of so many rows and twenty columns takes about 200 MB; larger tables are judged in DuckDB
LARGEST_FRAME_ROWS = 1_000_000


@dataclass(frozen=True)
class _Asked:
    """An expectation on its way to Great Expectations: class, arguments, and what it is for."""

    check: AuditCheck
    kind: str
    arguments: dict[str, Any]
    says: str


def judge(
    db: duckdb.DuckDBPyConnection, metrics: Sequence[Metric], tables: Sequence[TableSuite], docs: Path
) -> list[Metric]:
    """What every check found; writes Data Docs to `docs`.

    Of `metrics` those come back that Great Expectations takes another way than their number says, as failed.
    """
    return _Judge(docs).run(db, metrics, tables)


class _Judge:
    def __init__(self, docs: Path) -> None:
        # it tells hundreds of things about itself while it is imported
        logging.getLogger("great_expectations").setLevel(logging.WARNING)
        self._context = _context(docs)
        self._source = self._context.data_sources.add_pandas("candidate")

    def run(
        self, db: duckdb.DuckDBPyConnection, metrics: Sequence[Metric], tables: Sequence[TableSuite]
    ) -> list[Metric]:
        together = [table for table in tables if table.judged_by == "together"]
        found = self._numbers([*metrics, *(metric for table in together for metric in _counted(db, table))])
        for table in tables:
            if table not in together:
                found += self._table(db, table)
        # once: as an action of a checkpoint it writes the pages of all groups again. The index is ours (docs.py)
        self._context.build_data_docs(site_names=[SITE], build_index=False)
        return found

    def _numbers(self, metrics: Sequence[Metric]) -> list[Metric]:
        import pandas as pd

        judged = [metric for metric in metrics if not metric.skipped]
        passed: dict[str, bool] = {}
        for group in dict.fromkeys(metric.check.group for metric in judged):
            members = [metric for metric in judged if metric.check.group == group]
            frame = pd.DataFrame([{metric.check.check_id: metric.value for metric in members}], dtype="float64")
            outcomes = self._ask(group, frame, [_of_number(metric) for metric in members])
            passed |= {outcome.check_id: outcome.success for outcome in outcomes}
        return [_agreed(metric, passed.get(metric.check.check_id, False)) for metric in metrics]

    def _table(self, db: duckdb.DuckDBPyConnection, table: TableSuite) -> list[Metric]:
        if table.problem:
            return _unanswered(table, table.problem)
        try:
            if table.judged_by == "duckdb" or table.table.rows > LARGEST_FRAME_ROWS:
                counts = breaking_rows(db, table)
                frame, asked = _frame_of_counts(counts), _of_counts(table, counts)
            else:
                counts = {}
                frame, asked = _frame(db, table), [_of_column(table, one) for one in table.expectations]
        except duckdb.Error as error:
            return _unanswered(table, str(error).splitlines()[0])
        outcomes = self._ask(table.table.name, frame, asked)
        return [_found(db, table, check, outcomes, counts) for check in table.checks]

    def _ask(self, name: str, frame: pd.DataFrame, asked: Iterable[_Asked]) -> list[_Outcome]:
        import great_expectations as gx

        batch = self._source.add_dataframe_asset(name=name).add_batch_definition_whole_dataframe("candidate")
        suite = self._context.suites.add(
            gx.ExpectationSuite(name=name, expectations=[_expectation(one) for one in asked])
        )
        # without a checkpoint, which asks for every part of itself again before it runs
        definition = self._context.validation_definitions.add(
            gx.ValidationDefinition(name=name, data=batch, suite=suite)
        )
        result = definition.run(batch_parameters={"dataframe": frame}, result_format="BASIC")
        return [
            _Outcome(
                outcome.expectation_config.meta["check_id"],
                outcome.expectation_config.meta["says"],
                bool(outcome.success),
                (outcome.result or {}).get("unexpected_count"),
            )
            for outcome in result.results
        ]


@dataclass(frozen=True)
class _Outcome:
    check_id: str
    says: str
    success: bool
    breaking_rows: int | None


def _context(docs: Path) -> EphemeralDataContext:
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    site = {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": _as_it_stands(docs)},
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
    }
    return gx.get_context(
        mode="ephemeral",
        project_config=DataContextConfig(
            store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
            data_docs_sites={SITE: site},
            analytics_enabled=False,
            progress_bars=ProgressBarsConfig(globally=False),
        ),
    )


def _as_it_stands(path: Path) -> str:
    """Great Expectations puts variables of the environment in place of `$NAME`, also in paths."""
    return str(path).replace("$", r"\$")


def _expectation(asked: _Asked) -> Any:
    import great_expectations as gx

    return getattr(gx.expectations, asked.kind)(
        **asked.arguments,
        severity="critical" if asked.check.severity == "fail" else "warning",
        meta={"check_id": asked.check.check_id, "says": asked.says},
    )


def _of_number(metric: Metric) -> _Asked:
    check = metric.check
    arguments = {
        "column": check.check_id,
        "min_value": check.at_least,
        "max_value": 0 if check.at_least is None else None,
        "description": check.sentence,
        "notes": f"Table: {check.table}. Expected: {check.expected}. Observed: {metric.observed}.",
    }
    return _Asked(check, "ExpectColumnMaxToBeBetween", arguments, check.sentence)


def _agreed(metric: Metric, passed: bool) -> Metric:
    if metric.skipped or passed == metric.passed:
        return metric
    return Metric(metric.check, None, problem=f"Great Expectations does not take {metric.observed}")


def _of_column(table: TableSuite, expectation: Expectation) -> _Asked:
    return _Asked(_check(table, expectation), expectation.kind, expectation.arguments, expectation.says)


def _check(table: TableSuite, expectation: Expectation) -> AuditCheck:
    return next(check for check in table.checks if check.check_id == expectation.check_id)


def _frame(db: duckdb.DuckDBPyConnection, table: TableSuite) -> pd.DataFrame:
    """The columns that the suite speaks of. Texts are numbered, so that a frame takes a few bytes a value."""
    columns = {name: sql for one in table.expectations for name, sql in one.columns.items()}
    chosen = ", ".join(f"{sql} as {identifier(name)}" for name, sql in columns.items())
    found = db.execute(f"select {chosen} from {identifier(table.table.name)}").to_arrow_table()
    frame: pd.DataFrame = found.to_pandas(strings_to_categorical=True, date_as_object=False)
    return frame


def _frame_of_counts(counts: dict[str, int]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame([counts], dtype="float64")


def _of_counts(table: TableSuite, counts: dict[str, int]) -> list[_Asked]:
    asked = []
    for one in table.expectations:
        bounds = {"min_value": 0, "max_value": 0}
        if one.is_of_row_count:
            bounds = {"min_value": one.arguments["min_value"], "max_value": one.arguments["max_value"]}
        arguments = {"column": one.says, **bounds, "description": f"Rows of which it is not true that {one.says}"}
        asked.append(_Asked(_check(table, one), "ExpectColumnMaxToBeBetween", arguments, one.says))
    return asked


def _found(
    db: duckdb.DuckDBPyConnection,
    table: TableSuite,
    check: AuditCheck,
    outcomes: list[_Outcome],
    counts: dict[str, int],
) -> Metric:
    """What the expectations of one check found together."""
    asked = [one for one in outcomes if one.check_id == check.check_id]
    failed = [one for one in asked if not one.success]
    if not asked:
        return Metric(check, None, problem="Great Expectations gave no answer")
    if not failed:
        return Metric(check, 0, found=f"{len(asked)} expectation{'s' if len(asked) > 1 else ''} met")
    said = {one.says: one for one in table.expectations}
    texts = [
        f"{one.says}: {_what_breaks(db, table, said[one.says], counts.get(one.says, one.breaking_rows))}"
        for one in failed
    ]
    return Metric(check, len(failed), found=f"not met: {'; '.join(texts)}")


def _unanswered(table: TableSuite, problem: str) -> list[Metric]:
    """Every check of the table, without a number: such a check fails."""
    return [Metric(check, None, problem=problem) for check in table.checks]


def _counted(db: duckdb.DuckDBPyConnection, table: TableSuite) -> list[Metric]:
    """The checks of a table that is judged with others: each has the number of its expectations that are not met."""
    if table.problem:
        return _unanswered(table, table.problem)
    try:
        counts = breaking_rows(db, table)
    except duckdb.Error as error:
        return _unanswered(table, str(error).splitlines()[0])
    outcomes = [
        _Outcome(one.check_id, one.says, _is_met(one, counts[one.says]), counts[one.says]) for one in table.expectations
    ]
    return [_found(db, table, check, outcomes, counts) for check in table.checks]


def _is_met(expectation: Expectation, count: int) -> bool:
    if expectation.is_of_row_count:
        least, most = (expectation.arguments[bound] for bound in ("min_value", "max_value"))
        return bool(least <= count <= most)
    return count == 0


def _what_breaks(db: duckdb.DuckDBPyConnection, table: TableSuite, expectation: Expectation, number: int | None) -> str:
    if expectation.is_of_row_count:
        ((rows,),) = db.execute(f"select count(*) from {identifier(table.table.name)}").fetchall()
        return f"there are {rows:,}"
    rows = "not every row" if number is None else f"{number:,} row{'' if number == 1 else 's'}"
    return f"{rows}, such as {examples(db, table, expectation)}"
