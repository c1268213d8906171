"""Cases: small inputs with their right answers, each through the whole pipeline (`make cases`).

A case is a file `tests/cases/<name>.yaml`. To add one, write such a file; nothing else needs to know of it.

    about: A list of award numbers in one field is as many numbers.      # what it stands for, a sentence
    records:                          # works, each a change of a base record of tests/cases/base/<name>.json ...
      - like: joint                   # a paper of Oxford and Tsinghua of 2021, in the form that the API has today
        id: W8001                     # its own: no two cases that share a home may have the same work
        set: {"awards.0.funder_award_id": "61876176, 62006203", "authorships.1.countries": []}
        drop: [is_paratext]
    files:                            # ... or files of any form, by name below the corpus folder
      today.jsonl: {path: ../shared/data/cases/today_without_grants.jsonl}      # without that file: skipped
      answer.json.gz: {records: [{like: joint, id: W8002}], as: response, gzip: true, encoding: utf-16}
      error.html: {text: "<html>502</html>"}
    scope: {side_a: NO}               # settings that differ from config/scopes/recorded.yaml
    alone: true                       # a home of its own; cases with another scope have one anyway
    right:                            # what the release says, and what is right
      - sql: select count(*) from fct_work_awards where work_id in $works      # $works: the ids of this case's records
        is: 2                         # a value, a row or rows; numbers within 1e-9
      - of: warehouse                 # release (default), warehouse, or typed (tables of all typed batches)
        sql: select ...
        is: [[2020, 1], [2021, 3]]
    quarantined: {no_id: 1}           # reason -> records of this case; default none
    skipped_files: {error.html: "no JSON"}      # files that are not read -> a part of the reason
    refused: there are no works       # the run must end with an error that says so, and without a traceback

Files of the cases that need no home of their own lie in one folder, each case in its own below it, and go through one
sandbox, one run and one build. A build takes most of the time of a small run, so forty cases take little more than one.
Always checked: the run's end, records in = typed + quarantined, and that no log holds a traceback.
"""

from __future__ import annotations

import copy
import gzip
import json
import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import duckdb
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from include.common.errors import EntangledError
from include.common.sql import quoted, read_parquet_of
from include.pipeline.truth import TOLERANCE, command, pipeline_environment, serving
from include.report.proving import check_numbers
from include.settings import REPOSITORY, Settings
from include.warehouse import take_unit_tests_for_passed

FOLDER = REPOSITORY / "tests" / "cases"
# what the files of the cases are part of when they share a home
_SHARED = "together"
# one home a core: the runs are bound by processors
_AT_ONCE = 2


class CaseError(EntangledError):
    """A case file cannot be used. Nothing was run."""

    exit_code = 2


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Change(_Part):
    """A record that differs from a base record: `set` (path -> value) after `drop` (paths)."""

    like: str
    id: str | None = None
    set: dict[str, Any] = {}
    drop: list[str] = []

    def record(self) -> dict[str, Any]:
        """The whole record."""
        found: dict[str, Any] = copy.deepcopy(_base(self.like))
        if self.id is not None:
            found |= {"id": f"https://openalex.org/{self.id}", "doi": f"https://doi.org/10.5555/case.{self.id[1:]}"}
            found["ids"] = {"openalex": found["id"]}
        for path in self.drop:
            _at(found, path, None, drop=True)
        for path, value in self.set.items():
            _at(found, path, value, drop=False)
        return found


class CaseFile(_Part):
    """One file of a corpus: a copy of another (`path`), `text` as it stands, or `records` in some form."""

    path: str | None = None
    text: str | None = None
    records: list[Change] | None = None
    form: Literal["lines", "array", "response", "parquet"] = Field("lines", alias="as")
    encoding: str = "utf-8"
    newline: Literal["lf", "crlf"] = "lf"
    gzip: bool = False


class Answer(_Part):
    """A question to what came out, and its right answer."""

    sql: str
    right: Any = Field(alias="is")
    of: Literal["release", "warehouse", "typed"] = "release"


