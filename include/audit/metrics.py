"""The numbers that gate 3 judges: DuckDB over the candidate's Parquet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from include.audit.registry import Applies, AuditCheck
from include.common.sql import read_parquet
from include.contracts.batch import NOT_CHECKED
from include.contracts.finding import Kind, finding_name

# rows that are shown of those that break a check
EXAMPLES = 3
# fields that a corpus may not have: the threshold below which it has none, and which of a release's joint papers had it
_FIELDS: dict[str, tuple[str, str]] = {
    "funding": ("funding_disclosed_fail", "work_id in (select work_id from {funding})"),
    "topics": ("topics_known_fail", "primary_topic_id is not null"),
}


@dataclass(frozen=True)
class Metric:
    """A check with its number. `value` is None when it could not be computed; then `problem` says why.

    `skipped` says why there is nothing to check; such a check is not judged. `note` says more of what was found,
    `found` all that a suite found. `all_found` is everything that a finding's name stands for, where `observed` shows
    some of it.
    """

    check: AuditCheck
    value: float | None
    problem: str = ""
    examples: str = ""
    skipped: str = ""
    note: str = ""
    found: str = ""
    all_found: str = ""

    @property
    def observed(self) -> str:
        """What was found, in words."""
        if self.skipped:
            return f"{NOT_CHECKED}{self.skipped}"
        if self.value is None:
            return f"could not be computed: {self.problem}"
        if self.found:
            return self.found
        if self.check.at_least is not None:
            return f"{self.value:.6g}"
        rows = f"{self.value:,.0f} row{'' if self.value == 1 else 's'}"
        found = f"{rows}, such as {self.examples}" if self.examples else rows
        return f"{found} ({self.note})" if self.note else found

    @property
    def kind(self) -> Kind:
        """A number that could not be computed is no judgement, whatever it is a number of."""
        return self.check.kind if self.value is not None or self.skipped else "integrity"

    @property
    def finding(self) -> str:
        """Its name; empty when the check passed."""
        return "" if self.passed else finding_name(self.check.check_id, self.all_found or self.observed)

    @property
    def passed(self) -> bool:
        """What the number says; Great Expectations is asked all the same, and a test holds that they agree."""
        if self.value is None:
            return bool(self.skipped)
        floor = self.check.at_least
        return self.value >= floor if floor is not None else self.value == 0


def reasons_to_skip(
    db: duckdb.DuckDBPyConnection, thresholds: Mapping[str, float], last_release: Path | None = None
) -> dict[Applies, str]:
    """Why checks of each kind have nothing to check; empty where they have. `last_release` is its folder of Parquet."""
    # read from the facts: an empty mart must not excuse itself
    papers = _number(db, "select count(*) from fct_works where is_joint").value
    few = papers is not None and papers < thresholds["enough_papers"]
    too_few = f"{papers:.0f} joint papers are too few" if few else ""
    fields = {field: too_few or _not_recorded(db, field, thresholds, last_release) for field in _FIELDS}
    return {
        "always": "",
        "with_joint_papers": "there are no joint papers" if papers == 0 else "",
        "with_enough_papers": too_few,
        "with_funding": fields["funding"],
        "with_topics": fields["topics"],
    }


def _not_recorded(
    db: duckdb.DuckDBPyConnection, field: str, thresholds: Mapping[str, float], last_release: Path | None
) -> str:
    """Why nothing can be asked of a field: the records hardly have it, and no release before had it. Else empty."""
    threshold, had = _FIELDS[field]
    try:
        found = db.execute("select papers, of_papers from recorded_fields where field = ?", [field]).fetchone()
    except duckdb.Error:
        # the checks cannot be computed then, and say so
        return ""
    if found is None or found[0] >= thresholds[threshold] * found[1]:
        return ""
    if last_release is not None:
        works, funding = (read_parquet(last_release / f"{name}.parquet") for name in ("fct_works", "fct_work_funding"))
        sql = f"select avg(({had.format(funding=funding)})::integer) from {works} where is_joint"
        if (_number(db, sql).value or 0) >= thresholds[threshold]:
            return ""
    return f"the records of {found[0]:,} of {found[1]:,} joint papers have {field}, and no release before had more"


def compute(db: duckdb.DuckDBPyConnection, checks: list[AuditCheck], reasons: Mapping[Applies, str]) -> list[Metric]:
    """The number of each check, with examples of the rows that break it."""
    return [_compute_one(db, check, reasons[check.applies]) for check in checks]


@dataclass(frozen=True)
class _Number:
    value: float | None
    problem: str = ""


def _number(db: duckdb.DuckDBPyConnection, sql: str) -> _Number:
    try:
        (value,) = db.execute(sql).fetchall()[0]
    except duckdb.Error as error:
        return _Number(None, str(error).splitlines()[0])
    except IndexError:
        return _Number(None, "the result is empty")
    return _Number(None, "the result is empty") if value is None else _Number(float(value))


def _compute_one(db: duckdb.DuckDBPyConnection, check: AuditCheck, skipped: str) -> Metric:
    if skipped:
        return Metric(check, None, skipped=skipped)
    number = _number(db, check.metric)
    examples = examples_of(db, check.sql) if check.at_least is None and number.value else ""
    return Metric(check, number.value, problem=number.problem, examples=examples)


def examples_of(db: duckdb.DuckDBPyConnection, breaking: str) -> str:
    """A few of the rows that break a check, in words."""
    found = db.execute(f"select * from (\n{breaking}\n) order by all limit {EXAMPLES}")
    names = [column[0] for column in found.description or []]
    return "; ".join(
        ", ".join(f"{name}={value}" for name, value in zip(names, row, strict=True)) for row in found.fetchall()
    )
