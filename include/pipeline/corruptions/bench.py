"""Where a corruption is made: a lane, its source, and what is known of the corpus; and the ways of making one.

Most corruptions are one SQL statement on a table, `it`. What a stage writes down about its files (counts, digests) is
brought in line with the spoilt file, as if the stage had made it so; a corruption that leaves it alone says so.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from include.common.errors import EntangledError
from include.common.files import sha256_file
from include.common.sql import identifier, quoted, read_parquet
from include.contracts.batch import BatchManifest
from include.contracts.candidate import Lineage
from include.contracts.reference import Row
from include.contracts.typed import TypedManifest
from include.pipeline.content import OF_A_WORK
from include.pipeline.corruptions.row import Make
from include.pipeline.corruptions.source import Edit, Source
from include.pipeline.lanes import Lane, replace_text, rewrite_rows

Known = dict[str, str]


@dataclass(frozen=True)
class Bench:
    """A lane with its source. `known`: names of facts (`top_funder`) -> ids, which stand in SQL as `{top_funder}`;
    `run_id`: the run whose candidate is there."""

    lane: Lane
    source: Source
    known: Known
    run_id: str

    @property
    def build(self) -> Path:
        return self.lane.home / "build" / self.run_id

    def filled(self, text: str) -> str:
        """A text with what is known in the place of names in braces."""
        return text.format(**self.known)


def both(*makes: Make) -> Make:
    """All of these."""

    def make(bench: Bench) -> None:
        for each in makes:
            each(bench)

    return make


def told(edit: Callable[[Known], Edit]) -> Make:
    """The source tells something else."""
    return lambda bench: bench.source.edits.append(edit(bench.known))


# --- typed -----------------------------------------------------------------------------------------------------------


def typed(table: str, sql: str, *, where: str = "true", manifest_agrees: bool = True) -> Make:
    """The rows of a typed table in all batches that hold some, as `sql` makes them of `it`.

    `where`: only batches with a row that meets it.
    """

    def make(bench: Bench) -> None:
        changed = 0
        for folder in sorted(bench.lane.settings.typed_zone.glob("batch=*")):
            file = folder / f"{table}.parquet"
            with duckdb.connect() as db:
                ((rows,),) = db.execute(
                    f"select count(*) from {read_parquet(file)} where {bench.filled(where)}"
                ).fetchall()
            if not rows:
                continue
            before = sha256_file(file)
            now = _rewrite_parquet(file, bench.filled(sql))
            changed += sha256_file(file) != before
            if manifest_agrees:
                _edit_typed_manifest(folder, rows={table: now})
        _require(changed, f"typed {table}")

    return make


def works_kept(condition: str) -> Make:
    """Only works that meet the condition stay in typed batches, with all that belongs to them."""
    return both(*(typed(table, f"from it where {condition}") for table in OF_A_WORK))


def works_put_aside(condition: str) -> Make:
    """Works that meet the condition are moved into quarantine, as by a flatten that takes good records for broken."""

    def make(bench: Bench) -> None:
        for folder in bench.lane.settings.typed_zone.glob("batch=*"):
            works = read_parquet(folder / "works.parquet")
            moved = _rewrite_parquet(
                folder / "quarantine.parquet",
                "from it union all by name select batch_id, 'works' as entity, 'page-00001.jsonl.gz' as page_file, "
                "row_number() over () as line_number, work_id as record_id, 'no_id' as reason_code, "
                f"'the record has no id' as reason, '{{}}' as record from {works} where {condition}",
            )
            _edit_typed_manifest(folder, rows={"quarantine": moved})
        works_kept(f"not ({condition})")(bench)

    return make


def typed_manifests(edit: Callable[[TypedManifest], dict[str, Any]]) -> Make:
    """What the manifests of typed batches say."""

    def make(bench: Bench) -> None:
        files = sorted(bench.lane.settings.typed_zone.glob("batch=*/_typed.json"))
        changed = [edit(TypedManifest.load(file)) for file in files]
        for file, update in zip(files, changed, strict=True):
            TypedManifest.load(file).model_copy(update=update).save(file)
        _require(any(changed), "typed manifests")

    return make


def _edit_typed_manifest(folder: Path, *, rows: dict[str, int]) -> None:
    file = folder / "_typed.json"
    manifest = TypedManifest.load(file)
    update: dict[str, Any] = {"rows": {**manifest.rows, **rows}}
    # records are counted by the table of their entity, and those put aside
    if manifest.entity in rows and manifest.entity != "totals":
        update["records_typed"] = rows[manifest.entity]
    if "quarantine" in rows:
        update["records_quarantined"] = rows["quarantine"]
    update["records_in"] = update.get("records_typed", manifest.records_typed) + update.get(
        "records_quarantined", manifest.records_quarantined
    )
    manifest.model_copy(update=update).save(file)


# --- raw -------------------------------------------------------------------------------------------------------------


def raw_records(
    entity: str,
    edit: Callable[[Known, list[bytes]], list[bytes]],
    *,
    manifest_agrees: str = "wholly",
    batches: slice = slice(None),
) -> Make:
    """The lines of the pages of an entity's batches, oldest first.

    `manifest_agrees`: `wholly`, or with the `pages` alone (their digests and lines) and not with what the source
    counted, or `never`.
    """

    def make(bench: Bench) -> None:
        changed = 0
        for folder in sorted((bench.lane.settings.raw_zone / entity).glob("batch=*"))[batches]:
            changed += _edit_batch(folder, lambda lines: edit(bench.known, lines), manifest_agrees)
        _require(changed, f"raw {entity}")

    return make


def _edit_batch(folder: Path, edit: Callable[[list[bytes]], list[bytes]], manifest_agrees: str) -> int:
    file = folder / "_manifest.json"
    manifest = BatchManifest.load(file)
    pages, changed = [], 0
    for page in manifest.pages:
        lines = gzip.decompress((folder / page.file).read_bytes()).splitlines()
        edited = edit(lines)
        if edited == lines:
            pages.append(page)
            continue
        changed += 1
        packed = gzip.compress(b"".join(line + b"\n" for line in edited), mtime=0)
        (folder / page.file).write_bytes(packed)
        digest = hashlib.sha256(packed).hexdigest()
        pages.append(page.model_copy(update={"records": len(edited), "sha256": digest}))
    if changed and manifest_agrees != "never":
        update: dict[str, Any] = {"pages": tuple(pages), "stored": sum(page.records for page in pages)}
        if manifest_agrees == "wholly":
            lost = manifest.stored - update["stored"]
            update |= {"received": manifest.received - lost, "expected": manifest.expected - lost}
        manifest.model_copy(update=update).save(file)
    return changed


def json_lines(edit: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Known, list[bytes]], list[bytes]]:
    """An edit of every record that can be read."""

    def lines(known: Known, given: list[bytes]) -> list[bytes]:
        return [_edited_line(line, edit) for line in given]

    return lines


def _edited_line(line: bytes, edit: Callable[[dict[str, Any]], dict[str, Any]]) -> bytes:
    try:
        record = json.loads(line)
    except ValueError:
        return line
    if not isinstance(record, dict):
        return line
    return json.dumps(edit(record), ensure_ascii=False).encode("utf-8", "surrogatepass")


def raw_files(edit: Callable[[Bench, Path], None]) -> Make:
    """Anything else in the raw zone."""
    return lambda bench: edit(bench, bench.lane.settings.raw_zone)


# --- lists and models ------------------------------------------------------------------------------------------------


def rows_of(table: str, edit: Callable[[list[Row]], list[Row]], *, own: bool = False) -> Make:
    """The rows of a reference table; `own`: of the lists of the home rather than of the shipped ones."""

    def make(bench: Bench) -> None:
        folder = bench.lane.lists if own else bench.lane.seeds
        rewrite_rows(folder / f"{table}.csv", edit)

    return make


def model(name: str, old: str, new: str) -> Make:
    """The SQL of a dbt model."""

    def make(bench: Bench) -> None:
        (file,) = (bench.lane.code / "dbt_project" / "models").rglob(f"{name}.sql")
        replace_text(file, old, bench.filled(new))

    return make


# --- warehouse -------------------------------------------------------------------------------------------------------


def built(table: str, sql: str) -> Make:
    """A table of the warehouse (`fct_works`, `intermediate.int_works`) after its build, as `sql` makes it of `it`."""

    def make(bench: Bench) -> None:
        schema, name = table.split(".") if "." in table else ("marts", table)
        with duckdb.connect(str(bench.lane.settings.warehouse_file)) as db:
            ((kind,),) = db.execute(
                "select table_type from information_schema.tables where table_schema = ? and table_name = ?",
                [schema, name],
            ).fetchall()
            db.execute(f"create temp table it as from {schema}.{name}")
            db.execute(f"create table {schema}.spoilt as {bench.filled(sql)}")
            ((differs,),) = db.execute(
                f"select exists (from it except all from {schema}.spoilt) "
                f"or exists (from {schema}.spoilt except all from it)"
            ).fetchall()
            _require(differs, table)
            db.execute(f"drop {'view' if kind == 'VIEW' else 'table'} {schema}.{name}")
            db.execute(f"alter table {schema}.spoilt rename to {name}")

    return make


# --- candidate -------------------------------------------------------------------------------------------------------


def candidate(table: str, sql: str, *, lineage_agrees: bool = True) -> Make:
    """A table of the candidate, as `sql` makes it of `it`."""

    def make(bench: Bench) -> None:
        file = bench.build / "marts" / f"{table}.parquet"
        before = sha256_file(file)
        rows = _rewrite_parquet(file, bench.filled(sql))
        _require(sha256_file(file) != before, table)
        if lineage_agrees:
            _tell_lineage(bench, table, rows=rows, sha256=sha256_file(file))

    return make


def _tell_lineage(bench: Bench, table: str, **update: Any) -> None:
    file = bench.build / "lineage.json"
    lineage = Lineage.load(file)
    tables = tuple(each.model_copy(update=update) if each.name == table else each for each in lineage.tables)
    lineage.model_copy(update={"tables": tables}).save(file)


def lineage(edit: Callable[[Lineage], dict[str, Any]]) -> Make:
    """What lineage.json of the candidate says."""

    def make(bench: Bench) -> None:
        file = bench.build / "lineage.json"
        told = Lineage.load(file)
        told.model_copy(update=edit(told)).save(file)

    return make


# --- helpers ---------------------------------------------------------------------------------------------------------


def _rewrite_parquet(file: Path, sql: str) -> int:
    """The file as `sql` makes it of `it`; returns its rows."""
    aside = file.with_suffix(".aside")
    with duckdb.connect() as db:
        db.execute(f"create view it as from {read_parquet(file)}")
        db.execute(f"copy ({sql}) to {quoted(aside)} (format parquet, compression zstd)")
        ((rows,),) = db.execute(f"select count(*) from {read_parquet(aside)}").fetchall()
    aside.replace(file)
    return int(rows)


def _require(is_done: object, what: str) -> None:
    if not is_done:
        raise EntangledError(
            "the corruption finds nothing to spoil", where=what, fix="correct include/pipeline/corruptions/catalogue"
        )


def facts_of(parquet: Path) -> Known:
    """What corruptions are about: the largest of each kind in a release, by joint papers."""
    with duckdb.connect() as db:
        for file in parquet.glob("*.parquet"):
            db.execute(f"create view {identifier(file.stem)} as from {read_parquet(file)}")
        found = {name: db.execute(sql).fetchall() for name, sql in _FACTS.items()}
    lacking = [name for name, rows in found.items() if not rows]
    _require(not lacking, f"{', '.join(lacking)} of {parquet}")
    return {name: str(rows[0][0]) for name, rows in found.items()}


_JOINT = "(select work_id from fct_works where is_joint)"
_SMALL = """
    with links as (
        select institution_a_id as institution_id, institution_a_country_code as country_code,
            sum(joint_papers) as papers
        from mart_institution_pairs group by all
    ),
    small as (select * from links where papers between 2 and 12 order by papers desc, institution_id limit 1)
    {}
