"""JSON that is not strict, made strict.

Lax writers let through what the JSON grammar forbids: raw control characters, half a surrogate pair, NaN, bytes that
are no UTF-8. One such title would make its page unreadable for ever, so a page that the strict parser refuses is given
a second reading, and what cannot be written becomes a question mark or null.
"""

from __future__ import annotations

import json


def made_strict(body: bytes) -> bytes | None:
    """The same JSON object in strict JSON; None when it is no JSON object in any reading."""
    try:
        document = json.loads(body.decode("utf-8", "replace"), strict=False, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
