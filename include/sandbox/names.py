"""Invented institutions, funders and demonstration lists, named so that nobody can take them for real ones.

Ids lie outside the ranges that OpenAlex uses (I99..., F99...), RORs begin with `0zz`, and every name says "Sandbox" and
"(invented)". Countries, topics and the categories of lists are real words; who is on a list here is not. Award numbers
of programmes begin with words that no shipped pattern knows.
"""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from include.sandbox.targets import CHINA_WITH, ELSEWHERE, EUROPE

COUNTRY_NAMES = {
    "AE": "United Arab Emirates", "AT": "Austria", "AU": "Australia", "BE": "Belgium", "BG": "Bulgaria",
    "BR": "Brazil", "CA": "Canada", "CH": "Switzerland", "CN": "China", "CY": "Cyprus", "CZ": "Czechia",
    "DE": "Germany", "DK": "Denmark", "EE": "Estonia", "ES": "Spain", "FI": "Finland", "FR": "France",
    "GB": "United Kingdom", "GR": "Greece", "HK": "Hong Kong", "HR": "Croatia", "HU": "Hungary", "IE": "Ireland",
    "IL": "Israel", "IN": "India", "IR": "Iran", "IT": "Italy", "JP": "Japan", "KR": "South Korea", "LT": "Lithuania",
    "LU": "Luxembourg", "LV": "Latvia", "MO": "Macao", "MT": "Malta", "MY": "Malaysia", "NL": "Netherlands",
    "NO": "Norway", "NZ": "New Zealand", "PK": "Pakistan", "PL": "Poland", "PT": "Portugal", "QA": "Qatar",
    "RO": "Romania", "RU": "Russia", "SA": "Saudi Arabia", "SE": "Sweden", "SG": "Singapore", "SI": "Slovenia",
    "SK": "Slovakia", "TR": "Turkey", "TW": "Taiwan", "US": "United States", "VN": "Vietnam", "ZA": "South Africa",
}  # fmt: skip

# a name is a word of each: 900 different ones
_COLOURS = (
    "Amber", "Azure", "Bronze", "Cobalt", "Copper", "Coral", "Crimson", "Ebony", "Emerald", "Fawn", "Golden", "Granite",
    "Hazel", "Indigo", "Ivory", "Jade", "Lilac", "Maroon", "Opal", "Pearl", "Quartz", "Ruby", "Sable", "Saffron",
    "Scarlet", "Silver", "Teal", "Umber", "Violet", "Zircon",
)  # fmt: skip
_PLACES = (
    "Birch", "Brook", "Cape", "Cliff", "Delta", "Dune", "Elder", "Fern", "Fjord", "Glade", "Harbour", "Heath", "Isle",
    "Juniper", "Kestrel", "Lagoon", "Linden", "Maple", "Meadow", "North", "Pine", "Prairie", "Reef", "River", "Thistle",
    "Tundra", "Vale", "Willow", "Yarrow", "Zephyr",
)  # fmt: skip
_TYPES = (
    "education",
    "education",
    "education",
    "education",
    "facility",
    "government",
    "company",
    "nonprofit",
    "healthcare",
)
_INSTITUTIONS_OF = {"CN": 120, "GB": 40, "DE": 25, "FR": 20, "IT": 20, "NL": 14, "CH": 12, "ES": 14, "SE": 12, "NO": 8}


@dataclass(frozen=True)
class Institution:
    """An invented institution. `role`: civilian (ranked), the category of a list, or background (one a country)."""

    institution_id: str
    name: str
    ror: str | None
    country: str
    type: str | None
    lineage: tuple[str, ...]
    role: str
    rank: int


@dataclass(frozen=True)
class Body:
    """A body of the demonstration lists. `institution_id` None: known by its name in addresses only."""

    body_id: str
    name: str
    aliases: tuple[str, ...]
    category: str
    institution_id: str | None
    ror: str | None
    listings: tuple[tuple[str, str, str], ...]  # list, valid from, valid to ('' while listed)


@dataclass(frozen=True)
class Funder:
    """An invented funder. `funder_class` None: it is in no class, so it counts as `other`.

    One without a record is no funder of the source: works name it without an id, and `funder_id` is the key that
    docs/METHOD.md gives it. `name` None: works print nothing of it but an award number. `number_start`: how its award
    numbers begin, where that alone tells the programme.
    """

    funder_id: str
    name: str | None
    country: str | None
    ror: str | None
    crossref_id: str | None
    funder_class: str | None
    programme: str
    group: str
    number_start: str = ""
    has_record: bool = True


