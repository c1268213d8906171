"""Paths that a tool would misread: the tool gets a plain link to the folder instead."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import tempfile
from pathlib import Path

from include.common.errors import StorageError
from include.common.files import storage_errors

_PLAIN = re.compile(r"[\w./-]+")


def plain_path(folder: Path) -> Path:
    """A path of `folder` that every tool reads as it stands: its own, or that of a link to it.

    Airflow puts paths into URLs, which end at `?`, and replaces `$NAME`, `%` and `~` in them. Spark takes brackets for
    a pattern.

    Raises:
        StorageError: a link is needed and there is no place for one.
    """
    if _PLAIN.fullmatch(str(folder)):
        return folder
    places = [Path(place) for place in (tempfile.gettempdir(), "/tmp", "/var/tmp") if _PLAIN.fullmatch(place)]
    if not places:
        raise StorageError(
            "Airflow and Spark cannot read a path with such characters, and there is no other place for a link to it",
            where=str(folder),
            fix="set ENTANGLED_HOME to a folder of letters, figures, dots, dashes and underscores",
        )
    # a folder of this user alone: nobody else may say where its links lead
    links = places[0] / f"entangled-{os.getuid()}"
    with storage_errors(links):
        links.mkdir(mode=0o700, exist_ok=True)
    owned = links.lstat()
    if not stat.S_ISDIR(owned.st_mode) or owned.st_uid != os.getuid():
        raise StorageError(
            "a folder for links is not this user's own", where=str(links), fix="remove it, or set TMPDIR to another one"
        )
    link = links / hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    if not link.is_symlink() or link.readlink() != folder:
        with storage_errors(link):
            link.unlink(missing_ok=True)
            link.symlink_to(folder)
    return link
