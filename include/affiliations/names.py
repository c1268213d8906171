"""The names that listed bodies are looked for by, made comparable once.

Left out: names on `military_unsafe_names`, single words and short names (unless an acronym together with the body's
city), and names that two bodies share.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from include.affiliations.text import HAN, comparable, comparable_chinese, without_little_words

Row = Mapping[str, str | None]
NameKind = Literal["chinese_name", "name", "part_and_whole", "acronym_and_city", "numbered_institute"]

ARMY, ARMY_IN_CHINESE = " pla ", "中国人民解放军"

# 'A – B', 'A, B' and 'B at A': an address names B, and A somewhere else; so do the other names of such a body
_PARTED = re.compile(r"^(.*(?:Academy|University|Sciences)[^,–]*)(?: [–-] |, )(.+)$")
_PLACED = re.compile(r"^(.+) at ([A-Z].+)$")
_PREFIXED = re.compile(r"^(Chinese Academy of Sciences) ([A-Z].+)$")
_ACRONYM_IN_BRACKETS = re.compile(r" ?\([A-Z0-9&]{2,8}\)")
# the army before a Chinese name is said in full, in short or not at all; so is its force
_ARMY_SAID = tuple(
    (re.compile(f"^中国人民解放军{force}(?=.{{4,}})"), said)
    for force, said in (("", "解放军"), ("", ""), ("战略支援部队", "解放军"), ("战略支援部队", ""))
)
_GROUP = re.compile(r"^China .* Group Corporation\b", re.ASCII)
_GROUP_WORD = re.compile(r" Group Corporation\b", re.ASCII)
_FORCE_BEFORE = re.compile("^ (pla|pap) ([a-z]+ ){2,}(university|academy|college|institute) $")
_UNIT = re.compile("^ unit [0-9]{5} $")
_SHORT_UNIVERSITY = re.compile("^ ..大学 $")
_ACRONYM, _CONGLOMERATE_ACRONYM = re.compile("^[A-Z]{4,}$"), re.compile("^[A-Z]{3,5}$")
_CONGLOMERATE = re.compile(" china .*(corporation|group) $")
_OPEN_ENDED = re.compile(" (university|institute|academy|college|school) $")
_SHORTEST_NAME, _SHORTEST_CHINESE_NAME, _SHORTEST_CONGLOMERATE = 14, 5, 4


@dataclass(frozen=True)
class Name:
    """A name of a body. `needle` is found in a comparable address, together with `also` where that is not None.

    `is_company`: a company's name is the beginning of others'. `is_open_ended`: followed by `of`, it is the beginning
    of another name (Nanjing University of ...). `short` is the needle as a citation index prints it: Natl Univ Def
    Technol.
    `until` is the last year of a former name, None of a name of today.
    """

    body_id: str
    country_code: str
    category: str
    ror: str | None
    city: str | None
    kind: NameKind
    needle: str
    also: str | None
    is_own_name: bool
    is_company: bool
    is_chinese: bool
    is_open_ended: bool
    short: str
    country_name: str | None
    acronym: str | None
    until: str | None = None


@dataclass(frozen=True)
class _Said:
    """A name as said, with what is known of its body."""

    body: Row
    printed: str
    said: str
    whole: str | None


def names_of(
    bodies: Iterable[Row], unsafe: Iterable[Row], countries: Iterable[Row], former: Iterable[Row]
) -> list[Name]:
    """All names of all bodies, in a fixed order.

    `bodies`, `unsafe`, `countries`, `former`: rows of military_bodies, military_unsafe_names, countries and
    military_former_names, with empty values or None where there is none.
    """
    bodies = list(bodies)
    left_out = {(row["body_id"], row["unsafe_name"]) for row in unsafe}
    country_names = {row["country_code"]: comparable(row["country_name"] or "") for row in countries}
    said = [one for body in bodies for one in _said(body) if (body["body_id"], one.printed) not in left_out]
    with_chinese = {str(one.body["body_id"]) for one in said if HAN.search(one.said)}
    merged: dict[tuple[str, str, str, str | None], Name] = {}
    for one in said:
        for name in _kinds(one, with_chinese, country_names):
            key = (name.body_id, name.kind, name.needle, name.also)
            if before := merged.get(key):
                name = replace(
                    before,
                    is_own_name=before.is_own_name or name.is_own_name,
                    is_company=before.is_company or name.is_company,
                )
            merged[key] = name
    by_id = {body["body_id"]: body for body in bodies}
    for row in (one for one in former if one["body_id"] in by_id):
        for name in _former(by_id[row["body_id"]], row, country_names):
            merged.setdefault((name.body_id, name.kind, name.needle, name.also), name)
    return _one_body_each(merged.values())


def _former(body: Row, row: Row, country_names: Mapping[str | None, str]) -> list[Name]:
    """A name of before, often a common one: in English only with the city where the body was, or with the army."""
    printed = row["former_name"] or ""
    needle, city = comparable(printed), comparable(row["city"] or "")
    until = row["borne_until"] or None
    if not HAN.search(printed):
        name = _name(body, "name", needle, country_names, city=city.strip(), until=until)
        return [replace(name, also=city), replace(name, also=ARMY)]
    chinese = comparable_chinese(needle)
    if len(chinese) <= _SHORTEST_CHINESE_NAME:
        chinese = f" {chinese}"
    return [_name(body, "chinese_name", chinese, country_names, city=city.strip(), until=until)]


def _name(
    body: Row,
    kind: NameKind,
    needle: str,
    country_names: Mapping[str | None, str],
    *,
    also: str | None = None,
    city: str | None = None,
    own: bool = False,
    company: bool = False,
    acronym: str | None = None,
    until: str | None = None,
) -> Name:
    return Name(
        body_id=str(body["body_id"]),
        country_code=str(body["country_code"]),
        category=str(body["category"]),
        ror=body.get("ror") or None,
        city=city,
        kind=kind,
        needle=needle,
        also=also,
        is_own_name=own,
        is_company=company,
        is_chinese=bool(HAN.search(needle)),
        is_open_ended=bool(_OPEN_ENDED.search(needle)),
        short=without_little_words(needle),
        country_name=country_names.get(body["country_code"]),
        acronym=acronym,
        until=until,
    )


def _said(body: Row) -> list[_Said]:
    own = body["body_name"] or ""
    whole, part = _whole_and_part(own)
    aliases = [alias.strip() for alias in (body.get("aliases") or "").split(";")]
    found: dict[tuple[str, str], _Said] = {}
    for printed in (own.strip(), (part or "").strip(), *aliases):
        if not printed:
            continue
        forms = [printed, *(pattern.sub(form, printed) for pattern, form in _ARMY_SAID if pattern.match(printed))]
        if body["category"] == "defence_industry" and _GROUP.match(printed):
            forms.append(_GROUP_WORD.sub(" Corporation", printed))
        found |= {(printed, form): _Said(body, printed, form, whole) for form in forms if form}
    return list(found.values())


def _whole_and_part(own_name: str) -> tuple[str | None, str | None]:
    if found := _PARTED.match(own_name):
        return found[1], found[2]
    if found := _PLACED.match(own_name):
        return found[2], found[1]
    if found := _PREFIXED.match(own_name):
        return found[1], found[2]
    return None, None


def _kinds(one: _Said, with_chinese: set[str], country_names: Mapping[str | None, str]) -> list[Name]:
    """The ways in which a name is looked for."""
    body, printed = one.body, one.printed
    is_chinese = bool(HAN.search(one.said))
    needle = comparable(_ACRONYM_IN_BRACKETS.sub("", one.said))
    chinese = comparable_chinese(needle)
    city = comparable(body.get("city") or "").strip() or None
    acronym = printed if _ACRONYM.match(printed) else None

    def named(kind: NameKind, text: str, also: str | None = None, *, own: bool, company: bool = False) -> Name:
        return _name(body, kind, text, country_names, also=also, city=city, own=own, company=company, acronym=acronym)

    found = []
    is_own = printed == body["body_name"]
    if is_chinese:
        # the army as such stands in the name of every part of it
        if (len(chinese) >= _SHORTEST_CHINESE_NAME or _SHORT_UNIVERSITY.match(needle)) and chinese != ARMY_IN_CHINESE:
            # what is left without the army is the end of other names too (南京信息工程大学)
            is_shortened = printed.startswith(ARMY_IN_CHINESE) and not re.search("解放军|战略支援部队", one.said)
            text = f" {chinese}" if is_shortened or len(chinese) == 4 else chinese
            found.append(named("chinese_name", text, own=is_own))
    elif " " in needle.strip() and " | " not in needle and (len(needle) >= _SHORTEST_NAME or _UNIT.match(needle)):
        whole = comparable(one.whole) if one.whole else None
        also = None if whole is None or whole in needle else whole
        kind: NameKind = "part_and_whole" if also else "name"
        found.append(named(kind, needle, also, own=is_own, company=_is_company(body)))
    # the army stands before the name or after it
    if _FORCE_BEFORE.match(needle):
        found.append(named("name", needle[4:], needle[:5], own=False))
    if acronym and city:
        found.append(named("acronym_and_city", needle, f" {city} ", own=is_own))
    if needle == ARMY or needle.strip() == ARMY_IN_CHINESE or _is_conglomerate(one, needle, with_chinese):
        found.append(named("numbered_institute", chinese if is_chinese else needle, own=is_own))
    return found


def _is_company(body: Row) -> bool:
    """A company's name is the beginning of others'."""
    aliases = body.get("aliases") or ""
    return body["category"] == "us1260h_company" or (
        body["category"] == "defence_industry" and bool(aliases) and not HAN.search(aliases)
    )


def _is_conglomerate(one: _Said, needle: str, with_chinese: set[str]) -> bool:
    """Institutes are numbered within a conglomerate, units within the army: with the number even a short name is safe.
    A conglomerate has a Chinese name, its companies here have none."""
    if one.body["category"] != "defence_industry" or one.body["body_id"] not in with_chinese:
        return False
    if HAN.search(one.said):
        return len(comparable_chinese(needle)) >= _SHORTEST_CONGLOMERATE
    return bool(_CONGLOMERATE_ACRONYM.match(one.printed) or _CONGLOMERATE.search(needle))


def _one_body_each(names: Iterable[Name]) -> list[Name]:
    """One name, one body: the one whose own name it is; nobody's when it is another name of two."""
    bearers: dict[tuple[str, str, str | None], list[Name]] = defaultdict(list)
    for name in names:
        bearers[name.kind, name.needle, name.also].append(name)
    kept: list[Name] = []
    for sharing in bearers.values():
        owners: Sequence[Name] = [name for name in sharing if name.is_own_name]
        if len(sharing) == 1:
            kept += sharing
        elif len(owners) == 1:
            kept += owners
    return sorted(kept, key=lambda name: (name.body_id, name.kind, name.needle, name.also or ""))
