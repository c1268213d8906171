"""What is known of an entity: the latest content hash of every id, over all committed batches.

A record with a tombstone younger than its last version is not known: should it come again, it is new, even unchanged.

Held in memory are the hashes of one window's own records and four bytes for every other id. The few ids that the
window has not had before and that are known elsewhere (works that moved here from another window) are looked up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence, Set
from types import TracebackType
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from include.common.duck import connect
from include.contracts.batch import Entity, Window
from include.raw_zone import places
from include.raw_zone.layout import HASHES, committed_folders
from include.settings import Settings

# the folder's name sorts by time of making, so the greatest name holds the latest version
_BATCH = "split_part(filename, '/', -2)"
_HASHES = "read_parquet($files, filename = true, hive_partitioning = false)"
_ROWS_AT_ONCE = 25_000


class KnownRecords:
    """Latest content hashes as they were when this was opened."""

    def __init__(self, settings: Settings, entity: Entity, window: Window | None = None) -> None:
        self._files = [str(folder / HASHES) for folder in committed_folders(settings, entity)]
        self._connection: duckdb.DuckDBPyConnection | None = connect(settings) if self._files else None
        if self._connection is not None:
            # each thread would hold tables of its own, for a query of a moment
            self._connection.execute("set threads = 1")
        self._load_tombstones(settings)
        self._window: dict[str, str] = {}
        self._fingerprints: npt.NDArray[np.uint32] | None = None
        if window is not None:
            self._window = self._of_window(window)
            self._fingerprints = self._of_all()

    def __enter__(self) -> KnownRecords:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is not None:
            self._connection.close()

    @property
    def window_ids(self) -> Set[str]:
        """Ids whose latest version came with this window, or with a snapshot and lies in it."""
        return self._window.keys()

    def hashes(self, ids: Sequence[str]) -> dict[str, str]:
        """Latest content hash of those of `ids` that are known."""
        found = {each: self._window[each] for each in ids if each in self._window}
        elsewhere = self._perhaps_known([each for each in ids if each not in found])
        if elsewhere:
            found.update(self._latest("id, content_hash", "id in (select unnest($values))", elsewhere))
        return found

    def windows(self, ids: Sequence[str]) -> dict[str, str]:
        """The window that the latest version of those of `ids` came with that are known."""
        return dict(self._latest(f"id, {places.WINDOW_ID}", "id in (select unnest($values))", list(ids)))

    def places(self, ids: Sequence[str]) -> dict[str, str]:
        """The same, with the record's place behind it when the window does not tell that (places.py)."""
        return dict(self._latest("id, window_id", "id in (select unnest($values))", list(ids)))

    def batches(self, ids: Sequence[str]) -> dict[str, str]:
        """The batch that the latest version of those of `ids` came in that are known."""
        return dict(self._latest("id, batch_id", "id in (select unnest($values))", list(ids)))

    def some(self, windows: Iterable[Window], *, but: Collection[str], most: int) -> list[str]:
        """A few ids whose latest version came with one of these windows or lies in it, none of them in `but`."""
        found = self._latest("id", "true", after=" or ".join(map(places.of, windows)) or "false")
        return sorted({row[0] for row in found}.difference(but))[:most]

    def count(self) -> int:
        """How many records are known."""
        return len(self._latest("id", "true"))

    def _of_window(self, window: Window) -> dict[str, str]:
        if self._connection is None:
            return {}
        is_here = places.of(window)
        here = f"from {_HASHES} where {is_here}"
        (rows,) = self._connection.execute(f"select count(*) {here}", {"files": self._files}).fetchall()[0]
        # a large window is read in parts, because DuckDB takes several times the size of what it groups
        parts = rows // _ROWS_AT_ONCE + 1
        known: dict[str, str] = {}
        for part in range(parts):
            was_here = f"hash(id) % {parts} = {part} and id in (select id {here} and hash(id) % {parts} = {part})"
            known.update(self._latest("id, content_hash", was_here, after=is_here))
        return known

    def _of_all(self) -> npt.NDArray[np.uint32] | None:
        """Fingerprints of all ids, sorted; an id of several batches stands there as often."""
        if self._connection is None:
            return None
        rows = self._connection.execute(
            f"select (md5_number_upper(id) & 4294967295)::uinteger as fingerprint from {_HASHES}",
            {"files": self._files},
        )
        found: npt.NDArray[np.uint32] = rows.fetchnumpy()["fingerprint"]
        found.sort()
        return found

    def _perhaps_known(self, ids: list[str]) -> list[str]:
        """Those of `ids` that may be known. Nearly all new ids are told apart here, without a look at the files."""
        if not ids or self._fingerprints is None or not len(self._fingerprints):
            return ids
        asked = np.array([_fingerprint(each) for each in ids], np.uint32)
        places = np.searchsorted(self._fingerprints, asked)
        places[places == len(self._fingerprints)] = 0
        return [each for each, is_there in zip(ids, self._fingerprints[places] == asked, strict=True) if is_there]

    def _latest(self, columns: str, condition: str, values: Any = None, *, after: str = "true") -> list[Any]:
        """`columns` of the latest versions; `condition` holds before the latest is picked, `after` of the latest."""
        if self._connection is None:
            return []
        rows: list[Any] = self._connection.execute(
            f"""
            with versions as (
                select id, content_hash, window_id, {_BATCH} as batch from {_HASHES} where {condition}
            ),
            latest as (
                select
                    id,
                    arg_max(content_hash, batch) as content_hash,
                    arg_max(window_id, batch) as window_id,
                    split_part(max(batch), '=', 2) as batch_id
                from versions left join gone using (id)
                group by id
                having max(batch) > coalesce(any_value(gone_in), '')
            )
            select {columns} from latest where {after}
            """,
            {"files": self._files} if values is None else {"files": self._files, "values": values},
        ).fetchall()
        return rows

    def _load_tombstones(self, settings: Settings) -> None:
        if self._connection is None:
            return
        self._connection.execute("create temp table gone (id varchar, gone_in varchar)")
        files = [str(folder / HASHES) for folder in committed_folders(settings, "tombstones")]
        if files:
            # ids begin with the letter of their entity, so those of all entities fit in one table
            self._connection.execute(
                f"insert into gone select id, max({_BATCH}) from {_HASHES} group by id", {"files": files}
            )


def _fingerprint(record_id: str) -> int:
    """As `_of_all` makes it in SQL."""
    return int.from_bytes(hashlib.md5(record_id.encode(), usedforsecurity=False).digest()[:4], "little")