@dataclass(frozen=True)
class Pattern:
    """How an invented programme writes its award numbers and its name. `number_start` '': digits, like anybody's."""

    programme: str
    name: str
    number_start: str
    name_regex: str = ""

    @property
    def number_regex(self) -> str:
        return f"{self.number_start}\\d{{7}}" if self.number_start else r"[1-9]\d{6}"


@dataclass
class World:
    """Everything that is invented before a single paper is."""

    institutions: list[Institution] = field(default_factory=list)
    bodies: list[Body] = field(default_factory=list)
    funders: list[Funder] = field(default_factory=list)


def ror_of(number: int) -> str:
    """Nine characters in the alphabet of ROR, beginning with `0zz`, which no real one does."""
    alphabet, text = "0123456789abcdefghjkmnpqrstvwxyz", ""
    for _ in range(4):
        number, rest = divmod(number, 32)
        text = alphabet[rest] + text
    return f"0zz{text}{sum(map(ord, text)) % 98:02d}"


_ROR_OF_TWO = ror_of(599_999)


def _on(name: str, since: str, until: str = "") -> tuple[str, str, str]:
    return (name, since, until)


EARLY, MIDDLE, LATE = "2012-06-30", "2019-06-30", "2023-01-31"
_ASSESSED, _DESIGNATED, _DERIVED = "demo_tracker", "demo_designations", "demo_derived"

# category -> (English name, Chinese name, listings); bodies without a ROR end in `_unmatched`
_LISTED_BODIES: dict[str, list[tuple[str, str, tuple[tuple[str, str, str], ...]]]] = {
    "pla": [
        ("Sandbox Academy of Imaginary Garrisons (invented)", "沙盒虚构卫戍学院", (_on(_ASSESSED, EARLY),)),
        ("Sandbox Institute of Imaginary Fleets (invented)", "沙盒虚构舰队研究所", (_on(_DESIGNATED, MIDDLE),)),
    ],
    "pla_unmatched": [
        (
            "Sandbox College of Imaginary Signals (invented)",
            "沙盒虚构信号学院",
            (_on(_ASSESSED, EARLY), _on(_DESIGNATED, LATE)),
        ),
    ],
    "seven_sons": [
        (f"Sandbox {word} University of Invented Technology", f"沙盒{sign}虚构科技大学", (_on(_ASSESSED, since),))
        for word, sign, since in (
            ("First Star", "一星", EARLY), ("Second Star", "二星", EARLY), ("Third Star", "三星", EARLY),
            ("Fourth Star", "四星", MIDDLE), ("Fifth Star", "五星", EARLY), ("Sixth Star", "六星", LATE),
            ("Seventh Star", "七星", EARLY),
        )
    ],
    "security": [
        ("Sandbox Institute of Imaginary Locks (invented)", "沙盒虚构锁具研究所", (_on(_ASSESSED, EARLY),)),
    ],
    "defence_industry": [
        ("Sandbox Imaginary Rockets Group (invented)", "沙盒虚构火箭集团", (_on(_ASSESSED, EARLY),)),
        ("Sandbox Imaginary Vessels Group (invented)", "沙盒虚构船舶集团", (_on(_DESIGNATED, LATE),)),
    ],
    "sastind_cosupervised": [
        (
            f"Sandbox {word} Polytechnic (invented, co-supervised)",
            f"沙盒{sign}虚构理工大学",
            (_on(_ASSESSED if number % 2 else _DERIVED, (EARLY, MIDDLE, LATE)[number % 3]),),
        )
        for number, (word, sign) in enumerate(
            (
                ("Copper", "铜"), ("Silver", "银"), ("Golden", "金"), ("Iron", "铁"), ("Tin", "锡"), ("Zinc", "锌"),
                ("Nickel", "镍"), ("Lead", "铅"),
            )
        )
    ],
    "civilian_listed": [
        (f"Sandbox {word} University (invented, listed)", f"沙盒{sign}虚构大学", (_on(_DESIGNATED, since),))
        for word, sign, since in (("Lotus", "莲", EARLY), ("Bamboo", "竹", MIDDLE), ("Plum", "梅", LATE))
    ],
    "defence_key_lab_unmatched": [
        (
            "Sandbox Key Laboratory of Imaginary Shields (invented)",
            "沙盒虚构护盾重点实验室",
            (_on(_DESIGNATED, EARLY),),
        ),
    ],
    "pla_hospital": [
        ("Sandbox Hospital of Imaginary Garrisons (invented)", "沙盒虚构卫戍医院", (_on(_ASSESSED, EARLY),)),
        ("Sandbox Hospital of Imaginary Fleets (invented)", "沙盒虚构舰队医院", (_on(_DESIGNATED, LATE),)),
    ],
    # a part of the first body of the armed forces, and listed itself
    "pla_hospital_of_academy": [
        (
            "Sandbox Teaching Hospital of Imaginary Garrisons (invented)",
            "沙盒虚构卫戍教学医院",
            (_on(_ASSESSED, EARLY),),
        ),
    ],
    # on a list, and in no definition
    "us1260h_company": [
        ("Sandbox Imaginary Gadgets Company (invented)", "沙盒虚构器具公司", (_on(_DESIGNATED, EARLY),)),
    ],
    "gov_list_only": [
        ("Sandbox Institute of Imaginary Clouds (invented)", "沙盒虚构云研究所", (_on(_DESIGNATED, MIDDLE),)),
    ],
    # on a list for some years, no longer today
    "delisted": [
        (
            "Sandbox Institute of Forgotten Lists (invented)",
            "沙盒虚构遗忘研究所",
            (_on(_DESIGNATED, "2016-01-31", "2020-10-31"),),
        ),
    ],
}  # fmt: skip
_CATEGORY = {
    "pla_unmatched": "pla",
    "pla_hospital_of_academy": "pla_hospital",
    "defence_key_lab_unmatched": "defence_key_lab",
    "delisted": "gov_list_only",
}
# role -> the role whose first institution it is a part of
_PARTS_OF = {"pla_hospital_of_academy": "pla"}

