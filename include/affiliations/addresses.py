"""One printed text as the single addresses that it holds, each with the countries and places that it names."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from include.affiliations.names import Name, Row
from include.affiliations.numbers import institute_number
from include.affiliations.text import comparable, comparable_chinese, without_little_words

# China's parts whose addresses are printed with `China` behind them, and no country at all
_NO_COUNTRY_OF_ADDRESSES = {"HK", "MO", "ZZ"}

_BETWEEN_COMMAS = re.compile("[^|;]+[|;]?")
# `China and University of ...`, `China 2 University of ...`: the next address begins behind the country
_TWO_IN_ONE = re.compile("^ (.+?) (?:and|[0-9]{1,2}) ([^ |;].*)$")
_NO_PLACE = re.compile("(?: (?:[a-z]*[0-9]+[a-z0-9]*|province|prov|city))+ ")
_UNIT_OF = re.compile(" (?:department|school|faculty|college|laboratory|center|division|institute) of ")
_WHOLE = re.compile(" (?:university|academy|hospital) ")
# what a university is of, where the `of` is left out: Beijing University Technology is not Beijing University
_SUBJECTS = (
    "technology|science|engineering|electronic|information|chemical|aeronautic|astronautic|post|telecommunication|"
    "medicine|agriculture|forestry|economic|finance|business|education|mining|petroleum|geoscience|transportation|"
    "architecture|and"
)
_UNIVERSITY_OF_SUBJECTS = re.compile(rf" university ((?:(?:{_SUBJECTS}) )+(?:\||$))")


@dataclass(frozen=True)
class Place:
    """What stands between commas and is nothing but a place. `is_country`: the country itself, or a place with it."""

    country_code: str
    is_country: bool


class Places:
    """Countries in their spellings, the cities of listed bodies, and provinces and large cities of address_places, each
    also with the province that it is part of and with the country behind it. A place of two countries is none."""

    def __init__(self, names: Iterable[Name], countries: Iterable[Row], places: Iterable[Row]) -> None:
        """`countries` and `places`: rows of countries and address_places."""
        places = list(places)
        spelt = [
            (str(row["country_code"]), _trimmed(row["country_name"]))
            for row in countries
            if row["country_code"] not in _NO_COUNTRY_OF_ADDRESSES
        ]
        spelt += [(str(row["country_code"]), _trimmed(row["place_name"])) for row in places if row["kind"] == "country"]
        spellings_of: dict[str, list[str]] = defaultdict(list)
        for code, country in spelt:
            spellings_of[code].append(country)
        towns = {(name.country_code, name.city) for name in names if name.city}
        for row in places:
            if row["kind"] != "country":
                code, place, whole = str(row["country_code"]), _trimmed(row["place_name"]), _trimmed(row["part_of"])
                towns.add((code, place))
                if whole:
                    towns |= {(code, f"{place} {whole}"), (code, f"{whole} {place}")}
        codes: dict[str, set[str]] = defaultdict(set)
        of_countries = {country for _, country in spelt}
        for code, country in spelt:
            codes[country].add(code)
        for code, town in towns:
            codes[town].add(code)
            for country in spellings_of[code]:
                codes[f"{town} {country}"].add(code)
                of_countries.add(f"{town} {country}")
        self._places = {
            place: Place(next(iter(having)), place in of_countries)
            for place, having in codes.items()
            if len(having) == 1
        }

    def names(self) -> Iterable[str]:
        """All places, comparable."""
        return self._places.keys()

    def find(self, part: str) -> Place | None:
        """The place that a part of an address is, whatever its postcode; None when it is anything else."""
        return self._places.get(bare_place(part))


def bare_place(part: str) -> str:
    """A place without its postcode, and without what it is: ` hubei province 430019 ` -> `hubei`."""
    return _NO_PLACE.sub(" ", part).strip()


@dataclass(frozen=True)
class Single:
    """One address. `parts` stand between its commas, each with a space at both ends; `plain` is all of them.

    `country_named` is the country that a part names; `country_of_places` also that of a city or province. `singles`
    says how many addresses the text holds.
    """

    parts: tuple[str, ...]
    country_named: str | None
    country_of_places: str | None
    singles: int

    @cached_property
    def plain(self) -> str:
        return "|".join(self.parts)

    @cached_property
    def short(self) -> str:
        return f"{without_little_words(self.plain)}| "

    @cached_property
    def chinese(self) -> str:
        return comparable_chinese(self.plain)

    @cached_property
    def plain_of(self) -> str:
        return _UNIVERSITY_OF_SUBJECTS.sub(r" university# \1", self.plain)

    @cached_property
    def institute_number(self) -> str | None:
        return institute_number(self.plain)


@dataclass(frozen=True)
class _Part:
    text: str
    is_before_semicolon: bool
    place: Place | None


def single_addresses(text: str, places: Places) -> list[Single]:
    """The addresses that a text holds, in their order; `text` is not yet comparable.

    An address ends behind its country, and at a semicolon: unless what follows is only a place, or what stands before
    is only a unit (School of Computer; National University of ...; Changsha; China).
    """
    # a short form of a Chinese name, too short to be looked for itself
    parts = _parts(comparable(text.replace("中电科", "中国电科")), places)
    groups: list[list[_Part]] = [[]]
    for index, part in enumerate(parts):
        groups[-1].append(part)
        if index + 1 < len(parts) and _ends_address(parts, index):
            groups.append([])
    return [
        Single(
            parts=tuple(part.text for part in group),
            country_named=_last(part.place.country_code for part in group if part.place and part.place.is_country),
            country_of_places=_last(part.place.country_code for part in group if part.place),
            singles=len(groups),
        )
        for group in groups
        if group
    ]


def _parts(plain: str, places: Places) -> list[_Part]:
    parts = []
    for printed in _BETWEEN_COMMAS.findall(plain):
        pieces = [printed]
        if (halves := _TWO_IN_ONE.match(printed)) and (place := places.find(f" {halves[1]} ")) and place.is_country:
            pieces = [f" {halves[1]} ", f" {halves[2]}"]
        for piece in pieces:
            text = piece.rstrip("|;")
            parts.append(_Part(text, piece.endswith(";"), places.find(text)))
    return parts


def _ends_address(parts: list[_Part], index: int) -> bool:
    part = parts[index]
    if part.place and part.place.is_country and index > 0:
        return True
    if not part.is_before_semicolon or parts[index + 1].place:
        return False
    follows_semicolon = index == 0 or parts[index - 1].is_before_semicolon
    return not (follows_semicolon and _UNIT_OF.search(part.text) and not _WHOLE.search(part.text))


def _last(codes: Iterable[str]) -> str | None:
    return max(codes, default=None)


def _trimmed(name: str | None) -> str:
    return comparable(name or "").strip()
