"""The characters that HTML entities stand for, as the SQL macro `html_character` looks them up."""

from __future__ import annotations

import html
from html.entities import html5


def html_characters() -> dict[str, str]:
    """`eacute` -> `é`, and `#146` -> `’`: browsers read the numbers 128 to 159 as Windows' characters."""
    named = {name.removesuffix(";"): characters for name, characters in html5.items() if name.endswith(";")}
    numbered = {f"#{code}": html.unescape(f"&#{code};") for code in range(128, 160)}
    return named | {name: character for name, character in numbered.items() if ord(character) != int(name[1:])}
