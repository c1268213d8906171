"""What is known of an entity: the latest content hash of every id, over all committed batches.

Memory is bounded by one window: the hashes of the window's own records are held, and the few ids that the window has
not had before (new works, or works that moved here from another window) are looked up over all batches.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType

import duckdb

from include.common.duck import connect
from include.contracts.batch import Entity
from include.raw_zone.layout import HASHES, committed_folders
from include.settings import Settings

# the folder's name sorts by time of making, so the greatest name holds the latest version
_HASHES = "read_parquet(?, filename = true, hive_partitioning = false)"


class KnownRecords:
    """Latest content hashes as they were when this was opened."""

    def __init__(self, settings: Settings, entity: Entity, window_id: str) -> None:
        self._files = [str(folder / HASHES) for folder in committed_folders(settings, entity)]
        self._connection: duckdb.DuckDBPyConnection | None = connect(settings) if self._files else None
        self._window = self._of_window(window_id)

    def __enter__(self) -> KnownRecords:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is not None:
            self._connection.close()

    @property
    def window_ids(self) -> frozenset[str]:
        """Ids whose latest version came with this window."""
        return frozenset(self._window)

    def hashes(self, ids: Sequence[str]) -> dict[str, str]:
        """Latest content hash of those of `ids` that are known."""
        found = {each: self._window[each] for each in ids if each in self._window}
        missing = [each for each in ids if each not in found]
        if missing and self._connection is not None:
            found.update(
                self._connection.execute(
                    f"select id, arg_max(content_hash, filename) from {_HASHES} "
                    "where id in (select unnest(?)) group by id",
                    [self._files, missing],
                ).fetchall()
            )
        return found

    def _of_window(self, window_id: str) -> dict[str, str]:
        if self._connection is None:
            return {}
        rows = self._connection.execute(
            f"select id, arg_max(content_hash, filename) from {_HASHES} group by id "
            "having arg_max(window_id, filename) = ?",
            [self._files, window_id],
        ).fetchall()
        return dict(rows)
