"""The stage: printed addresses of the typed zone in, matches out, each different address looked at once.

A batch that is new has its addresses looked at unless an earlier batch printed them too. When lists or rules change,
all parts are made anew. Matches of many addresses are found by as many processes as the settings give threads.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from include.affiliations.matcher import Matcher
from include.common.clock import utc_now
from include.common.duck import connect, disk_errors
from include.common.errors import ContractError, EntangledError
from include.common.files import ensure_dir, full_disk, publish_dir, storage_errors
from include.common.ids import new_ulid
from include.common.progress import Progress
from include.common.sql import quoted, read_parquet
from include.contracts.affiliations import COLUMNS, MANIFEST, MATCHES, TABLES, MatchesManifest, affiliations_version
from include.contracts.reference import Row, read_tables, write_tables
from include.settings import REPOSITORY, Settings, child_environment

log = logging.getLogger("entangled")

_TYPED_MANIFEST = "_typed.json"
# of so many addresses a process of its own pays: starting one takes a second, in which another looks at this many
_ADDRESSES_A_PROCESS = 60_000
_CHUNK = 20_000
# from so many parts on, the next one takes them in
_MOST_PARTS = 30
_ARROW = {"VARCHAR": pa.string(), "BOOLEAN": pa.bool_()}
SCHEMA = pa.schema([(column.name, _ARROW[column.type]) for column in COLUMNS])


def match_new(settings: Settings, tables: Mapping[str, Sequence[Row]]) -> MatchesManifest | None:
    """Look at the addresses that no part of today's lists and rules has; the new part, None when there was nothing new.

    `tables`: the reference tables of the coming build. The caller holds the warehouse's lock: builds read the parts.

    Raises:
        ContractError: a typed manifest cannot be read.
        StorageError: the disk is full or cannot be written. The parts that were there are unchanged.
        EntangledError: a process that looked at addresses ended early.
    """
    version = affiliations_version(tables)
    batches = _batches(settings)
    parts = _sound_parts(settings, version, batches)
    seen: dict[str, str] = {}
    for part in parts.values():
        seen |= {batch: digest for batch, digest in part.batches.items() if batches.get(batch) == digest}
    new = {batch: digest for batch, digest in batches.items() if batch not in seen}
    if not new and parts:
        return None
    with _scratch(settings) as scratch:
        addresses = scratch / "addresses.parquet"
        count = _write_addresses(settings, new, seen, addresses)
        aside = ensure_dir(scratch / "part")
        rows, matched = match_file(settings, tables, version, addresses, count, aside / MATCHES)
        made = MatchesManifest(
            affiliations_version=version,
            batches=new,
            addresses=count,
            addresses_matched=matched,
            rows=rows,
            matched_at=utc_now(),
        )
        merged = parts if len(parts) >= _MOST_PARTS else {}
        whole = _merge(aside, merged, made) if merged else made
        whole.save(aside / MANIFEST)
        publish_dir(aside, settings.affiliations / f"part={new_ulid()}")
    # killed before this, rows stand twice, and readers take each once
    for folder in merged:
        shutil.rmtree(folder, ignore_errors=True)
    log.info("addresses: %d new ones looked at, %d name a listed body", count, matched)
    return made


def _merge(aside: Path, parts: Mapping[Path, MatchesManifest], made: MatchesManifest) -> MatchesManifest:
    """The new part takes the rows of those before it: a home that runs daily for years keeps few files."""
    alone = (aside / MATCHES).rename(aside / "alone.parquet")
    _joined([*(folder / MATCHES for folder in parts), alone], aside / MATCHES)
    alone.unlink()
    merged = [*parts.values(), made]
    return made.model_copy(
        update={
            "batches": {batch: digest for part in merged for batch, digest in part.batches.items()},
            "addresses": sum(part.addresses for part in merged),
            "addresses_matched": sum(part.addresses_matched for part in merged),
            "rows": sum(part.rows for part in merged),
        }
    )


def _batches(settings: Settings) -> dict[str, str]:
    """Typed batches with the digest of their manifest, which says what they are made of."""
    files = sorted(settings.typed_zone.glob(f"batch=*/{_TYPED_MANIFEST}"))
    return {
        file.parent.name.removeprefix("batch="): hashlib.sha256(file.read_bytes()).hexdigest()[:12] for file in files
    }


def _sound_parts(settings: Settings, version: str, batches: Mapping[str, str]) -> dict[Path, MatchesManifest]:
    """The parts of this version that are of some batch as it is now; the others go."""
    sound: dict[Path, MatchesManifest] = {}
    for folder in sorted(settings.affiliations.glob("part=*")) if settings.affiliations.is_dir() else ():
        try:
            part = MatchesManifest.load(folder / MANIFEST)
        except ContractError:
            part = None
        is_of_today = part is not None and part.affiliations_version == version and (folder / MATCHES).is_file()
        if part is not None and is_of_today and any(batches.get(batch) == seen for batch, seen in part.batches.items()):
            sound[folder] = part
            continue
        if part is not None and part.affiliations_version != version:
            log.info("addresses: other lists or rules than those of %s: they are looked at again", folder.name)
        shutil.rmtree(folder, ignore_errors=True)
    return sound


def _write_addresses(settings: Settings, new: Mapping[str, str], seen: Mapping[str, str], file: Path) -> int:
    """The different addresses of the new batches that no other batch has."""

    def of(batches: Mapping[str, str]) -> str:
        files = [settings.typed_zone / f"batch={batch}" / "affiliation_strings.parquet" for batch in batches]
        if not files:
            return "select null::varchar as affiliation_text where false"
        return (
            f"select distinct raw_affiliation_string as affiliation_text from {read_parquet(*files)} "
            "where raw_affiliation_string is not null"
        )

    with connect(settings) as database, disk_errors(settings.home):
        (count,) = database.execute(
            f"copy (({of(new)}) except ({of(seen)})) to {quoted(file)} (format parquet, row_group_size {_CHUNK})"
        ).fetchall()[0]
    return int(count)


def match_file(
    settings: Settings,
    tables: Mapping[str, Sequence[Row]],
    version: str,
    addresses: Path,
    count: int,
    target: Path,
) -> tuple[int, int]:
    """Match a Parquet file of `count` different addresses (column affiliation_text) into `target`.

    Returns rows written, and addresses that name a body. Helping files lie beside `target` and go.
    """
    processes = min(settings.threads, 1 + count // _ADDRESSES_A_PROCESS)
    with Progress("affiliations", "addresses", total=count, unit="addresses", folder=settings.progress_dir) as progress:
        if processes == 1:
            return match_slice(tables, version, addresses, target, 0, 1, progress)
        with tempfile.TemporaryDirectory(prefix=".slices-", dir=target.parent) as folder:
            lists, slices = Path(folder, "lists"), [Path(folder, f"{number}.parquet") for number in range(processes)]
            write_tables({name: list(tables[name]) for name in TABLES}, lists)
            _run_slices(lists, version, addresses, slices)
            found = _joined(slices, target)
        progress.add(count)
    return found


def match_slice(
    tables: Mapping[str, Sequence[Row]],
    version: str,
    addresses: Path,
    target: Path,
    number: int,
    slices: int,
    progress: Progress | None = None,
) -> tuple[int, int]:
    """Match every `slices`-th row group of a file, from `number`; rows written, and addresses that name a body."""
    matcher = Matcher(tables)
    source = pq.ParquetFile(addresses)
    parent = os.getppid()
    rows = matched = 0
    with pq.ParquetWriter(target, SCHEMA, compression="zstd") as writer:
        for group in range(number, source.num_row_groups, slices):
            if progress is None and os.getppid() != parent:
                raise EntangledError("the process that wanted these addresses has ended", where=str(target))
            texts = source.read_row_group(group, columns=["affiliation_text"]).column(0).to_pylist()
            table, named = _table(matcher, texts, version)
            writer.write_table(table)
            rows, matched = rows + table.num_rows, matched + named
            if progress is not None:
                progress.add(len(texts))
    return rows, matched


def _table(matcher: Matcher, texts: Sequence[str], version: str) -> tuple[pa.Table, int]:
    columns: list[list[object]] = [[] for _ in SCHEMA]
    named = 0
    for text in texts:
        matches = matcher.match(text)
        named += bool(matches)
        for match in matches:
            row = (
                text, match.body_id, match.country_code, match.names_country, match.ror, match.method, match.evidence,
                version,
            )  # fmt: skip
            for column, value in zip(columns, row, strict=True):
                column.append(value)
    return pa.table(columns, schema=SCHEMA), named


def _run_slices(lists: Path, version: str, addresses: Path, slices: Sequence[Path]) -> None:
    children = [
        subprocess.Popen(
            [
                sys.executable, "-m", "include.affiliations", "slice", str(lists.resolve()), version,
                str(addresses.resolve()), str(target.resolve()), str(number), str(len(slices)),
            ],
            env=child_environment(),
            stdin=subprocess.DEVNULL,
            # where the package is found
            cwd=REPOSITORY,
        )
        for number, target in enumerate(slices)
    ]  # fmt: skip
    try:
        codes = [child.wait() for child in children]
    finally:
        for child in children:
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
                child.wait()
    if any(codes) and (lacking := full_disk(addresses.parent)):
        raise lacking
    if any(codes):
        raise EntangledError(
            "a process that looked for listed bodies in addresses ended early",
            where=str(addresses),
            fix="run the same command again; if it ends early again, set ENTANGLED_THREADS=1",
        )


def _joined(slices: Sequence[Path], target: Path) -> tuple[int, int]:
    rows, matched = 0, 0
    with pq.ParquetWriter(target, SCHEMA, compression="zstd") as writer:
        for file in slices:
            source = pq.ParquetFile(file)
            for group in range(source.num_row_groups):
                table = source.read_row_group(group)
                writer.write_table(table)
                rows, matched = rows + table.num_rows, matched + len(set(table.column(0).to_pylist()))
    return rows, matched


def slice_of_files(lists: Path, version: str, addresses: Path, target: Path, number: int, slices: int) -> None:
    """What a process of its own does: the tables are read from files."""
    with storage_errors(target):
        match_slice(read_tables(lists), version, addresses, target, number, slices)


@contextmanager
def _scratch(settings: Settings) -> Iterator[Path]:
    """A folder beside the parts that nobody lists, gone when the stage ends; what a killed one left behind goes too."""
    home = ensure_dir(settings.affiliations)
    for left in home.glob(".new-*"):
        shutil.rmtree(left, ignore_errors=True)
    with storage_errors(home):
        folder = Path(tempfile.mkdtemp(prefix=".new-", dir=home))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