# name, country, class, programme, group (which papers take it), has a ROR
_FUNDERS: list[tuple[str, str, str | None, str, str, bool]] = [
    *[
        (
            f"Sandbox State Programme {number} of China (invented)",
            "CN", "cn_government_programme", f"demo_programme_{number}", "cn_government", number != 4,
        )
        for number in range(1, 6)
    ],
    *[
        (f"Sandbox {word} University Research Fund (invented)", "CN", "cn_university", "", "cn_university", True)
        for word in ("Amber", "Birch", "Cobalt", "Delta", "Elder", "Fern", "Granite", "Harbour")
    ],
    (
        "Sandbox Defence Basic Research Programme (invented)",
        "CN", "cn_defence_programme", "national_defence_basic_research", "cn_defence", False,
    ),
    *[
        (
            f"Sandbox European Framework {number} (invented)",
            "BE", "eu_institution", f"demo_framework_{number}", "eu", True,
        )
        for number in (1, 2)
    ],
    *[
        (f"Sandbox National Fund of {country} (invented)", code, "eu_national", "", "eu", True)
        for code, country in (("DE", "Germany"), ("FR", "France"), ("SE", "Sweden"), ("IT", "Italy"))
    ],
    *[(f"Sandbox UK Council {number} (invented)", "GB", "uk", "", "uk", True) for number in (1, 2)],
    ("Sandbox Pacific Foundation (invented)", "US", "other", "", "other", True),
    # in no class: counts as `other`
    ("Sandbox Unlisted Trust &amp; Partners (invented)", "US", None, "", "other", False),
]  # fmt: skip

_OPEN_CALL = "Sandbox Open Call of China (invented)"
PATTERNS = (
    Pattern("demo_programme_1", "Sandbox State Programme 1 of China (invented)", "DEMO1-"),
    Pattern("demo_programme_2", "Sandbox State Programme 2 of China (invented)", ""),
    Pattern("demo_programme_3", "Sandbox State Programme 3 of China (invented)", "DEMO3/"),
    Pattern("demo_framework_1", "Sandbox European Framework 1 (invented)", "DEMOF-"),
    # a programme that is no funder of the source: its pattern is all that says who it is
    Pattern("demo_open_call", _OPEN_CALL, "DEMOCALL-", "(the )?sandbox open call( of china)?( invented)?"),
)
# what no list and no record knows; None is a number alone
_OF_ONE_ROR = ("Sandbox UK Council 1 (invented)", "Sandbox UK Council 2 (invented)")
_UNRECOGNISED = (
    "Sandbox Circle of Unheard Friends (invented)",
    "Sandbox Helpers &amp; Neighbours (invented)",
    "沙盒虚构之友 (invented)",
    None,
)


