"""Numbers and names as people write them."""

from __future__ import annotations

from collections.abc import Sequence

MINUS = "\u2212"


# words of codes that are written otherwise than the rest
_SPELT = {"pla": "PLA", "uk": "UK", "eu": "EU", "cn": "China:"}


def whole(value: float | None) -> str:
    """`16386` -> `16,386`."""
    return "–" if value is None else f"{value:,.0f}".replace("-", MINUS)


def share(value: float | None) -> str:
    """`0.443` -> `44.3 %`."""
    return "–" if value is None else f"{100 * value:.1f} %".replace("-", MINUS)


def published(value: float | None, unit: str, qualifier: str) -> str:
    """A figure of the study, no more exact than it was given: `about 5 %`."""
    number = f"{100 * value:.3g} %" if value is not None and unit == "share" else figure(value, unit)
    return number if qualifier in ("", "exactly") else f"{qualifier} {number}"


def rate(value: float | None) -> str:
    """`0.5` -> `+50 %`."""
    return "–" if value is None else f"{100 * value:+,.0f} %".replace("-", MINUS)


def figure(value: float | None, unit: str) -> str:
    """A headline figure in its unit."""
    if unit == "share":
        return share(value)
    if unit == "factor":
        return factor(value)
    return rate(value) if unit == "rate" else whole(value)


def factor(value: float | None) -> str:
    """`2.633` -> `2.6`."""
    return "–" if value is None else f"{value:,.1f}"


def difference(value: float | None, relative: float | None, unit: str) -> str:
    """How far a figure is from the published one: points for shares, else the number and per cent."""
    if value is None:
        return ""
    if unit == "share":
        points = round(100 * value, 1)
        return f"{points:+.1f} points".replace("-", MINUS) if points else "0 points"
    number = f"{value:+,.0f}".replace("-", MINUS) if round(value) else "0"
    if unit == "rank" or relative is None or number == "0":
        return number
    return f"{number} ({100 * relative:+.1f} %)".replace("-", MINUS)


def of_number(value: float | None, one: str, many: str) -> str:
    """The word that goes with a number: `1 paper`, `0 papers`."""
    return one if value == 1 else many


def capital(text: str) -> str:
    """`any list` -> `Any list`."""
    return text[:1].upper() + text[1:]


def listed(names: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def plain(code: str) -> str:
    """`plus_seven_sons` -> `Plus seven sons`, `strict_pla` -> `Strict PLA`."""
    text = " ".join(_SPELT.get(word, word) for word in code.split("_"))
    return capital(text)


# names that English gives an article
_WITH_ARTICLE = (
    "United ",
    "Netherlands",
    "Philippines",
    "Bahamas",
    "Gambia",
    "Maldives",
    "Czech Republic",
    "Dominican R",
)


def in_a_sentence(country: str) -> str:
    """`United Kingdom` -> `the United Kingdom`."""
    return f"the {country}" if country.startswith(_WITH_ARTICLE) else country


def without_brackets(name: str) -> str:
    """`Europe (EU27, UK, Norway)` -> `Europe`."""
    return name.split(" (")[0]


def years(period: str) -> str:
    """`2017-2022` -> `2017–2022`, which does not break."""
    return period.replace("-", "–")
