"""Failed checks that a person accepts for one run: `check_id=reason; check_id=reason`."""

from __future__ import annotations

from collections.abc import Collection

from include.common.errors import SettingsError

_SETTING = "ENTANGLED_ACCEPT"


def parse_accepted(text: str, known: Collection[str]) -> dict[str, str]:
    """Check id -> reason.

    Raises:
        SettingsError: an entry has no reason, or names no check.
    """
    accepted: dict[str, str] = {}
    for entry in filter(None, (part.strip() for part in text.split(";"))):
        check_id, _, reason = (part.strip() for part in entry.partition("="))
        if not reason:
            raise SettingsError(
                f"{_SETTING}: `{entry}` gives no reason", fix="write `check_id=reason; check_id=reason`"
            )
        if check_id not in known:
            raise SettingsError(f"{_SETTING}: there is no check `{check_id}`", fix=_nearest(check_id, known))
        accepted[check_id] = reason
    return accepted


def _nearest(check_id: str, known: Collection[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(check_id, known, n=3)
    return f"did you mean {' or '.join(near)}?" if near else "the audit's message names the checks that failed"