def invent() -> World:
    """All institutions, listed bodies and funders. The same in every corpus, whatever its seed."""
    world = World()
    countries = ["CN", *EUROPE, *sorted(set(CHINA_WITH) | set(ELSEWHERE))]
    for country in countries:
        for rank in range(_INSTITUTIONS_OF.get(country, 6)):
            words = _words(len(world.institutions))
            kind: str | None = _TYPES[rank % len(_TYPES)]
            # the vocabulary that the documentation gives is not all that occurs
            kind = {11: "funder", 17: None}.get(rank, kind)
            _add(world, f"Sandbox University of {words} (invented)", country, kind, "civilian", rank)
    for country in countries:
        _add(world, f"Sandbox Research of {COUNTRY_NAMES[country]} (invented)", country, "education", "background", 0)
    _add_bodies(world)
    _add_funders(world)
    return world


def _words(number: int) -> str:
    """The `number`-th pair of words; neighbours differ in both, and none comes twice."""
    rounds, colour = divmod(number, len(_COLOURS))
    if rounds >= len(_PLACES):
        raise ValueError(f"there are words for {len(_COLOURS) * len(_PLACES)} institutions")
    return f"{_COLOURS[colour]} {_PLACES[(7 * colour + rounds) % len(_PLACES)]}"


def _add_funders(world: World) -> None:
    starts = {pattern.programme: pattern.number_start for pattern in PATTERNS}
    for number, (name, country, funder_class, programme, group, has_ror) in enumerate(_FUNDERS):
        world.funders.append(
            Funder(
                funder_id=f"F99{number:08d}",
                name=name,
                country=country,
                # two funders of one organisation share its ROR
                ror=_ROR_OF_TWO if name in _OF_ONE_ROR else ror_of(500_000 + number) if has_ror else None,
                crossref_id=f"5011999{number:05d}",
                funder_class=funder_class,
                programme=programme,
                group=group,
                number_start=starts.get(programme, ""),
            )
        )
    world.funders.append(
        Funder(
            funder_id="programme:demo_open_call",
            name=_OPEN_CALL,
            country="CN",
            ror=None,
            crossref_id=None,
            funder_class="cn_government_programme",
            programme="demo_open_call",
            group="cn_government",
            number_start=starts["demo_open_call"],
            has_record=False,
        )
    )
    # a ROR alone that two bear, and one that nobody bears
    for ror in (_ROR_OF_TWO, ror_of(600_000)):
        world.funders.append(Funder(f"ror:{ror}", None, None, ror, None, None, "", "unrecognised", has_record=False))
    for unknown in _UNRECOGNISED:
        key = f"name:{_comparable(unknown)}" if unknown else "unnamed"
        world.funders.append(Funder(key, unknown, None, None, None, None, "", "unrecognised", has_record=False))


def _comparable(name: str) -> str:
    """`Sandbox Helpers &amp; Neighbours (invented)` -> `sandbox helpers neighbours invented`."""
    return " ".join(re.findall(r"\w+", html.unescape(name).lower()))


def _add(
    world: World, name: str, country: str, kind: str | None, role: str, rank: int, parent: str | None = None
) -> Institution:
    number = len(world.institutions)
    own = f"I99{number:08d}"
    # one European institution without a ROR, as happens
    ror = None if (country, role, rank) == ("FR", "civilian", 9) else ror_of(number + 1000)
    lineage = (own, parent) if parent else (own,)
    world.institutions.append(Institution(own, name, ror, country, kind, lineage, role, rank))
    return world.institutions[-1]


