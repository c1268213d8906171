"""Which texts are worth a close look, and for which names: one pass of an Aho-Corasick automaton over each.

A text is made roughly comparable, a word at a time by a table that remembers words; little words and punctuation go, so
that nothing is missed that a close look (rules.py) would find. Nine of ten printed addresses end here.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from ahocorasick_rs import AhoCorasick

from include.affiliations.misprints import Misprints
from include.affiliations.names import Name
from include.affiliations.text import HAN, SPELLINGS, comparable_chinese, unaccented

_NO_WORD = re.compile("[^a-z0-9]+")
_NO_CHINESE_WORD = re.compile(r"[\s,;|、，；。()（）\-]+")
_ORDINAL = re.compile("^([0-9]+)(?:st|nd|rd|th)$")
_PLURAL = re.compile("^[a-z]{3,}[^s]s$")
_LEFT_OUT = {"of", "and", "the", "for", "on", "no", "number", "nr"}
_PHRASES = (
    (" s t ", " science technology "),
    (" cas ", " chinese academy science "),
    (" multi spectral ", " multispectral "),
    (" people republic china ", " prc "),
    (" liberation army ", " pla "),
    (" armed police force ", " pap "),
    (" armed police ", " pap "),
    *((f" {before} {force} ", f" {force} ") for force in ("pla", "pap") for before in ("people", "chinese", "china")),
)
# words that printed addresses bring forth without end: postcodes, rooms, towns
_MOST_WORDS = 500_000


class Words(dict[str, str]):
    """A word as printed -> the comparable word, with a space before it; nothing for little words."""

    def __init__(self, misprints: Misprints) -> None:
        super().__init__()
        self._misprints = misprints

    def __missing__(self, word: str) -> str:
        if word in _LEFT_OUT:
            comparable = ""
        elif word == "airforce":
            comparable = " air force"
        else:
            comparable = f" {self._comparable(word)}"
        if len(self) < _MOST_WORDS:
            self[word] = comparable
        return comparable

    def _comparable(self, word: str) -> str:
        word = SPELLINGS.get(word, word)
        if ordinal := _ORDINAL.match(word):
            return ordinal[1]
        if meant := self._misprints.mended(word):
            return meant
        return word[:-1] if _PLURAL.match(word) else word


class Screen:
    """Finds the names that a text may hold. `triggers` are further words that a rule looks for, English and Chinese."""

    def __init__(self, names: Sequence[Name], triggers: Iterable[str], misprints: Misprints) -> None:
        self._words = Words(misprints)
        latin: dict[str, list[Name]] = defaultdict(list)
        chinese: dict[str, list[Name]] = defaultdict(list)
        for name in names:
            if name.is_chinese:
                chinese[name.needle.strip()].append(name)
            elif (rough := self.rough(name.needle)).strip():
                # of other scripts than these two nothing is left
                latin[rough].append(name)
        for trigger in triggers:
            if HAN.search(trigger):
                chinese.setdefault(trigger, [])
            else:
                latin.setdefault(self.rough(trigger), [])
        self._latin_names, self._chinese_names = list(latin.values()), list(chinese.values())
        self._latin, self._chinese = AhoCorasick(list(latin)), AhoCorasick(list(chinese))

    def rough(self, text: str) -> str:
        """` national university defense technology changsha `, of whichever spelling."""
        words = self._words
        text = "".join([words[word] for word in _NO_WORD.sub(" ", unaccented(text)).split()]) + " "
        for phrase, stands_for in _PHRASES:
            if phrase in text:
                text = text.replace(phrase, stands_for)
        return text

    def candidates(self, text: str) -> list[Name] | None:
        """Names that the text may hold, each once; none when only a trigger was found; None when there is nothing."""
        hits = self._latin.find_matches_as_indexes(self.rough(text), overlapping=True)
        found = {index: self._latin_names[index] for index, _, _ in hits}
        names = [name for having in found.values() for name in having]
        is_hit = bool(hits)
        if not text.isascii() and HAN.search(text):
            # characters that companies put behind their names go, as in the names
            bare = comparable_chinese(_NO_CHINESE_WORD.sub("", unaccented(text).replace("中电科", "中国电科")))
            hits = self._chinese.find_matches_as_indexes(bare, overlapping=True)
            names += [name for index in {index for index, _, _ in hits} for name in self._chinese_names[index]]
            is_hit = is_hit or bool(hits)
        return names if is_hit else None
