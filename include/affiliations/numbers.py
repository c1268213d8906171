"""Numbers of institutes and units in comparable addresses: 54 research institute, 第五十四研究所, unit 63820."""

from __future__ import annotations

import re

from include.affiliations.text import NUMBER_WORDS, chinese_number

_BEFORE_INSTITUTE = re.compile(" ([0-9]{1,4}) (?:[a-z]+ )?(?:research )?institute ")
_BEHIND_INSTITUTE = re.compile(" institute ([0-9]{1,4}) ")
_IN_WORDS = re.compile(" ((?:[a-z]+ty )?(?:first|second|third|[a-z]+th)) (?:research )?institute ")
_IN_CHINESE = re.compile("第? ?([一二三四五六七八九十零〇○]{1,4}|[0-9]{1,4}) ?(?:研究)?所")
_UNITS = (
    re.compile(" (?:units?|troops?) ([0-9]{5}) "),
    re.compile(" ([0-9]{5}) (?:units?|troops?|army) "),
    re.compile("([0-9]{5}) ?部队"),
)


def institute_number(plain: str) -> str | None:
    """The number of a numbered institute or of a unit (five figures) in a comparable address; None without one."""
    if "institute " in plain:
        for pattern in (_BEFORE_INSTITUTE, _BEHIND_INSTITUTE):
            if found := pattern.search(plain):
                return found[1]
        if found := _IN_WORDS.search(plain):
            return NUMBER_WORDS.get(found[1], found[1])
    if "所" in plain and (found := _IN_CHINESE.search(plain)):
        return chinese_number(found[1])
    return unit_number(plain)


def unit_number(plain: str) -> str | None:
    """The five figures of a unit of the army in a comparable address; None without one."""
    for pattern in _UNITS:
        if found := pattern.search(plain):
            return found[1]
    return None