def _add_bodies(world: World) -> None:
    for role, bodies in _LISTED_BODIES.items():
        for rank, (name, chinese, listings) in enumerate(bodies):
            known = None
            if not role.endswith("_unmatched"):
                parent = next((one for one in world.institutions if one.role == _PARTS_OF.get(role)), None)
                known = _add(
                    world, name, "CN", _type_of(name), role, rank, parent=parent.institution_id if parent else None
                )
            slug = "demo_" + "_".join("".join(c if c.isalnum() else " " for c in name.lower()).split())
            world.bodies.append(
                Body(
                    body_id=slug,
                    name=name,
                    # a body that is known by its name only has an English alias as well
                    aliases=(chinese,) if known else (chinese, _english_alias(name)),
                    category=_CATEGORY.get(role, role),
                    institution_id=known.institution_id if known else None,
                    ror=known.ror if known else None,
                    listings=listings,
                )
            )
    parent = next(one for one in world.institutions if one.role == "seven_sons" and one.rank == 0)
    # listed through its parent only
    name = "Sandbox First Star Laboratory of Invented Waves"
    _add(world, name, "CN", "facility", "seven_sons_child", 0, parent=parent.institution_id)


def _type_of(name: str) -> str:
    return next(
        (kind for word, kind in (("University", "education"), ("Hospital", "healthcare")) if word in name), "facility"
    )


def _english_alias(name: str) -> str:
    """`Sandbox College of Signals (invented)` -> `Signals College of the Sandbox`."""
    kind, _, field_of_work = name.removeprefix("Sandbox ").removesuffix(" (invented)").partition(" of ")
    return f"{field_of_work} {kind} of the Sandbox"


_LISTS = {
    _ASSESSED: ("DEMO tracker of invented institutes", "assessment"),
    _DESIGNATED: ("DEMO designations by an invented government", "designation"),
    _DERIVED: ("DEMO list derived from invented rules", "derived"),
}
_SOURCE, _AS_OF = "invented by the sandbox", "2023-12-31"


def overlay_files(world: World) -> dict[str, str]:
    """The overlay lists as CSV texts, in the columns of dbt_project/seeds/reference."""
    bodies = [
        [b.body_id, b.name, ";".join(b.aliases), "CN", "Sandbox City", b.ror or "", b.institution_id or "", b.category,
         "", _SOURCE, _AS_OF]
        for b in world.bodies
    ]  # fmt: skip
    lists = [[list_id, name, "entangled sandbox", kind, "", _AS_OF] for list_id, (name, kind) in _LISTS.items()]
    memberships = [
        [body.body_id, list_id, body.name, since, "day" if since else "", until, "", _AS_OF]
        for body in world.bodies
        for list_id, since, until in body.listings
    ]
    funders = [
        [f.funder_id, f.crossref_id, f.name, f.country, f.funder_class, "", f.programme, _SOURCE, "DEMO", _AS_OF]
        for f in world.funders
        if f.funder_class and f.has_record
    ]
    by_programme = {f.programme: f for f in world.funders if f.programme}
    patterns = [
        [p.programme, p.programme, p.name, f.funder_id if f.has_record else "", f.funder_class, f.country,
         p.number_regex, p.name_regex, "" if p.number_start else "yes", _SOURCE, "DEMO", _AS_OF]
        for p in PATTERNS
        for f in [by_programme[p.programme]]
    ]  # fmt: skip
    return {
        "military_bodies.csv": _csv(
            "body_id,body_name,aliases,country_code,city,ror,openalex_id,category,supervising_agency,source,as_of",
            bodies,
        ),
        "military_lists.csv": _csv("list_id,list_name,publisher,kind,source_url,as_of", lists),
        "military_list_membership.csv": _csv(
            "body_id,list_id,listed_as,valid_from,valid_from_known_to,valid_to,source_url,as_of", memberships
        ),
        "funder_classes.csv": _csv(
            "funder_id,crossref_id,funder_name,country_code,funder_class,part_of,programme_code,source,note,as_of",
            funders,
        ),
        "award_patterns.csv": _csv(
            "pattern_id,programme_code,programme_name,funder_id,funder_class,country_code,number_regex,name_regex,"
            "is_name_needed,source,note,as_of",
            patterns,
        ),
    }


def _csv(header: str, rows: Sequence[Sequence[str | None]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header.split(","))
    writer.writerows(rows)
    return out.getvalue()


def write_overlay(world: World, folder: Path) -> None:
    """Write the overlay lists into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in overlay_files(world).items():
        (folder / name).write_text(text, encoding="utf-8")
