"""Read pages back: every number that a reader sees carries the id of its figure and is what the mart says."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Protocol

from include.common.errors import ContractError
from include.report import words


class Marts(Protocol):
    """Whatever knows figures by their ids (registry.py)."""

    def figure(self, figure_id: str) -> tuple[float | None, str]:
        """The value and the unit of a figure; ContractError when the id names none."""
        ...


# what readers do not see, or what is told by a tool tip
_UNSEEN = {"head", "style", "script", "title", "desc", "option"}
# names, years and dates; and scales, legends and titles of drawings
_NO_FIGURES = re.compile(
    r"\b(name|period|unknown|role-axis\S*|role-legend\S*|role-title\S*|role-header\S*|\S*names_\S*)\b"
)
_VOID = {"meta", "link", "br", "hr", "img", "input", "wbr", "source"}
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True)
class Number:
    """A number on a page: the id of its figure ("" when it has none), what is read, and the value in plain units."""

    figure_id: str
    text: str
    value: str | None = None


@dataclass
class Findings:
    """What a reading found: how many pages, how many numbers, how many of them equal their mart, and what is wrong."""

    pages: int = 0
    figures: int = 0
    equal: int = 0
    faults: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    """Numbers of a page in the order of reading."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers: list[Number] = []
        # of each open element: its tag, whether digits in it need no id, the id and value of its figure
        self._open: list[tuple[str, bool, str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            return
        values = dict(attrs)
        is_free = bool(self._open and self._open[-1][1])
        is_free = is_free or tag in _UNSEEN or bool(_NO_FIGURES.search(values.get("class") or ""))
        figure, value = (self._open[-1][2], self._open[-1][3]) if self._open else ("", None)
        if values.get("data-figure"):
            figure, value = str(values["data-figure"]), values.get("value")
        elif tag == "text" and values.get("aria-label"):
            # in the browser, Vega writes the id of a drawn number as its label
            figure, value = str(values["aria-label"]), None
        self._open.append((tag, is_free, figure, value))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A closed element holds no text."""

    def handle_endtag(self, tag: str) -> None:
        if any(one[0] == tag for one in self._open):
            while self._open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        text = data.strip()
        if not self._open or not text:
            return
        _, is_free, figure, value = self._open[-1]
        if not is_free and (figure or _DIGIT.search(text)):
            self.numbers.append(Number(figure, text, value))


def numbers_of(page: str) -> list[Number]:
    """The numbers that a reader of this HTML sees."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.numbers


def hold_against(marts: Marts, pages: Iterable[tuple[str, str]]) -> Findings:
    """Hold the numbers of pages (name, HTML) against the marts."""
    found = Findings()
    for name, page in pages:
        found.pages += 1
        compare(marts, name, numbers_of(page), found)
    return found


def compare(marts: Marts, page: str, numbers: Iterable[Number], found: Findings) -> None:
    """Add to `found` what the numbers of a page are."""
    for number in numbers:
        found.figures += 1
        if fault := _fault(marts, number):
            found.faults.append(f"{page}: {fault}")
        else:
            found.equal += 1


def _fault(marts: Marts, number: Number) -> str:
    if not number.figure_id:
        return f"{number.text!r} carries no id"
    try:
        value, unit = marts.figure(number.figure_id)
    except ContractError as error:
        return str(error)
    if value is None:
        return f"{number.figure_id}: {number.text!r}, and the mart has nothing"
    if number.value is not None and not math.isclose(float(number.value), value, rel_tol=1e-9, abs_tol=1e-9):
        return f"{number.figure_id}: {number.value}, the mart has {value}"
    # what the study published is written with its qualifier
    if not number.figure_id.startswith("published/") and number.text != words.figure(value, unit):
        return f"{number.figure_id}: {number.text!r}, the mart has {words.figure(value, unit)!r}"
    return ""