class Case(_Part):
    """One case file, read."""

    about: str
    records: list[Change] | None = None
    files: dict[str, CaseFile] = {}
    scope: dict[str, Any] = {}
    alone: bool = False
    right: list[Answer] = []
    quarantined: dict[str, int] = {}
    skipped_files: dict[str, str] = {}
    refused: str | None = None
    name: str = ""

    @property
    def stands_alone(self) -> bool:
        """Whether it needs a home of its own."""
        return bool(self.alone or self.scope or self.refused)

    @property
    def all_files(self) -> dict[str, CaseFile]:
        """Its files, the records of the case itself among them."""
        own = {"works.jsonl": CaseFile(records=self.records)} if self.records else {}
        return {**own, **self.files}

    @property
    def is_here(self) -> bool:
        """Whether the files are here that it copies."""
        return all((REPOSITORY / file.path).exists() for file in self.files.values() if file.path is not None)


@dataclass
class Verdict:
    """What became of a case; right when there is nothing to say against it."""

    case: Case
    wrong: list[str] = field(default_factory=list)


def read_cases(folder: Path = FOLDER, names: Sequence[str] = ()) -> list[Case]:
    """All cases of the folder, or those of these names.

    Raises:
        CaseError: a file cannot be used, or there is no case of that name.
    """
    found = {file.stem: _read(file) for file in sorted(folder.glob("*.yaml"))}
    unknown = [name for name in names if name not in found]
    if unknown:
        raise CaseError(f"there is no case {', '.join(unknown)}", where=str(folder), fix=f"known: {', '.join(found)}")
    return [found[name] for name in names or found]


def check_cases(settings: Settings, names: Sequence[str] = ()) -> bool:
    """Run the cases; prints a table and ends with `cases: n, right: n`."""
    cases = read_cases(names=names)
    here = [case for case in cases if case.is_here]
    folder = settings.home / "cases"
    shutil.rmtree(folder, ignore_errors=True)
    right = 0
    for verdict in run_cases(folder, here):
        right += not verdict.wrong
        print(f"{'WRONG' if verdict.wrong else 'right'}  {verdict.case.name:<44} {verdict.case.about}", flush=True)
        for fault in verdict.wrong:
            print(f"       {fault}")
    for case in cases:
        if not case.is_here:
            print(f"skip   {case.name:<44} the files that it reads are not here")
    print(f"cases: {len(here)}, right: {right}")
    return right == len(here)


def run_cases(folder: Path, cases: Sequence[Case]) -> Iterator[Verdict]:
    """Run the cases in homes below `folder`; the verdicts of a home as soon as it is done."""
    together = [case for case in cases if not case.stands_alone]
    homes = {case.name: [case] for case in cases if case.stands_alone}
    if together:
        # the longest first
        homes = {_SHARED: together, **homes}
    with ThreadPoolExecutor(min(_AT_ONCE, os.cpu_count() or 1)) as pool:
        for verdicts in pool.map(lambda home: _run_home(folder / home[0], home[1]), homes.items()):
            yield from verdicts


def _run_home(folder: Path, cases: list[Case]) -> list[Verdict]:
    verdicts = {case.name: Verdict(case) for case in cases}
    corpus = folder / "corpus"
    works: dict[str, list[str]] = {}
    for case in cases:
        works[case.name] = _write_files(corpus if len(cases) == 1 else corpus / case.name, case)
    _refuse_common_works(works)
    said = _run(folder, corpus, cases[0].scope)
    everything = said.log + said.sandbox_log
    for verdict in verdicts.values():
        wrong = verdict.wrong
        if "Traceback" in everything:
            wrong.append(f"a log holds a traceback: {folder}")
        if verdict.case.refused is not None:
            if said.is_released or verdict.case.refused not in everything:
                wrong.append(f"it ended without saying {verdict.case.refused!r}: {everything[-500:]}")
            continue
        if not said.is_released:
            wrong.append(f"it ended without a release: {everything[-1500:]}")
            continue
        for name, reason in verdict.case.skipped_files.items():
            if not any(f"{name}:" in line and reason in line for line in everything.splitlines()):
                wrong.append(f"no line says that {name} is not read, for {reason!r}")
        wrong += _wrong_answers(folder / "home", verdict.case, works[verdict.case.name])
    faults = [*_lost_records(folder / "home", cases), *_wrong_numbers(folder / "home")] if said.is_released else []
    for fault in faults:
        for verdict in verdicts.values():
            verdict.wrong.append(fault)
    return list(verdicts.values())


