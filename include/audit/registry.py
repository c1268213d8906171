"""The checks of gate 3 that need SQL: one file a check in `checks/`, named after it. This module reads them.

A file begins with its header, lines `-- key: value`; a value goes on in a line `--     more`:

    -- severity: fail            fail, warn, or `warn, fail` for two checks on one number
    -- kind: integrity           the data contradicts itself; or judgement, which a person may accept (make accept)
    -- group: sums               the page of the Data Docs that it stands on
    -- table: mart_funding_sources
    -- sentence: Papers that disclose funding are no more than the joint papers.
    -- applies: always           when there is something to check (APPLIES)
    -- at_least: funding_disclosed   only for a check of one number: a number, or a threshold

The body selects the rows that break the check, or with `at_least` the one number that is judged. Thresholds
(thresholds.yml) are DuckDB variables in it: `getvariable('enough_papers')`. Of `warn, fail` the check ids and the
thresholds end in _warn and _fail. In a sentence `{limit:.0%}` is the floor, `{enough_papers}` any threshold.
What the SQL can read is in `tables.py`.

A check that cannot be computed has failed: a missing table or column is no reason to publish.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

import duckdb

from include.common.errors import EntangledError
from include.contracts.finding import Kind

Severity = Literal["fail", "warn"]
# when there is something to check (metrics.py)
Applies = Literal["always", "with_joint_papers", "with_enough_papers", "with_funding", "with_topics"]
# the groups of checks in SQL; each table with a suite is a group of its own
Group = Literal["completeness", "sums", "nesting", "keys", "recounts", "labels", "drift", "coverage"]

FOLDER = Path(__file__).parent / "checks"
_KEYS = ("severity", "kind", "group", "table", "sentence", "applies", "at_least")
_OPTIONAL = ("at_least",)
_HEADER_LINE = re.compile(r"-- (?P<key>[a-z_]+): (?P<value>.*\S)\s*")
_MORE = re.compile(r"--  +(?P<value>.*\S)\s*")


class CheckFileError(EntangledError):
    """A file of a check, a suite or the thresholds is wrong. Nothing was audited."""

    exit_code = 2


@dataclass(frozen=True)
class AuditCheck:
    """One check. Its SQL selects the rows that break it (expected: none); with `at_least`, one number."""

    check_id: str
    severity: Severity
    kind: Kind
    group: str
    table: str
    sentence: str
    sql: str = ""
    applies: Applies = "always"
    at_least: float | None = None

    @property
    def metric(self) -> str:
        """SQL of the one number that is judged."""
        return self.sql if self.at_least is not None else f"select count(*) from (\n{self.sql}\n)"

    @property
    def expected(self) -> str:
        """What passes, in words."""
        return f"at least {self.at_least:g}" if self.at_least is not None else "no rows that break it"


def load_checks(thresholds: Mapping[str, float], folder: Path = FOLDER) -> list[AuditCheck]:
    """Every check of `folder`, in the order of the names.

    Raises:
        CheckFileError: a file has no header, one with a mistake, or no SQL that can be read.
    """
    # it only reads the SQL; to open it takes longer than to read all files
    with duckdb.connect() as parser:
        return [check for file in sorted(folder.glob("*.sql")) for check in _checks_of(file, thresholds, parser)]


def _checks_of(file: Path, thresholds: Mapping[str, float], parser: duckdb.DuckDBPyConnection) -> list[AuditCheck]:
    text = file.read_text(encoding="utf-8")
    header = _header(file, text)
    severities = [part.strip() for part in header["severity"].split(",")]
    if not set(severities) <= set(get_args(Severity)) or len(set(severities)) != len(severities):
        raise _wrong(file, f"severity `{header['severity']}` is not fail, warn or `warn, fail`")
    if len(severities) > 1 and "at_least" not in header:
        raise _wrong(file, "two severities need `at_least`: one number is held against two floors")
    for key, known in (("kind", get_args(Kind)), ("group", get_args(Group)), ("applies", get_args(Applies))):
        if header[key] not in known:
            raise _wrong(file, f"{key} `{header[key]}` is none of {', '.join(known)}")
    sql = _body(file, text, parser)
    found = []
    for severity in severities:
        ending = f"_{severity}" if len(severities) > 1 else ""
        limit = _limit(file, header["at_least"], ending, thresholds) if "at_least" in header else None
        found.append(
            AuditCheck(
                check_id=file.stem + ending,
                severity=cast(Severity, severity),
                kind=cast(Kind, header["kind"]),
                group=header["group"],
                table=header["table"],
                sentence=_sentence(file, header["sentence"], {**thresholds, "limit": limit}),
                sql=sql,
                applies=cast(Applies, header["applies"]),
                at_least=limit,
            )
        )
    return found


def _header(file: Path, text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    last = ""
    for line in text.splitlines():
        if match := _HEADER_LINE.fullmatch(line):
            last, value = match["key"], match["value"]
            if last not in _KEYS:
                raise _wrong(file, f"the header has a key `{last}`; those known are {', '.join(_KEYS)}")
            if last in found:
                raise _wrong(file, f"the header has `{last}` twice")
            found[last] = value
        elif (match := _MORE.fullmatch(line)) and last:
            found[last] += " " + match["value"]
        else:
            break
    missing = [key for key in _KEYS if key not in found and key not in _OPTIONAL]
    if missing:
        raise _wrong(file, f"the header lacks {', '.join(missing)}")
    return found


def _body(file: Path, text: str, parser: duckdb.DuckDBPyConnection) -> str:
    """The SQL, which is one `select`. The header stays: to DuckDB it is a comment."""
    try:
        statements = parser.extract_statements(text)
    except duckdb.Error as error:
        raise _wrong(file, f"DuckDB cannot read the SQL: {str(error).splitlines()[0]}") from None
    if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
        raise _wrong(file, f"the SQL is {len(statements)} statements, not one select")
    return text.strip().rstrip(";")


def _limit(file: Path, text: str, ending: str, thresholds: Mapping[str, float]) -> float:
    try:
        return float(text)
    except ValueError:
        pass
    if text + ending not in thresholds:
        raise _wrong(file, f"at_least names `{text + ending}`, which is no number and no threshold of thresholds.yml")
    return thresholds[text + ending]


def _sentence(file: Path, text: str, values: Mapping[str, float | None]) -> str:
    try:
        return text.format(**values)
    except (KeyError, ValueError, IndexError, TypeError) as error:
        raise _wrong(file, f"the sentence cannot be filled in: {error}") from None


def _wrong(file: Path, what: str) -> CheckFileError:
    return CheckFileError(
        f"the check {file.stem} cannot be used: {what}",
        where=str(file),
        fix="mend the file; include/audit/registry.py says how a check is written, and its neighbours show it",
    )
