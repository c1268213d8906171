"""A labelled set held against what is found: what is right, wrong and missed, by part."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from include.affiliations.matcher import Matcher


@dataclass(frozen=True)
class Score:
    """How a part of a labelled set came out: bodies found rightly, found wrongly, and missed."""

    part: str
    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """Of what was found, the share that is right; 1 when nothing was found."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """Of what is there, the share that was found; 1 when nothing is there."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0


@dataclass(frozen=True)
class Labelled:
    """An address, the bodies that it names, and the part of the set that it belongs to."""

    text: str
    body_ids: frozenset[str]
    part: str


def labelled(file: Path) -> list[Labelled]:
    """A labelled set: columns affiliation_text, body_ids (separated by '; '), part."""
    with file.open(encoding="utf-8", newline="") as handle:
        return [
            Labelled(row["affiliation_text"], frozenset(filter(None, row["body_ids"].split("; "))), row["part"])
            for row in csv.DictReader(handle)
        ]


def score(matcher: Matcher, labels: Iterable[Labelled], *, country_is_known: bool = False) -> list[Score]:
    """Right, wrong and missed bodies of each part, by name. Where the country is known to be the body's, as it may be
    of an author, an address need not name it."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for label in labels:
        found = {match.body_id for match in matcher.match(label.text) if match.names_country or country_is_known}
        of_part = counts[label.part]
        of_part[0] += len(found & label.body_ids)
        of_part[1] += len(found - label.body_ids)
        of_part[2] += len(label.body_ids - found)
    return [Score(part, *of_part) for part, of_part in sorted(counts.items())]


def whole(name: str, scores: Iterable[Score]) -> Score:
    """Several parts as one."""
    scores = list(scores)
    return Score(
        name, sum(one.right for one in scores), sum(one.wrong for one in scores), sum(one.missed for one in scores)
    )


def methods(matcher: Matcher, labels: Iterable[Labelled]) -> list[tuple[str, int, int]]:
    """How often each method found a body, and how often rightly; the most frequent first."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for label in labels:
        for match in matcher.match(label.text):
            counts[match.method][0] += 1
            counts[match.method][1] += match.body_id in label.body_ids
    return sorted(((method, found, right) for method, (found, right) in counts.items()), key=lambda row: -row[1])
