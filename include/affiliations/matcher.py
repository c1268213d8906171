"""Listed bodies in printed addresses: the one implementation for warehouse, command, benchmark and labelled set.

A text is screened (screen.py), parted into its addresses (addresses.py), and held against the names of the lists
(rules.py) and what real addresses showed beside them (forms.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from include.affiliations.addresses import Places, single_addresses
from include.affiliations.chinese import simplified
from include.affiliations.forms import TRIGGERS, Forms
from include.affiliations.misprints import Misprints
from include.affiliations.names import Name, Row, names_of
from include.affiliations.rules import METHODS_IN_ORDER, Finding, named_bodies, numbered_bodies
from include.affiliations.screen import Screen
from include.affiliations.text import HAN, SPELLINGS, decoded, unaccented

# a footnote's mark that is glued to the first word: ¹Academy, aNational, *1Northwestern
_MARK = re.compile(r"[\s*†‡§¶(\[]*(?:[a-z]|[0-9¹²³⁴⁵⁶⁷⁸⁹⁰]{1,2})?[*†‡§¶,)\]]*(?=[A-Z][a-z])")
_GLUED = re.compile(r"(?<=; )(?:[a-z]|[0-9¹²³⁴⁵⁶⁷⁸⁹⁰]{1,2})(?=[A-Z][a-z]+ )")
# the country in brackets is the country behind a comma
_COUNTRY_IN_BRACKETS = re.compile(r" ?\(((?:P\. ?R\. ?|PR |P ?R ?)?China|People'?s Republic of China)\)")
_SHORT_COUNTRY = "peoples r china"
_WORD = re.compile("[a-z]+")


@dataclass(frozen=True)
class Match:
    """A body found in a printed text. Its ROR is bare, None when it has none; method and evidence say how it was found.

    `names_country` is False where nothing but the body and its units is printed: a match only for who knows the country
    from elsewhere.
    """

    body_id: str
    country_code: str
    names_country: bool
    ror: str | None
    method: str
    evidence: str


class Matcher:
    """Names prepared once (0.1 s), for any number of texts."""

    def __init__(self, tables: Mapping[str, Sequence[Row]]) -> None:
        """`tables`: rows of the tables that decide (contracts/affiliations.py)."""
        self.names: list[Name] = names_of(
            tables["military_bodies"],
            tables["military_unsafe_names"],
            tables["countries"],
            tables["military_former_names"],
        )
        self.places = Places(self.names, tables["countries"], tables["address_places"])
        self._listed = numbered_bodies(self.names)
        self._forms = Forms.of(self.names, self.places)
        self._misprints = Misprints(self.names, self.places.names())
        self._screen = Screen(self.names, TRIGGERS, self._misprints)

    def match(self, text: str) -> list[Match]:
        """The bodies that a printed text names, each once, by id."""
        text = simplified(_unmarked(decoded(text)))
        candidates = self._screen.candidates(text)
        if candidates is None:
            return []
        found = self._found(text, candidates)
        if (mended := self._mended(text)) != text:
            have = {one.body_id for one in found}
            found += [
                Finding(one.name, "misprinted_name", one.evidence, one.names_country)
                for one in self._found(mended, candidates)
                if one.body_id not in have
            ]
        return _each_once(found)

    def _found(self, text: str, candidates: Sequence[Name]) -> list[Finding]:
        text = _COUNTRY_IN_BRACKETS.sub(r", \1", text)
        singles = single_addresses(text, self.places)
        is_short = _SHORT_COUNTRY in text.lower()
        named = named_bodies(singles, candidates, is_short, self._listed)
        found = []
        for single, of_single in zip(singles, named, strict=True):
            found += [*of_single, *self._forms.found(text, single, candidates, of_single)]
        return found

    def _mended(self, text: str) -> str:
        """The text with the words of names that are misprinted by a letter written right."""
        if HAN.search(text):
            return text
        mended = unaccented(text)
        meant = {
            word: right
            for word in set(_WORD.findall(mended))
            if word not in SPELLINGS and (right := self._misprints.mended(word))
        }
        if not meant:
            return text
        return _WORD.sub(lambda found: meant.get(found[0], found[0]), mended)


def _unmarked(text: str) -> str:
    if mark := _MARK.match(text):
        text = text[mark.end() :]
    return _GLUED.sub("", text) if ";" in text else text


def _each_once(found: Iterable[Finding]) -> list[Match]:
    best: dict[str, tuple[tuple[bool, int, int, str], Finding]] = {}
    for one in found:
        rank = (not one.names_country, METHODS_IN_ORDER.get(one.method, 1), -len(one.evidence), one.evidence)
        if one.body_id not in best or rank < best[one.body_id][0]:
            best[one.body_id] = (rank, one)
    return [
        Match(body, one.name.country_code, one.names_country, one.name.ror, one.method, one.evidence)
        for body, (_, one) in sorted(best.items())
    ]
