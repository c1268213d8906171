"""The hold: a rollback that later runs do not undo.

`releases/hold.json` is written by `make rollback` and removed by `make rollforward`. While it is there, `current` stays
on the held release: runs build and audit, and their candidates wait.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import ClassVar, Literal

from include.common.errors import ContractError
from include.common.files import fsync_dir, storage_errors
from include.contracts.base import HandOver


class Hold(HandOver):
    """`hold.json`. `rolled_back_from` are the releases that readers were taken behind: no baseline for an audit.
    `before` is the one that they had before the first rollback.

    `came_from` is `store` when another machine rolled back and this one pulled; such a hold is lifted by a pull too.
    """

    what_it_is: ClassVar[str] = "note of a rollback"

    schema_version: Literal[1] = 1
    release_id: str
    since: datetime
    who: str
    reason: str = ""
    before: str = ""
    rolled_back_from: tuple[str, ...] = ()
    came_from: Literal["here", "store"] = "here"

    def __str__(self) -> str:
        because = f", because {self.reason}" if self.reason else ""
        by = f" by {self.who}" if self.who else ""
        return f"release {self.release_id} is held since {self.since:%Y-%m-%d %H:%M} UTC{by}{because}"


def hold_file(releases: Path) -> Path:
    """Where the hold of these releases lies."""
    return releases / "hold.json"


def hold_in(releases: Path) -> Hold | None:
    """The hold of these releases, None when there is none.

    Raises:
        ContractError: it cannot be read. A hold that nobody can read still holds, so nothing goes on without a person.
    """
    file = hold_file(releases)
    if not file.exists():
        return None
    try:
        return Hold.load(file)
    except ContractError as error:
        raise ContractError(
            error.what, where=str(file), fix="make rollback writes it anew, make rollforward removes it"
        ) from None


def lift_hold(releases: Path) -> None:
    """Remove the hold."""
    file = hold_file(releases)
    with storage_errors(file):
        file.unlink(missing_ok=True)
        fsync_dir(releases)
