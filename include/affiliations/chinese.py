"""Traditional Chinese characters as simplified ones, which the names of the lists are written in."""

from __future__ import annotations

from functools import cache

from opencc import OpenCC

from include.affiliations.text import HAN


@cache
def _converter() -> OpenCC:
    return OpenCC("t2s")


def simplified(text: str) -> str:
    """`國防科技大學, 長沙` -> `国防科技大学, 长沙`; text without Chinese characters stays as it is."""
    if text.isascii() or not HAN.search(text):
        return text
    return str(_converter().convert(text))
