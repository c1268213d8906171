"""Where a snapshot lies: a folder, or an address that fsspec reaches. DuckDB reads its files, downloaded if need be."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import duckdb

from include.common.clock import utc_now
from include.common.duck import connect
from include.common.files import ensure_dir
from include.openalex.errors import SnapshotFault
from include.settings import Settings

if TYPE_CHECKING:
    from include.openalex.snapshot.remote import Remote

_LONGEST_DOWNLOAD_SECONDS = 86_400.0


class Store:
    """Reads files by path or address. Used by one thread at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._downloads = settings.home / "tmp" / "snapshot"
        ensure_dir(self._downloads)
        self._opened: Remote | None = None
        self.connection = connect(settings)

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()

    def read(self, path: str) -> bytes | None:
        """The file's bytes; None when there is no such file."""
        if _is_address(path):
            return self._remote(path).read(path)
        rows = self._rows("select content from read_blob(?)", path)
        return bytes(rows[0][0]) if rows else None

    def size(self, path: str) -> int | None:
        """The file's length in bytes; None when there is no such file."""
        if _is_address(path):
            return self._remote(path).size(path)
        rows = self._rows("select size from read_blob(?)", path)
        return int(rows[0][0]) if rows else None

    def names(self, pattern: str) -> list[str]:
        """Paths of the files that match, sorted."""
        if _is_address(pattern):
            return self._remote(pattern).names(pattern)
        return sorted(row[0] for row in self._rows("select file from glob(?)", pattern))

    @contextmanager
    def at_hand(self, path: str) -> Iterator[str]:
        """The path of a local file with the same bytes while the block runs: a download goes afterwards."""
        if not _is_address(path):
            yield path
            return
        # the name tells what it is of; what a killed load left is written anew when its part comes again
        name = f"{hashlib.sha256(path.encode()).hexdigest()[:16]}-{path.rsplit('/', 1)[1]}"
        file = self._downloads / name
        try:
            self._remote(path).download(path, file)
            yield str(file)
        finally:
            file.unlink(missing_ok=True)

    def clear_downloads(self) -> None:
        """Remove what loads left that were killed and never went on."""
        for file in self._downloads.iterdir():
            if utc_now().timestamp() - file.stat().st_mtime > _LONGEST_DOWNLOAD_SECONDS:
                file.unlink(missing_ok=True)

    def _remote(self, address: str) -> Remote:
        if self._opened is None:
            # its libraries take their time, and a folder needs none of them
            from include.openalex.snapshot.remote import Remote

            self._opened = Remote(self._settings, address)
        return self._opened

    def _rows(self, query: str, path: str) -> list[Any]:
        with reading(path):
            rows: list[Any] = self.connection.execute(query, [path]).fetchall()
            return rows


@contextmanager
def reading(path: str) -> Iterator[None]:
    """DuckDB's own words for a file that cannot be read become an error that says what to do."""
    try:
        yield
    except (duckdb.IOException, duckdb.InvalidInputException, duckdb.ConversionException, UnicodeDecodeError) as error:
        raise SnapshotFault(
            f"a file of the snapshot cannot be read: {_first_line(error)}",
            where=path,
            fix="fetch it again (a mirror: aws s3 sync --delete --no-sign-request); what was loaded is kept",
        ) from None


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:300]


def location(settings: Settings) -> str:
    """Where the settings say that the snapshot lies, without a final slash.

    Raises:
        SnapshotFault: they do not say.
    """
    if not settings.snapshot:
        raise SnapshotFault(
            "nobody said where the snapshot lies",
            where="ENTANGLED_SNAPSHOT",
            fix="set it to s3://openalex, or to a folder that holds a mirror of it",
        )
    if _is_address(settings.snapshot):
        return settings.snapshot.rstrip("/")
    return str(Path(settings.snapshot).expanduser().resolve())


def _is_address(path: str) -> bool:
    return "://" in path