@dataclass(frozen=True)
class _Run:
    is_released: bool
    log: str
    sandbox_log: str


def _run(folder: Path, corpus: Path, scope: dict[str, Any]) -> _Run:
    folder.mkdir(parents=True, exist_ok=True)
    changed = {**yaml.safe_load((REPOSITORY / "config/scopes/recorded.yaml").read_text(encoding="utf-8")), **scope}
    scope_file = folder / "scope.yaml"
    scope_file.write_text(yaml.safe_dump(changed, sort_keys=False, allow_unicode=True), encoding="utf-8")
    sandbox_log, log = folder / "sandbox.log", folder / "run.log"
    error = ""
    try:
        with serving(corpus, log_file=sandbox_log) as url:
            environment = pipeline_environment(folder / "home", url, corpus, str(scope_file))
            # in the environment an empty setting is none
            take_unit_tests_for_passed(
                Settings.model_validate({name: said for name, said in environment.items() if said})
            )
            command(["include.pipeline", "run"], environment, log)
    except EntangledError as found:
        error = str(found)
    is_released = not error and (folder / "home" / "releases" / "current").exists()
    text = log.read_text(errors="replace") if log.exists() else ""
    return _Run(is_released, text, sandbox_log.read_text(errors="replace"))


def _wrong_answers(home: Path, case: Case, works: list[str]) -> list[str]:
    wrong = []
    for answer in case.right:
        listed = ", ".join(f"'{work}'" for work in works) or "null"
        sql = answer.sql.replace("$works", f"({listed})")
        try:
            rows = _ask(home, answer.of, sql)
        except duckdb.Error as error:
            wrong.append(f"{sql.strip()}: {str(error).splitlines()[0]}")
            continue
        if not _equal(rows, _rows(answer.right)):
            wrong.append(f"{sql.strip()}: {rows}, right is {answer.right}")
    return wrong


def _ask(home: Path, of: str, sql: str) -> list[tuple[Any, ...]]:
    if of == "typed":
        with duckdb.connect() as db:
            for file in sorted({file.name for file in (home / "typed").glob("batch=*/*.parquet")}):
                source = read_parquet_of(home / "typed", "batch=*", file)
                db.execute(f"create view {file.removesuffix('.parquet')} as from {source}")
            found: list[tuple[Any, ...]] = db.execute(sql).fetchall()
        return found
    database = home / "warehouse" / "warehouse.duckdb" if of == "warehouse" else home / "releases/current/marts.duckdb"
    with duckdb.connect(str(database), read_only=True) as db:
        rows: list[tuple[Any, ...]] = db.execute(sql).fetchall()
    return rows


def _wrong_numbers(home: Path) -> list[str]:
    """Numbers of the report that are not their mart's."""
    settings = Settings(_env_file=None, ENTANGLED_HOME=home)
    return check_numbers(settings, (settings.releases_dir / "current").resolve()).faults


def _lost_records(home: Path, cases: Sequence[Case]) -> list[str]:
    """Faults of the whole home: records that are neither typed nor in quarantine, or another reason than told."""
    wrong = [
        f"batch {batch}: {records_in} records in, {typed} typed, {quarantined} quarantined"
        for batch, records_in, typed, quarantined in _manifests(home)
        if records_in != typed + quarantined
    ]
    sql = "select reason_code, count(*) from quarantine where entity = 'works' group by all"
    found = dict(_ask(home, "typed", sql))
    told = sum((Counter(case.quarantined) for case in cases), Counter())
    if found != told:
        wrong.append(f"in quarantine are {found}, right is {told}")
    return wrong


def _manifests(home: Path) -> Iterator[tuple[str, int, int, int]]:
    for file in sorted((home / "typed").glob("batch=*/_typed.json")):
        said = json.loads(file.read_bytes())
        yield said["batch_id"], said["records_in"], said["records_typed"], said["records_quarantined"]


def _rows(right: Any) -> list[tuple[Any, ...]]:
    """A value, a row or rows, as rows."""
    if not isinstance(right, list):
        return [(right,)]
    if right and not isinstance(right[0], list):
        return [tuple(right)]
    return [tuple(row) for row in right]


