"""Numbers of the pages: each carries the id of its figure, so that a check can read it back and hold it against its
mart.

An id is a measure and its parts, `joint_papers/EUROPE/2017-2022`. The measures are files: `measures/<measure>.sql` says
the unit, the parts, and the query on the marts that must give the same value. Names, years and dates are marked too, so
that a number without a figure stands out.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from markupsafe import Markup, escape

from include.report import words

# fewer joint papers than this are a small cell: counts are shown, no growth and no share is stated of them
SMALL_CELL = 25


def figure_id(measure: str, *parts: object) -> str:
    """`linked_papers/any_list/today/EUROPE/2017-2022`; what is not a letter, digit, `-`, `_` or `.` is encoded."""
    return "/".join([measure, *(quote(str(part), safe="") for part in parts)])


@dataclass(frozen=True)
class Figure:
    """A number: the id of its figure, its value in plain units (shares as 0.443; None: not known), and its unit."""

    figure_id: str
    value: float | None
    unit: str = "papers"

    @property
    def text(self) -> str:
        """The number as people write it."""
        return words.figure(self.value, self.unit)

    def __html__(self) -> Markup:
        if self.value is None:
            return Markup('<span class="unknown">not known</span>')
        value = repr(float(self.value)) if self.unit not in ("papers", "rank") else str(round(self.value))
        return Markup('<data data-figure="{}" value="{}">{}</data>').format(self.figure_id, value, self.text)


@dataclass(frozen=True)
class Name:
    """A name or a text from the data, whose digits are no figures."""

    text: str

    def __html__(self) -> Markup:
        return Markup('<span class="name">{}</span>').format(self.text)


@dataclass(frozen=True)
class Years:
    """Years: one, or the first and the last."""

    first: int
    last: int

    @property
    def key(self) -> str:
        """`2022`, or `2017-2022`: the part of an id."""
        return str(self.last) if self.first == self.last else f"{self.first}-{self.last}"

    def __str__(self) -> str:
        return words.years(self.key)

    def __html__(self) -> Markup:
        return Markup('<span class="period">{}</span>').format(str(self))

    @property
    def at_the_ends(self) -> tuple[Years, Years]:
        """The first year and the last."""
        return Years(self.first, self.first), Years(self.last, self.last)


def say(template: str, /, **parts: object) -> Markup:
    """The sentence with its parts: figures with their ids, names and years marked, everything escaped."""
    return Markup(template).format(**parts)


def strong(part: object) -> Markup:
    """The part that a sentence is about."""
    return Markup("<strong>{}</strong>").format(part)


def listed(parts: list[Markup]) -> Markup:
    """`a, b and c`."""
    if len(parts) < 2:
        return Markup("").join(parts)
    return Markup(", ").join(parts[:-1]) + Markup(" and ") + escape(parts[-1])
