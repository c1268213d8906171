"""Is a release what its record says? Every file is read, the database is opened, its rows are counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from include.common.errors import EntangledError
from include.common.files import sha256_file
from include.contracts.hold import hold_in
from include.contracts.release import RECORD, Release, read_releases
from include.release.catalogue import ReleaseError, current_id, find_held, find_release, kept_releases, link
from include.release.opening import connect_database, tables_in
from include.settings import Settings

DATABASE = "marts.duckdb"
# faults of one release that a message spells out
_NAMED = 10
_REMEDY = (
    "when the current release is torn, take readers back: make rollback. Move the folder of a torn one away (the one "
    "that an object store points at comes back with `python -m include.store pull`). The others are not touched by it"
)


class ReleasesTorn(EntangledError):
    """A release, the link or the hold is not what it should be. Nothing was changed."""


@dataclass(frozen=True)
class ReleaseState:
    """One release and what is wrong with it, in sentences."""

    release_id: str
    files: int
    problems: tuple[str, ...]

    def __str__(self) -> str:
        if not self.problems:
            return f"{self.release_id}  whole: {self.files} files"
        more = len(self.problems) - _NAMED
        lines = [*self.problems[:_NAMED], *([f"and {more} more"] if more > 0 else [])]
        return "\n    ".join([f"{self.release_id}  TORN:", *lines])


@dataclass(frozen=True)
class Verification:
    """All that were looked at, newest first, torn records last, and what is wrong with the link and the hold."""

    releases: tuple[ReleaseState, ...]
    problems: tuple[str, ...]

    @property
    def last_line(self) -> str:
        """`releases: 3, whole: 3`."""
        whole = sum(not state.problems for state in self.releases)
        return f"releases: {len(self.releases)}, whole: {whole}"

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems and not any(state.problems for state in self.releases)

    def __str__(self) -> str:
        remedy = [] if self.is_whole else [f"what to do: {_REMEDY}"]
        return "\n".join([*map(str, self.releases), *self.problems, *remedy, self.last_line])

    def require_whole(self) -> None:
        """Go on when nothing is wrong.

        Raises:
            ReleasesTorn: something is.
        """
        if not self.is_whole:
            torn = [str(state) for state in self.releases if state.problems]
            raise ReleasesTorn("\n".join([self.last_line, *torn, *self.problems]), fix=_REMEDY)


def verify_releases(settings: Settings, release_id: str | None = None) -> Verification:
    """See `include.release.verify`."""
    whole, torn = read_releases(settings.releases_dir)
    if release_id is not None:
        if release_id not in [*(one.release_id for one in whole), *(one.release_id for one in torn)]:
            # says so, and which there are
            find_release(settings, release_id)
        whole = [one for one in whole if one.release_id == release_id]
        torn = [one for one in torn if one.release_id == release_id]
    states = [verify_folder(settings, release) for release in whole]
    states += [ReleaseState(one.release_id, 0, (one.problem,)) for one in torn]
    around = () if release_id is not None else (*_of_link(settings), *_of_hold(settings))
    return Verification(tuple(states), around)


def verify_folder(settings: Settings, release: Release) -> ReleaseState:
    """Read every file of a release against its record."""
    folder = settings.releases_dir / release.release_id
    problems = [*_of_files(folder, release), *_of_tables(release)]
    if not any(problem.startswith(DATABASE) for problem in problems):
        problems += _of_database(settings, folder, release)
    return ReleaseState(release.release_id, len(release.files_sha256), tuple(problems))


def require_whole(settings: Settings, release: Release) -> Release:
    """The release itself.

    Raises:
        ReleaseError: it is torn.
    """
    problems = verify_folder(settings, release).problems
    if problems:
        others = [other for other in kept_releases(settings) if other != release]
        whole = [other.release_id for other in others if not verify_folder(settings, other).problems]
        raise ReleaseError(
            f"release {release.release_id} is torn: {problems[0]}",
            where=str(settings.releases_dir / release.release_id),
            fix=f"move its folder away; whole are: {', '.join(whole) or 'none'}. `make verify-release` says more",
        )
    return release


def _of_files(folder: Path, release: Release) -> Iterator[str]:
    found = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if not file.is_dir()}
    for name, sha256 in release.files_sha256.items():
        if name not in found:
            yield f"{name} is missing"
            continue
        try:
            if sha256_file(folder / name) != sha256:
                yield f"{name} was changed"
        except OSError as error:
            yield f"{name} cannot be read: {error.strerror}"
    yield from (f"{name} does not belong to it" for name in sorted(found - release.files_sha256.keys() - {RECORD}))
    if DATABASE not in release.files_sha256:
        yield f"{DATABASE} is not in its record"


def _of_tables(release: Release) -> Iterator[str]:
    for table in release.tables:
        name = f"parquet/{table.name}.parquet"
        if release.files_sha256.get(name) != table.sha256:
            yield f"{RECORD} does not agree with itself about {name}"


def _of_database(settings: Settings, folder: Path, release: Release) -> Iterator[str]:
    stated = {table.name: table.rows for table in release.tables}
    try:
        with connect_database(settings, folder) as db:
            names = tables_in(db)
            for name in sorted(stated.keys() - set(names)):
                yield f"{DATABASE} has no table {name}"
            for name in names:
                (rows,) = db.execute(f'select count(*) from "{name}"').fetchall()[0]
                if name not in stated:
                    yield f"{DATABASE} has a table {name} that {RECORD} does not name"
                elif rows != stated[name]:
                    yield f"{DATABASE} has {rows:,} rows of {name}, and {RECORD} says {stated[name]:,}"
    except duckdb.Error as error:
        yield f"{DATABASE} cannot be read: {str(error).splitlines()[0]}"


def _of_link(settings: Settings) -> Iterator[str]:
    place = link(settings)
    now = current_id(settings)
    if now is None:
        if place.exists():
            yield "current  is no link: move it away, then `make rollback TO=<id>`"
        elif read_releases(settings.releases_dir)[0]:
            yield "current  is gone: readers find nothing. `make rollback TO=<id>` or `make rollforward` makes it again"
        return
    if not (settings.releases_dir / now / RECORD).is_file():
        yield f"current  points at {now}, which is not there or has no record: make rollback"
    elif place.resolve() != (settings.releases_dir / now).resolve():
        yield f"current  points out of the folder, at {place.readlink()}: make rollback TO=<id>"


def _of_hold(settings: Settings) -> Iterator[str]:
    try:
        hold = hold_in(settings.releases_dir)
        if hold is None:
            return
        find_held(settings, hold)
    except EntangledError as error:
        yield f"hold  {error.what}; {error.fix}"
        return
    if current_id(settings) != hold.release_id:
        yield f"hold  {hold}, and `current` points elsewhere: make rollback TO={hold.release_id} finishes it"
