"""Debian's chromium, with which pages are looked at."""

from __future__ import annotations

import shutil

from include.common.errors import EntangledError

_NAMES = ("chromium", "chromium-browser")


def find_chromium(what: str, error: type[EntangledError] = EntangledError) -> str:
    """Where it is; `what` is to be looked at with it.

    Raises:
        EntangledError: it is not installed; as the `error` that the caller names.
    """
    for name in _NAMES:
        if found := shutil.which(name):
            return found
    raise error(
        f"there is no chromium to look at {what} with",
        where=f"PATH, for {' or '.join(_NAMES)}",
        fix="apt-get install chromium (Debian's package)",
    )
