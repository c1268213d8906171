"""Failed checks that a person accepts for one run: `check_id=reason; check_id=reason` (ENTANGLED_ACCEPT)."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

from include.common.errors import SettingsError

_SETTING = "ENTANGLED_ACCEPT"
# gate 1's checks carry this in front, so that each gate knows which entries are for the other
GATE_1_PREFIX = "raw_"


def parse_accepted(text: str) -> dict[str, str]:
    """Check id -> reason.

    Raises:
        SettingsError: an entry has no reason.
    """
    accepted: dict[str, str] = {}
    for entry in filter(None, (part.strip() for part in text.split(";"))):
        check_id, _, reason = (part.strip() for part in entry.partition("="))
        if not reason:
            raise SettingsError(
                f"{_SETTING}: `{entry}` gives no reason", fix="write `check_id=reason; check_id=reason`"
            )
        accepted[check_id] = reason
    return accepted


def require_known(accepted: Collection[str], known: Collection[str]) -> None:
    """Refuse a slip of the pen before it lets nothing pass.

    Raises:
        SettingsError: an id is neither among `known` nor one of gate 1.
    """
    for check_id in accepted:
        if check_id not in known and not check_id.startswith(GATE_1_PREFIX):
            near = get_close_matches(check_id, known, n=3)
            fix = f"did you mean {' or '.join(near)}?" if near else "the gate's message names the checks that failed"
            raise SettingsError(f"{_SETTING}: there is no check `{check_id}`", fix=fix)
