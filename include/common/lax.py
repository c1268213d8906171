"""JSON that is not strict, made strict.

Lax writers let through what the JSON grammar forbids: raw control characters, half a surrogate pair, NaN, numbers
beyond all measure, bytes that are no UTF-8. One such title would make its page unreadable for ever, so a page that the
strict parser refuses is given a second reading, and what cannot be written becomes a question mark or null.
"""

from __future__ import annotations

import json
import math
from typing import Any

_MOST_FIGURES = 300


def _finite(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None


def _measured(text: str) -> int | None:
    # no double holds a longer one, and Python refuses to read one of some thousand figures
    return int(text) if len(text) <= _MOST_FIGURES else None


_DECODER = json.JSONDecoder(strict=False, parse_constant=lambda _: None, parse_float=_finite, parse_int=_measured)


def made_strict(body: bytes) -> bytes | None:
    """The same JSON object in strict JSON; None when it is no JSON object in any reading."""
    try:
        document = _DECODER.decode(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return strict_text(document) if isinstance(document, dict) else None


def value_at(text: str, start: int) -> tuple[Any, int]:
    """The JSON value that begins at this place of the text, strict or not, and the place behind it.

    Raises:
        ValueError: no JSON value begins there.
    """
    try:
        return _DECODER.raw_decode(text, start)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def strict_text(value: Any) -> bytes:
    """A value that was read, in strict JSON."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
