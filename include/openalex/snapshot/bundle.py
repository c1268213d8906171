"""A bundle of parts as the sweep loop wants it: pages of records of the scope, part after part.

The cursor is the place in the bundle, so that a load that was killed goes on in the part where it was. Each part is
held against the manifest when it is opened, and the manifest is read again before the last page.
"""

from __future__ import annotations

import gzip
import logging
from collections.abc import Sequence
from pathlib import Path

import orjson
from pydantic import BaseModel, ConfigDict

from include.contracts.batch import Window
from include.contracts.scope import ResolvedScope
from include.openalex.errors import SnapshotFault
from include.openalex.snapshot import selection
from include.openalex.snapshot.manifest import require_unchanged
from include.openalex.snapshot.models import Bundle, Snapshot, SnapshotPart
from include.openalex.snapshot.store import Store, reading
from include.openalex.worker import SourcePage

log = logging.getLogger("entangled.openalex")

RECORDS_A_PAGE = 1_000


class _Place(BaseModel):
    """`before`: records that matched in the parts before this one."""

    model_config = ConfigDict(frozen=True)

    part: int = 0
    row: int = 0
    before: int = 0

    def text(self) -> str:
        """As a cursor."""
        return self.model_dump_json()


FIRST_CURSOR = _Place().text()


class BundleReader:
    """Brings the pages of one bundle. `newer`: windows that were swept from the API after the snapshot was made."""

    def __init__(
        self, store: Store, snapshot: Snapshot, bundle: Bundle, scope: ResolvedScope, newer: Sequence[Window]
    ) -> None:
        self._store, self._snapshot, self._bundle = store, snapshot, bundle
        self._scope, self._newer = scope, newer
        self._opened: int | None = None
        self._selected = 0
        self._unreadable: list[bytes] = []

    def fetch(self, cursor: str) -> SourcePage:
        """The page at `cursor`. Parts without a record of the scope are passed over; an empty page is the last.

        Raises:
            SnapshotFault: a part is not what the manifest says.
            SnapshotChanged: the snapshot was replaced since the plan was made.
            Unreachable: the bucket cannot be reached.
        """
        place = _Place.model_validate_json(cursor)
        self._open(place.part)
        while not self._matched and place.part + 1 < len(self._bundle.parts):
            place = _Place(part=place.part + 1, before=place.before)
            self._open(place.part)
        records = selection.page(self._store.connection, place.row, RECORDS_A_PAGE)
        if place.row == 0:
            records += self._unreadable
        following = self._following(place)
        if following is None:
            require_unchanged(self._store, self._snapshot)
        return SourcePage(
            records=records,
            next_cursor=following.text() if following is not None else None,
            expected=place.before + self._matched,
            requests=0,
            credits=0,
            origin=self._snapshot.data_origin,
        )

    @property
    def _matched(self) -> int:
        return self._selected + len(self._unreadable)

    def _following(self, place: _Place) -> _Place | None:
        row = place.row + RECORDS_A_PAGE
        if row < self._selected:
            return place.model_copy(update={"row": row})
        if place.part + 1 < len(self._bundle.parts):
            return _Place(part=place.part + 1, before=place.before + self._matched)
        return None

    def _open(self, number: int) -> None:
        if self._opened == number:
            return
        part = self._bundle.parts[number]
        file = f"{self._snapshot.root}/{part.path}"
        self._require_size(file, part, self._store.size(file))
        with self._store.at_hand(file) as here:
            self._require_size(file, part, Path(here).stat().st_size)
            with reading(file):
                found = selection.select(self._store.connection, here, self._snapshot.format, self._scope, self._newer)
            if found.records != part.records:
                raise self._fault(file, f"it holds {found.records:,} records, and the manifest says {part.records:,}")
            # a line that nobody can read may be of the scope, so it is kept: flatten quarantines it
            self._unreadable = self._unreadable_lines(file, here, found.unreadable) if found.unreadable else []
        self._selected = found.selected
        self._opened = number
        log.info(
            "%s: %s records, %s in the scope, of these %s swept since",
            part.path,
            f"{found.records:,}",
            f"{found.selected + found.newer_here:,}",
            f"{found.newer_here:,}",
        )

    def _require_size(self, file: str, part: SnapshotPart, size: int | None) -> None:
        if size is None:
            raise self._fault(file, "it is missing")
        if size != part.bytes:
            raise self._fault(file, f"it has {size:,} bytes, and the manifest says {part.bytes:,}")

    def _unreadable_lines(self, file: str, here: str, expected: int) -> list[bytes]:
        """The careful way, for a part that holds lines that are no JSON objects: each as a JSON text."""
        content = Path(here).read_bytes()
        lines = (gzip.decompress(content) if file.endswith(".gz") else content).split(b"\n")
        found = [line for line in lines if line.strip() and not _is_object(line)]
        if len(found) != expected:
            raise self._fault(file, f"{expected:,} of its lines cannot be read, and they cannot be told from the rest")
        return [orjson.dumps(line.decode("utf-8", "replace")) for line in found]

    def _fault(self, file: str, what: str) -> SnapshotFault:
        # a part that was replaced is told as that
        require_unchanged(self._store, self._snapshot)
        return SnapshotFault(
            f"a part of the snapshot is not what its manifest says: {what}",
            where=file,
            fix="run again (a mirror: fetch it before, aws s3 sync --delete --no-sign-request); what was loaded is "
            "kept, and the load goes on with this part",
        )


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False
