"""Shares over random works: right wherever they are not marked, and never outside 0 and 1.

Each drawn corpus is a year of its own, so one run of the pipeline tries them all. Works are loaded by the source's
filter (`admit: scope`), which does not see all that we count: consortium papers, countries that only an institution
gives, institutions that old records have elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from hypothesis import HealthCheck, Phase, given
from hypothesis import seed as hypothesis_seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from include.pipeline.truth import command, pipeline_environment, serving
from include.settings import REPOSITORY

CORPORA = 60
FIRST_YEAR = 1950
# what lists and the filter by country show of a work's authors
SHOWN = 100
SIDE_A, SIDE_B = {"GB", "DE", "LU"}, {"CN"}
MEMBERS = {"EUROPE": SIDE_A, "EU27": {"DE", "LU"}, **{code: {code} for code in SIDE_A}}
# institution -> the countries that works have it in; the last is where it is
SAID = {1: ["GB"], 2: ["DE"], 3: ["LU"], 4: ["CN"], 5: ["CN", "HK"], 6: ["CN", "MO"], 7: [None, "DE"], 8: ["US", "CN"]}
# institutions with a record of their own; the others are where the newest work has them
RECORDED = {4: "CN", 6: "MO"}

Countries = frozenset[str]


@dataclass(frozen=True)
class Author:
    """A place in an author list. `countries` is None in records of before that field."""

    countries: tuple[str, ...] | None
    # number -> the country that the work has it in
    institutions: tuple[tuple[int, str | None], ...]


@dataclass(frozen=True)
class Work:
    """A drawn work; None stands for an empty place in its author list."""

    authors: tuple[Author | None, ...]
    # how its year and its paratext are written, and whether it has a date: without one no window finds it
    year_is_text: bool
    paratext: tuple[Any, ...]
    has_date: bool


def institution(number: int) -> st.SearchStrategy[tuple[int, str | None]]:
    return st.tuples(st.just(number), st.sampled_from(SAID[number]))


codes = st.sampled_from(["GB", "DE", "LU", "CN", "HK", "US"])
institutions = st.lists(st.sampled_from(sorted(SAID)), max_size=2, unique=True).flatmap(
    lambda numbers: st.tuples(*map(institution, numbers))
)
authors = st.one_of(
    st.builds(Author, st.one_of(st.none(), st.lists(codes, max_size=2).map(tuple)), institutions),
    # as the source writes them: the countries are those of the institutions
    institutions.map(lambda named: Author(tuple(dict.fromkeys(code for _, code in named if code)), named)),
)
# a place of a list, a few more, and as many places of nobody between as bring the last ones behind the hundredth
lists = st.builds(
    lambda first, fill, last: (*first, *[Author((), ())] * fill, *last),
    st.lists(st.one_of(authors, authors, authors, st.none()), max_size=4),
    st.sampled_from([0, 0, 0, 97, 99, 105]),
    st.lists(authors, max_size=2),
)
works = st.builds(
    Work,
    authors=lists,
    year_is_text=st.booleans(),
    paratext=st.sampled_from([(False,), (False,), (None,), (), (True,)]),
    has_date=st.sampled_from([True] * 9 + [False]),
)


def drawn_corpora() -> list[list[Work]]:
    """What hypothesis draws first: the same on every machine."""
    drawn: list[list[Work]] = []

    @hypothesis_seed(15)
    @hypothesis_settings(
        max_examples=CORPORA, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.lists(works, min_size=1, max_size=8))
    def draw(corpus: list[Work]) -> None:
        drawn.append(corpus)

    draw()
    return drawn[:CORPORA]


def record(number: int, year: int, work: Work) -> dict[str, Any]:
    """The work as the source gives it. No two are of one moment, so that it is clear which is newest."""
    found: dict[str, Any] = {
        "id": f"https://openalex.org/W{900_000 + number}",
        "display_name": f"Invented work {number}",
        "publication_year": str(year) if work.year_is_text else year,
        "publication_date": f"{year}-06-15" if work.has_date else None,
        "type": "article",
        "authorships": [None if author is None else authorship(author) for author in work.authors],
        "awards": [],
        "funders": [],
        "updated_date": (datetime(2022, 1, 1) + timedelta(hours=number)).isoformat(),
    }
    if work.paratext:
        found["is_paratext"] = work.paratext[0]
    return found


def authorship(author: Author) -> dict[str, Any]:
    found: dict[str, Any] = {
        "author": {"id": None},
        "institutions": [
            {
                "id": f"https://openalex.org/I{7000 + number}",
                "display_name": f"Institute {number}",
                "country_code": code,
            }
            for number, code in author.institutions
        ],
        "raw_affiliation_strings": [],
    }
    if author.countries is not None:
        found["countries"] = list(author.countries)
    return found


@dataclass
class Recount:
    """The rule of docs/METHOD.md, once more and in another way."""

    corpora: list[list[Work]]
    # institution -> where it is
    place: dict[int, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for work in (work for corpus in self.corpora for work in corpus):
            for author in filter(None, work.authors):
                # the last is the newest
                self.place |= {number: code for number, code in author.institutions if code}
        self.place |= RECORDED

    def counted(self, work: Work) -> Countries:
        """Where the work counts: all authors, every institution where it is."""
        found: set[str | None] = set()
        for author in filter(None, work.authors):
            moved = {code for number, code in author.institutions if code and code != self.place.get(number)}
            found |= {code for code in author.countries or () if code not in moved}
            found |= {self.place.get(number) for number, _ in author.institutions}
        return frozenset(filter(None, found))

    def shown(self, work: Work) -> Countries:
        """Where the source's filter shows it."""
        found: set[str | None] = set()
        for author in filter(None, work.authors[:SHOWN]):
            if author.countries is None:
                found |= {self.place.get(number) for number, _ in author.institutions}
            else:
                found |= set(author.countries)
        return frozenset(filter(None, found))

    def is_loaded(self, work: Work) -> bool:
        shown = self.shown(work)
        return work.has_date and bool(shown & SIDE_A) and bool(shown & SIDE_B)

    def papers(self, corpus: list[Work], is_of: Callable[[Countries], bool]) -> int:
        """Papers of a place: by what we count where they are loaded, else by what the filter shows."""
        return sum(
            is_of(self.counted(work) if self.is_loaded(work) else self.shown(work))
            for work in corpus
            if work.paratext != (True,)
        )

    def joint(self, corpus: list[Work], members: set[str]) -> int:
        """Loaded papers that count for both sides."""
        return sum(
            self.is_loaded(work) and bool(self.counted(work) & members) and bool(self.counted(work) & SIDE_B)
            for work in corpus
            if work.paratext != (True,)
        )


