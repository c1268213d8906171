"""Numbers and names as people write them."""

from __future__ import annotations

from collections.abc import Sequence

MINUS = "\u2212"


def whole(value: float | None) -> str:
    """`16386` -> `16,386`."""
    return "–" if value is None else f"{value:,.0f}".replace("-", MINUS)


def share(value: float | None) -> str:
    """`0.443` -> `44.3 %`."""
    return "–" if value is None else f"{100 * value:.1f} %".replace("-", MINUS)


def rate(value: float | None) -> str:
    """`0.5` -> `+50 %`."""
    return "–" if value is None else f"{100 * value:+,.0f} %".replace("-", MINUS)


def figure(value: float | None, unit: str) -> str:
    """A headline figure in its unit."""
    if unit == "share":
        return share(value)
    return rate(value) if unit == "rate" else whole(value)


def difference(value: float | None, relative: float | None, unit: str) -> str:
    """How far a figure is from the published one: points for shares, else the number and per cent."""
    if value is None:
        return ""
    if unit == "share":
        return f"{100 * value:+.1f} points".replace("-", MINUS)
    number = f"{value:+,.0f}".replace("-", MINUS) if round(value) else "0"
    if unit == "rank" or relative is None:
        return number
    return f"{number} ({100 * relative:+.1f} %)".replace("-", MINUS)


def listed(names: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def plain(code: str) -> str:
    """`plus_seven_sons` -> `Plus seven sons`."""
    return code.replace("_", " ").capitalize()