"""
_FACTS = {
    "top_funder": f"select funder_id from fct_work_funding where work_id in {_JOINT} and funder_class like 'cn%' "
    "group by 1 order by count(distinct work_id) desc, 1 limit 1",
    "top_body": f"select body_id from fct_work_military_links where work_id in {_JOINT} group by 1 "
    "order by count(distinct work_id) desc, 1 limit 1",
    "second_body": f"select body_id from fct_work_military_links where work_id in {_JOINT} group by 1 "
    "order by count(distinct work_id) desc, 1 limit 1 offset 1",
    "top_topic": "select primary_topic_id from fct_works where is_joint group by 1 order by count(*) desc, 1 limit 1",
    "second_topic": "select primary_topic_id from fct_works where is_joint group by 1 order by count(*) desc, 1 "
    "limit 1 offset 1",
    "top_institution": "select institution_a_id from mart_institution_pairs group by 1 "
    "order by sum(joint_papers) desc, 1 limit 1",
    "second_institution": "select institution_a_id from mart_institution_pairs group by 1 "
    "order by sum(joint_papers) desc, 1 limit 1 offset 1",
    "small_institution": _SMALL.format("select institution_id from small"),
    "its_heir": _SMALL.format(
        "select links.institution_id from links, small where links.country_code = small.country_code "
        "and links.institution_id != small.institution_id order by links.papers desc, 1 limit 1"
    ),
    "top_partner": "select institution_b_id from mart_institution_pairs group by 1 "
    "order by sum(joint_papers) desc, 1 limit 1",
}