@pytest.fixture(scope="module")
def corpora() -> list[list[Work]]:
    return drawn_corpora()


@pytest.fixture(scope="module")
def marts(corpora: list[list[Work]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of all corpora, each in its year."""
    folder = tmp_path_factory.mktemp("shares")
    recording = folder / "works.jsonl"
    flat = [(FIRST_YEAR + at, work) for at, corpus in enumerate(corpora) for work in corpus]
    lines: list[dict[str, Any]] = [record(number, *one) for number, one in enumerate(flat)]
    lines += [
        {"id": f"https://openalex.org/I{7000 + number}", "display_name": f"Institute {number}", "country_code": code}
        for number, code in RECORDED.items()
    ]
    recording.write_text("".join(json.dumps(line) + "\n" for line in lines))
    scope = yaml.safe_load((REPOSITORY / "config/scopes/recorded.yaml").read_text())
    scope |= {"admit": "scope", "years": {"from": FIRST_YEAR, "to": FIRST_YEAR + len(corpora) - 1}}
    (folder / "scope.yaml").write_text(yaml.safe_dump(scope))
    with serving(recording, log_file=folder / "sandbox.log") as url:
        environment = pipeline_environment(folder / "home", url, recording, str(folder / "scope.yaml"))
        command(["include.pipeline", "run"], environment, folder / "run.log")
    return folder / "home" / "releases" / "current" / "marts.duckdb"


def test_the_corpora_hold_what_they_are_for(corpora: list[list[Work]]) -> None:
    """Each way in which the filter sees something else is drawn often enough."""
    recount = Recount(corpora)
    flat = [work for corpus in corpora for work in corpus]
    loaded = [work for work in flat if recount.is_loaded(work)]
    counts = {
        "loaded": len(loaded),
        "not shown": sum(bool(recount.counted(work) - recount.shown(work)) for work in loaded),
        "not counted": sum(bool(recount.shown(work) - recount.counted(work)) for work in loaded),
        "joint by the filter only": sum(not recount.counted(work) & SIDE_B for work in loaded),
        "beyond the hundredth": sum(len(work.authors) > SHOWN for work in loaded),
        "without a date": sum(not work.has_date for work in flat),
    }
    assert all(count >= 3 for count in counts.values()), counts


@pytest.mark.verify
def test_every_share_is_right_or_marked(corpora: list[list[Work]], marts: Path) -> None:
    recount = Recount(corpora)
    with duckdb.connect(str(marts), read_only=True) as db:
        rows = db.execute(
            """
            select publication_year, reporter_code, joint_papers, reporter_papers, partner_papers,
                share_of_reporter_papers, reporter_share_basis, share_of_partner_papers, partner_share_basis
            from mart_copublication_trends
            where counting_method = 'full' and work_selection = 'all' and list_contains(?, reporter_code)
            """,
            [list(MEMBERS)],
        ).fetchall()
    assert len(rows) == len(corpora) * len(MEMBERS)
    bases = set()
    for year, reporter, joint, papers, partners, share, basis, partner_share, partner_basis in rows:
        corpus, members = corpora[year - FIRST_YEAR], MEMBERS[reporter]
        right = recount.joint(corpus, members)
        shown = recount.papers(corpus, lambda places, ours=members: bool(places & ours) and bool(places & SIDE_B))
        of_reporter = recount.papers(corpus, lambda places, ours=members: bool(places & ours))
        of_partner = recount.papers(corpus, lambda places: bool(places & SIDE_B))
        where = (year, reporter, corpus)
        assert (joint, papers, partners) == (right, of_reporter, of_partner), where
        assert share == (right / of_reporter if of_reporter else None), where
        assert partner_share == (right / of_partner if of_partner else None), where
        assert all(0 <= one <= 1 for one in (share, partner_share) if one is not None), where
        # a paper without a date is in no window: the source counts it, and no run loads it
        assert (basis == "inexact") == (partner_basis == "inexact") == (shown != right), where
        bases |= {basis, partner_basis}
    assert bases == {"source", "corrected", "inexact"}


@pytest.mark.verify
def test_relations_rest_on_the_same_papers(corpora: list[list[Work]], marts: Path) -> None:
    recount = Recount(corpora)
    with duckdb.connect(str(marts), read_only=True) as db:
        rows = db.execute(
            "select publication_year, country_code, joint_papers, country_papers, salton_cosine, count_basis "
            "from mart_country_relations where not is_group"
        ).fetchall()
    assert {row[1] for row in rows} >= {"GB", "US", "HK"}
    for year, country, joint, papers, cosine, basis in rows:
        corpus = corpora[year - FIRST_YEAR]
        both = recount.papers(corpus, lambda places, code=country: code in places and bool(places & SIDE_B))
        alone = recount.papers(corpus, lambda places, code=country: code in places)
        assert (joint, papers) == (both, alone), (year, country, corpus)
        assert 0 < cosine <= 1 + 1e-9
        assert basis in {"source", "corrected"}
