"""What real addresses showed beside the names of the lists, a function a rule; each finds what rules.py cannot.

Names across commas, acronyms away from their city, hospitals of the army by number and command, the army alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from include.affiliations.addresses import Places, Single, bare_place
from include.affiliations.names import Name
from include.affiliations.rules import Finding, is_army, is_elsewhere, names_country
from include.affiliations.text import HAN, chinese_number, comparable

# stands for the army's hospitals that have no row of their own
OTHER_HOSPITALS = "hospitals-of-the-peoples-liberation-army"

TRIGGERS = (
    "pla", "military hospital", "joint logistic", "theater command", "theatre command", "military region",
    "military command", "military area", "unit", "troop", "部队", "解放军", "联勤保障部队", "战区总医院", "军区",
)  # fmt: skip

_FIGURES = "[0-9一二三四五六七八九十百零〇○]{1,5}"
_NUMBERED_HOSPITAL = re.compile(" ([0-9]{1,3}) (?:military |central |clinical |teaching )*(?:hospital|medical center) ")
_HOSPITAL_NUMBER = re.compile(" (?:hospital|military hospital) ([0-9]{3}) ")
_OF_THE_ARMY = re.compile(
    " pla | joint (?:logistic|service) |military (?:central )?hospital of (?:china|pla)"
    "|(?:chinese|china) military hospital"
)
_COMMANDS = " (?:theater|theatre|military|military area) (?:command|region|area|area command|region command)"
_COMMAND_HOSPITAL = re.compile(
    rf" general hospital (?:of |pla )?(?:[a-z]+ ){{0,2}}[a-z]+{_COMMANDS} | general hospital of [a-z]+{_COMMANDS} "
    rf"|{_COMMANDS} (?:pla )?general hospital "
)
_CHINESE_HOSPITAL = re.compile(f"(?:解放军|联勤保障部队|陆军|海军|空军)第?({_FIGURES})(?:中心)?医院")
_CHINESE_COMMAND_HOSPITAL = re.compile("(?:[东南西北中]部战区|[\u4e00-\u9fff]{2}军区)(?:[\u4e00-\u9fff]{2})?总医院")

_GENERAL_HOSPITAL, _ITS_NAMES = " pla general hospital ", ("general hospital pla", "pla general hospital")
# a conglomerate's or an academy's acronym says who an institute or company is of, wherever it lies
_ACRONYM_CATEGORIES = {"defence_industry", "pla", "seven_sons"}
_INSTITUTION = re.compile(
    r"\b(?:institutes?|inst|laborator(?:y|ies)|labs?|cent(?:er|re)|ctr|academy|company|co|corp|corporation|ltd|limited|"
    r"group|university|college|research)\b",
    re.IGNORECASE,
)
_LEAST_WORDS_BESIDE_OTHERS = 3
# numbers of units of the army begin so since 2000; others are rooms and postcodes
_UNIT_ALONE = re.compile("^ (?:unit|troop) ([36789][0-9]{4}) $")
_CHINESE_UNIT = re.compile("([36789][0-9]{4})部队")


@dataclass(frozen=True)
class Forms:
    """What the rules here need of the lists."""

    places: Places
    army: Name | None
    hospitals: Mapping[str, Name]
    other_hospitals: Name | None
    general_hospital: Name | None
    acronyms: Mapping[str, Name] = field(default_factory=dict)

    @classmethod
    def of(cls, names: Sequence[Name], places: Places) -> Forms:
        """From all names of the lists."""
        hospitals: dict[str, Name] = {}
        for name in names:
            if name.category == "pla_hospital" and (number := hospital_number(name.needle)):
                hospitals.setdefault(number, name)
        return cls(
            places=places,
            army=next((name for name in names if is_army(name) and name.kind == "numbered_institute"), None),
            hospitals=hospitals,
            other_hospitals=next((name for name in names if name.body_id == OTHER_HOSPITALS), None),
            general_hospital=next((name for name in names if name.needle == _GENERAL_HOSPITAL), None),
            acronyms={
                name.acronym: name
                for name in names
                if name.acronym
                and name.kind in ("acronym_and_city", "numbered_institute")
                and name.category in _ACRONYM_CATEGORIES
                and name.country_code == "CN"
            },
        )

    def found(self, text: str, single: Single, candidates: Iterable[Name], named: Sequence[Finding]) -> list[Finding]:
        """What the rules find in one address beside `named`, which rules.py found there."""
        have = {one.body_id for one in named}
        more = [*across_commas(single, candidates, self.places, have)]
        more += acronyms_in_country(text, single, self.acronyms, {*have, *(one.body_id for one in more)}, named)
        if any(part.strip() in _ITS_NAMES for part in single.parts) and (general := self.general_hospital):
            if general.body_id not in have and not is_elsewhere(single, general):
                more.append(Finding(general, "command_hospital", "general hospital pla", names_country=True))
        elif hospital := army_hospital(single, self.hospitals, self.other_hospitals):
            if hospital.body_id not in have and not (
                hospital.body_id == OTHER_HOSPITALS and any(one.name.category == "pla_hospital" for one in named)
            ):
                more.append(hospital)
        elif not (have or more):
            more += army_alone(single, self.army)
        return more


def across_commas(single: Single, candidates: Iterable[Name], places: Places, have: set[str]) -> list[Finding]:
    """A name whose words commas part: all that stands between its first and its last comma is the name, and nothing
    else but a place and a postcode behind it (Fourth Military Medical, University, Xi'an; SMIC, Shanghai 201203)."""
    found = []
    for name in candidates:
        if name.body_id in have or name.kind not in ("name", "chinese_name") or name.is_chinese:
            continue
        # where another body is named, an acronym and a city (AVIC, Shenyang) are no company of that city
        if have and len(name.needle.split()) < _LEAST_WORDS_BESIDE_OTHERS:
            continue
        if name.also is not None or not _spans_parts(single.parts, name.needle, places) or is_elsewhere(single, name):
            continue
        if names_country(single, name):
            found.append(Finding(name, "name_across_commas", name.needle.strip(), names_country=True))
    longest = max((len(one.evidence) for one in found), default=0)
    return [one for one in found if len(one.evidence) == longest]


def _spans_parts(parts: Sequence[str], needle: str, places: Places) -> bool:
    words = needle.split()
    for first in range(len(parts) - 1):
        left = words
        for place, part in enumerate(parts[first:]):
            here = part.split()
            if here == left[: len(here)] and len(here) < len(left):
                left = left[len(here) :]
                continue
            rest = here[len(left) :]
            if place > 0 and here[: len(left)] == left and _is_place(rest, places):
                return True
            break
    return False


def _is_place(words: Sequence[str], places: Places) -> bool:
    text = f" {' '.join(words)} " if words else " "
    return not bare_place(text) or places.find(text) is not None


def acronyms_in_country(
    text: str, single: Single, acronyms: Mapping[str, Name], have: set[str], named: Sequence[Finding]
) -> list[Finding]:
    """The acronym of a conglomerate or academy away from its own city, with China in the address: alone between commas,
    or before or behind an institute or company (CAEP Software Center, Beijing), not in the midst of other words."""
    found: dict[str, Finding] = {}
    for printed in re.split("[,;，；()]", text):
        words = re.findall("[A-Za-z0-9]+", printed)
        for place, word in enumerate(words):
            name = acronyms.get(word)
            if name is None or name.body_id in have or place not in (0, len(words) - 1):
                continue
            if f" {word.lower()} " not in single.plain or is_elsewhere(single, name) or not names_country(single, name):
                continue
            is_alone = len([other for other in words if not other.isdigit()]) <= 1
            if not (is_alone or _INSTITUTION.search(printed)):
                continue
            # of a listed institute the acronym is a part of the name
            is_part_of_name = any(
                word.lower() in one.evidence.split()
                or (not is_alone and one.name.category == name.category and one.name.needle in comparable(printed))
                for one in named
            )
            if not is_part_of_name:
                found[name.body_id] = Finding(name, "acronym_in_country", word.lower(), names_country=True)
    return list(found.values())


def hospital_number(plain: str) -> str | None:
    """The number of a hospital in a comparable text, also in Chinese figures: `307 hospital of pla` -> `307`."""
    for pattern in (_NUMBERED_HOSPITAL, _HOSPITAL_NUMBER):
        if found := pattern.search(plain):
            return found[1]
    if found := re.search(f"第?({_FIGURES})(?:中心)?医院", plain):
        return chinese_number(found[1])
    return None


def army_hospital(single: Single, hospitals: Mapping[str, Name], others: Name | None) -> Finding | None:
    """A hospital of the army by its number, or by its theatre command or military region: the one that has a row of its
    own, or else the row for all others. Never the army itself."""
    number, is_one = None, False
    if _OF_THE_ARMY.search(single.plain) and (" hospital " in single.plain or " medical center " in single.plain):
        number = hospital_number(single.plain) if not HAN.search(single.plain) else None
        is_one = number is not None
    is_one = is_one or bool(_COMMAND_HOSPITAL.search(single.plain))
    if "医院" in single.chinese:
        if chinese := _CHINESE_HOSPITAL.search(single.chinese):
            number, is_one = chinese_number(chinese[1]), True
        is_one = is_one or bool(_CHINESE_COMMAND_HOSPITAL.search(single.chinese))
    name = hospitals.get(number or "", others)
    if not is_one or name is None or is_elsewhere(single, name) or not names_country(single, name):
        return None
    return Finding(
        name, "numbered_hospital" if number else "command_hospital", f"hospital {number or ''}".strip(), True
    )


def army_alone(single: Single, army: Name | None) -> list[Finding]:
    """The army where nothing but it is named, or a unit of it by its figures alone."""
    if army is None or is_elsewhere(single, army):
        return []
    alone = [part.strip() for part in single.parts]
    if "pla" in alone or "pla of china" in alone or any(part == "中国人民解放军" for part in alone):
        return [Finding(army, "army_itself", "pla", names_country=True)]
    units = [found[1] for part in single.parts if (found := _UNIT_ALONE.match(part))]
    if (units or (units := _CHINESE_UNIT.findall(single.chinese))) and names_country(single, army):
        return [Finding(army, "unit", f"unit {units[0]}", names_country=True)]
    return []
