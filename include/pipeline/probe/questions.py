"""What the probe asks: one request for each way in which the pipeline asks, and for the errors that it counts on.

Later questions need something of earlier answers (a year, a cursor, ids); `Memory` holds that. About fifteen credits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from include.common.ids import short_openalex_id
from include.contracts.batch import UPDATED_SINCE, Entity, Window
from include.contracts.scope import ResolvedScope
from include.openalex.queries import (
    PER_PAGE,
    REFERENCE_FIELDS,
    WORK_FIELDS,
    countries,
    primary_topics,
    works_filter,
)
from include.openalex.totals import GROUPS_PER_PAGE

_NO_SUCH_WORK = "W999999999999999"


@dataclass(frozen=True)
class Question:
    """One request. `entity` says which records it answers with; None: none that flatten reads."""

    name: str
    path: str
    parameters: dict[str, str]
    entity: Entity | None = None


@dataclass
class Memory:
    """The JSON bodies of the good answers so far, by the name of the question."""

    bodies: dict[str, dict[str, Any]] = field(default_factory=dict)
    # what was seen of the records of each entity: see forms.py
    forms: dict[Entity, dict[str, set[str]]] = field(default_factory=dict)

    def records(self, name: str) -> list[dict[str, Any]]:
        """The records of a list answer; none when there was no such answer."""
        found = self.bodies.get(name, {}).get("results")
        return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []

    def groups(self, name: str) -> list[dict[str, Any]]:
        """The groups of an answer to a group_by; none when there was no such answer."""
        found = self.bodies.get(name, {}).get("group_by")
        return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []

    def year(self) -> int:
        """The year with most joint papers, so that there is something to compare.

        Raises:
            NotAskable: no year has any.
        """
        counted = {str(each.get("key")): papers(each) for each in self.groups("joint papers by year")}
        years = {int(key): count for key, count in counted.items() if key.isdigit() and count}
        if not years:
            raise NotAskable("the source has no joint paper of this scope")
        return max(years, key=lambda year: (years[year], year))

    def cursor(self, name: str) -> str | None:
        """The cursor to the page behind an answer."""
        meta = self.bodies.get(name, {}).get("meta")
        return (meta or {}).get("next_cursor") if isinstance(meta, dict) else None


def listed(record: dict[str, Any], name: str) -> list[Any]:
    """A list of a record; empty where something else stands there, which forms.py tells."""
    found = record.get(name)
    return found if isinstance(found, list) else []


def papers(group: dict[str, Any]) -> int:
    """The count of a group; 0 where it is no number, which forms.py tells."""
    found = group.get("count")
    return found if isinstance(found, int) else 0


class NotAskable(Exception):
    """The answers so far do not hold what a question needs; the text says what is missing."""


# a question, made when its turn comes
Asking = tuple[str, Callable[[Memory], Question]]


def questions(scope: ResolvedScope, today: date) -> list[Asking]:
    """Every question about this scope, in order."""
    return [
        *_of_totals(scope),
        *_of_works(scope),
        *_of_references(),
        *_of_refusals(today),
        _fixed("day's credits", "/rate-limit", {}),
    ]


def _fixed(name: str, path: str, parameters: dict[str, str]) -> Asking:
    return name, lambda memory: Question(name, path, parameters)


def _of_totals(scope: ResolvedScope) -> Iterator[Asking]:
    topics = primary_topics(scope.topic_chunks[0])
    both = [countries(scope.side_a), countries(scope.side_b)]

    def grouped(name: str, conditions: list[str], by: str) -> Question:
        parameters = {"filter": ",".join(conditions), "group_by": by, "per_page": str(GROUPS_PER_PAGE), "cursor": "*"}
        return Question(name, "/works", parameters)

    def of_years(name: str, sides: list[str]) -> Asking:
        years = f"publication_year:{scope.year_from}-{scope.year_to}"
        return name, lambda memory: grouped(name, [*sides, *topics, years, "is_paratext:false"], "publication_year")

    def of_countries(name: str, sides: list[str]) -> Asking:
        def make(memory: Memory) -> Question:
            of_year = [*sides, *topics, f"publication_year:{memory.year()}", "is_paratext:false"]
            return grouped(name, of_year, "authorships.countries")

        return name, make

    def without_country(memory: Memory) -> Question:
        wanted = ["authorships.countries:null", *topics, f"publication_year:{memory.year()}", "is_paratext:false"]
        parameters = {"filter": ",".join(wanted), "select": "id", "per_page": "1"}
        return Question("papers without a country", "/works", parameters)

    yield of_years("joint papers by year", both)
    yield of_years("papers by year", [])
    yield of_countries("papers by country", [])
    yield of_countries("papers with side B by country", both[1:])
    yield "papers without a country", without_country


def _of_works(scope: ResolvedScope) -> Iterator[Asking]:
    def wanted(memory: Memory) -> str:
        first, last = date(memory.year(), 1, 1), date(memory.year(), 12, 31)
        window = Window(window_id="probe", title="probe", date_from=first, date_to=last, topic_chunk=1)
        return works_filter(scope, window) or f"publication_year:{memory.year()}"

    def page(name: str, memory: Memory, per_page: int, cursor: str) -> Question:
        parameters = {"filter": wanted(memory), "select": WORK_FIELDS, "sort": "publication_date"}
        return Question(name, "/works", {**parameters, "per_page": str(per_page), "cursor": cursor}, "works")

    def next_page(memory: Memory) -> Question:
        cursor = memory.cursor("works, first page of one")
        if cursor is None:
            raise NotAskable("the page before gives no cursor (it may be that it holds all works)")
        return page("works, next page of one", memory, 1, cursor)

    def single(memory: Memory) -> Question:
        # the one with most authors: a list shows a hundred of them at most
        works = sorted(memory.records("works, page"), key=lambda work: -len(listed(work, "authorships")))
        number = short_openalex_id(str(works[0].get("id"))) if works else None
        if number is None:
            raise NotAskable("no page of works holds a work with an id")
        return Question("one work", f"/works/{number}", {"select": WORK_FIELDS}, "works")

    def count(memory: Memory) -> Question:
        return Question("works, count", "/works", {"filter": wanted(memory), "select": "id", "per_page": "1"})

    yield "works, page", lambda memory: page("works, page", memory, PER_PAGE, "*")
    # pages of one, so that any window has a second page
    yield "works, first page of one", lambda memory: page("works, first page of one", memory, 1, "*")
    yield "works, next page of one", next_page
    yield "works, count", count
    yield "one work", single
    yield _fixed("no such work", f"/works/{_NO_SUCH_WORK}", {})


def _of_references() -> Iterator[Asking]:
    def asking(entity: Entity, ids: Callable[[list[dict[str, Any]]], set[str]]) -> Asking:
        name = f"{entity} by id"

        def make(memory: Memory) -> Question:
            found = sorted(ids(memory.records("works, page")))[:PER_PAGE]
            if not found:
                raise NotAskable(f"no work of the page names any of the {entity}")
            wanted = {
                "filter": f"openalex:{'|'.join(found)}",
                "select": REFERENCE_FIELDS[entity],
                "per_page": str(PER_PAGE),
            }
            return Question(name, f"/{entity}", wanted, entity)

        return name, make

    yield asking("funders", lambda works: _ids(one for work in works for one in listed(work, "funders")))
    yield asking("institutions", lambda works: _ids(_institutions(works)))
    yield asking("topics", lambda works: _ids(work.get("primary_topic") for work in works))


def _of_refusals(today: date) -> Iterator[Asking]:
    refused: dict[str, dict[str, str]] = {
        "a filter that does not exist": {"filter": "no_such_field:1", "per_page": "1"},
        "a field that does not exist": {"select": "no_such_field", "per_page": "1"},
        "a cursor that is none": {"filter": "is_paratext:false", "cursor": "bm8gY3Vyc29y", "per_page": "1"},
        "what was updated": {"filter": f"{UPDATED_SINCE}{today}", "select": "id", "per_page": "1"},
    }
    for name, parameters in refused.items():
        yield _fixed(name, "/works", parameters)


def _institutions(works: list[dict[str, Any]]) -> Iterator[Any]:
    for work in works:
        for author in listed(work, "authorships"):
            if isinstance(author, dict):
                yield from listed(author, "institutions")


def _ids(said: Any) -> set[str]:
    found = {short_openalex_id(one["id"]) for one in said if isinstance(one, dict) and isinstance(one.get("id"), str)}
    return {each for each in found if each}