def _equal(found: list[tuple[Any, ...]], right: list[tuple[Any, ...]]) -> bool:
    return len(found) == len(right) and all(
        len(row) == len(other) and all(map(_same, row, other)) for row, other in zip(found, right, strict=True)
    )


def _same(found: Any, right: Any) -> bool:
    if isinstance(right, float) and isinstance(found, int | float):
        return abs(found - right) <= TOLERANCE
    # dates and the like are written as text in a case
    return bool(found == right) or (isinstance(right, str) and str(found) == right)


def _read(file: Path) -> Case:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        case = Case.model_validate({**content, "name": file.stem})
        for one in case.all_files.values():
            for change in one.records or []:
                change.record()
    except (yaml.YAMLError, ValidationError, TypeError, KeyError, ValueError, IndexError) as error:
        raise CaseError(
            f"the case cannot be used: {error}",
            where=str(file),
            fix="include/pipeline/cases.py says how one is written",
        ) from None
    if not case.all_files or not (case.right or case.refused or case.quarantined or case.skipped_files):
        raise CaseError("a case needs records or files, and something right", where=str(file), fix="complete it")
    return case


def _refuse_common_works(works: dict[str, list[str]]) -> None:
    owner: dict[str, str] = {}
    for name, ids in works.items():
        for work in ids:
            if owner.setdefault(work, name) != name:
                raise CaseError(
                    f"the cases {owner[work]} and {name} share a home and both hold {work}",
                    where=str(FOLDER),
                    fix="give one of them other ids, or `alone: true`",
                )


def _write_files(folder: Path, case: Case) -> list[str]:
    """Write the files of the case; the ids of its works as far as they are told by its records and lines."""
    ids: list[str] = []
    for name, file in case.all_files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        content = _content(file)
        if file.form == "parquet":
            _write_parquet(content, target)
        else:
            target.write_bytes(gzip.compress(content) if file.gzip else content)
        if file.records is not None:
            ids += filter(None, (_work_id(change.record()) for change in file.records))
        elif file.path is not None and ".jsonl" in file.path:
            opened = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
            ids += filter(None, (_work_id(json.loads(line)) for line in opened.splitlines() if line.strip()))
    return ids


def _work_id(record: dict[str, Any]) -> str | None:
    found = re.fullmatch(r".*(W\d+)", str(record.get("id")))
    return found[1] if found else None


def _content(file: CaseFile) -> bytes:
    if file.path is not None:
        return (REPOSITORY / file.path).read_bytes()
    text = file.text
    if text is None:
        records = [json.dumps(change.record(), ensure_ascii=False) for change in file.records or []]
        listed = f"[{', '.join(records)}]"
        lines = "".join(f"{record}\n" for record in records)
        text = {
            "lines": lines,
            "parquet": lines,
            "array": listed,
            "response": f'{{"meta": {{"count": {len(records)}}}, "results": {listed}, "group_by": []}}',
        }[file.form]
    if file.newline == "crlf":
        text = text.replace("\n", "\r\n")
    return text.encode(file.encoding)


def _write_parquet(lines: bytes, target: Path) -> None:
    """JSON lines as Parquet, with the types of columns that DuckDB finds: structs, dates and times."""
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
        file.write(lines)
        file.flush()
        source = f"read_json({quoted(file.name)}, sample_size = -1)"
        duckdb.execute(f"copy (select * from {source}) to {quoted(target)} (format parquet)")


@cache
def _base(name: str) -> dict[str, Any]:
    file = FOLDER / "base" / f"{name}.json"
    if not file.exists():
        known = ", ".join(sorted(each.stem for each in file.parent.glob("*.json")))
        raise ValueError(f"there is no base record {name}; known: {known}")
    found: dict[str, Any] = json.loads(file.read_bytes())
    return found


def _at(record: Any, path: str, value: Any, *, drop: bool) -> None:
    """Set (or drop) the value at `authorships.0.countries`; the place after the last of a list appends."""
    *way, last = [int(part) if re.fullmatch(r"\d+", part) else part for part in path.split(".")]
    for part in way:
        record = record[part]
    if drop:
        del record[last]
    elif isinstance(record, list) and last == len(record):
        record.append(value)
    else:
        record[last] = value
