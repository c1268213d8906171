"""Words of names that are misprinted by one letter: Univeristy, Insitute, Astonautics.

Only general words of names are mended (university, institute, military ...), never a proper name: Nanchang and Nanchong
are two cities. The first letter must be right, and a word that a name or a place has is no misprint.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from include.affiliations.names import Name

# shorter ones are too near to each other
_SHORTEST_WORD = 7
# the words that names of this many bodies share are general, and so are long ones, unless they are places
_GENERAL_FROM_BODIES = 3
_LONG_WORD = 10


class Misprints:
    """Misprinted words and what they stand for."""

    def __init__(self, names: Iterable[Name], places: Iterable[str] = ()) -> None:
        """`places`: comparable names of places, whose words are never misprints."""
        bodies: dict[str, set[str]] = defaultdict(set)
        cities: set[str] = set()
        for name in names:
            cities |= set((name.city or "").split())
            if not name.is_chinese:
                for word in name.needle.split():
                    bodies[word].add(name.body_id)
        right_of_places = {word for place in places for word in place.split()}
        self._right = set(bodies) | cities | right_of_places
        self._general: dict[str, str] = {}
        shared: set[str] = set()
        for word, having in sorted(bodies.items()):
            is_general = len(having) >= _GENERAL_FROM_BODIES or len(word) >= _LONG_WORD
            if len(word) < _SHORTEST_WORD or not is_general or not word.isalpha() or word in cities | right_of_places:
                continue
            for form in {word, f"{word}s"}:
                for key in _without_a_letter(form):
                    if self._general.setdefault(key, word) != word:
                        shared.add(key)
        for key in shared:
            del self._general[key]

    def mended(self, word: str) -> str | None:
        """The word of names that a comparable word is misprinted for; None when it is right, or something else."""
        if len(word) < _SHORTEST_WORD - 1 or word in self._right or not word.isalpha():
            return None
        for key in _without_a_letter(word):
            meant = self._general.get(key)
            if meant is not None and meant[0] == word[0] and (_is_near(word, meant) or _is_near(word, f"{meant}s")):
                return meant if word.rstrip("s") != meant.rstrip("s") else None
        return None


def _without_a_letter(word: str) -> list[str]:
    return [word, *(word[:place] + word[place + 1 :] for place in range(1, len(word)))]


def _is_near(word: str, meant: str) -> bool:
    """One letter more, less or other, or two neighbours that changed places."""
    if abs(len(word) - len(meant)) > 1:
        return False
    start = 0
    while start < min(len(word), len(meant)) and word[start] == meant[start]:
        start += 1
    rest, right = word[start:], meant[start:]
    return (
        rest[1:] == right[1:]
        or rest[1:] == right
        or rest == right[1:]
        or (len(rest) > 1 and len(right) > 1 and rest[0] == right[1] and rest[1] == right[0] and rest[2:] == right[2:])
    )
