"""Takes people's names out of a record before it is kept in quarantine. The raw zone has it whole.

A record that was read is walked. A line that was not cannot be trusted to have a shape, so every value that could be a
name is masked in its text.
"""

from __future__ import annotations

import contextlib
import re
from typing import Any

import orjson

_MASK = "(name removed)"
_NAMES = ("raw_author_name", "raw_orcid", "orcid")
# a value of text, also one that the end of a torn line cuts
_NAME_VALUE = re.compile(
    r'("(?:display_name|raw_author_name|raw_orcid|orcid)"\s*:\s*)"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?$)', re.DOTALL
)


def without_names(line: bytes, *, was_read: bool) -> str:
    """The record as text, without the names of its authors."""
    if was_read:
        try:
            return orjson.dumps(_walk(orjson.loads(line))).decode()
        except orjson.JSONDecodeError:
            pass  # the reader forgives a comma too many, and NaN
    text = line.decode("utf-8", errors="backslashreplace")
    if text.startswith('"'):
        # a text in the place of a record: its quotes must not hide the names in it
        with contextlib.suppress(orjson.JSONDecodeError):
            text = orjson.loads(line)
    return _NAME_VALUE.sub(rf'\1"{_MASK}"', text)


def _walk(value: Any, *, of_author: bool = False) -> Any:
    if isinstance(value, dict):
        return {
            key: _MASK
            if part is not None and (key in _NAMES or (of_author and key == "display_name"))
            else _walk(part, of_author=key == "author")
            for key, part in value.items()
        }
    if isinstance(value, list):
        return [_walk(part, of_author=of_author) for part in value]
    return value
