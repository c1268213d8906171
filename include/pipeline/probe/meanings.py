"""What an answer must mean, whatever its form: filters are obeyed, pages follow each other, counts agree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from include.common.ids import short_openalex_id
from include.contracts.scope import Group, ResolvedScope
from include.openalex.queries import AUTHORSHIPS_CUT_AT
from include.pipeline.probe.forms import Difference
from include.pipeline.probe.questions import Memory, Question, listed, papers

_FILTERS = "the pipeline counts on this filter: see OpenAlex's documentation before any figure is used"
_PAGES = "sweeps count on this (include/openalex/listing.py): a crawl would lose or repeat works"


def check_meaning(question: Question, scope: ResolvedScope, memory: Memory) -> Iterator[Difference]:
    """Every way in which the answer to `question`, the last in `memory`, does not mean what we count on."""
    if question.name == "works, page":
        yield from _page_of_works(question, scope, memory)
    elif question.name == "works, next page of one":
        yield from _next_page(memory)
    elif question.name == "works, count":
        yield from _count(memory)
    elif question.name == "one work":
        yield from _one_work(question, memory)
    elif question.name == "papers by country":
        yield from _papers_by_country(memory)
    elif question.name == "papers with side B by country":
        yield from _partners(memory)
    elif question.name == "papers without a country":
        yield from _without_country(memory)
    elif question.name.endswith(" by id"):
        yield from _by_id(question, memory)


def _page_of_works(question: Question, scope: ResolvedScope, memory: Memory) -> Iterator[Difference]:
    works = memory.records(question.name)
    if len(works) > int(question.parameters["per_page"]):
        yield Difference(f"a page holds {len(works)} works, more than asked for", _PAGES)
    if any(len(listed(work, "authorships")) > AUTHORSHIPS_CUT_AT for work in works):
        yield Difference(
            f"a list shows more than {AUTHORSHIPS_CUT_AT} authorships of a work",
            "lists are no longer cut there: AUTHORSHIPS_CUT_AT in include/openalex/queries.py can go up",
        )
    if scope.admit == "scope":
        topics = set(scope.topic_chunks[0])
        yield from _disobeyed(works, "primary_topic.id", lambda work: _topic(work) in topics if topics else True)
        for side in (scope.side_a, scope.side_b):
            yield from _disobeyed(works, f"authorships.countries ({side.name})", lambda work, s=side: _has(work, s))
        yield from _disobeyed(works, "is_paratext", lambda work: not work.get("is_paratext"))
    days = [str(work.get("publication_date")) for work in works]
    if days != sorted(days):
        yield Difference("works are not in the order of their publication dates, as asked", _PAGES)


def _disobeyed(works: list[dict[str, Any]], name: str, is_right: Any) -> Iterator[Difference]:
    wrong = [str(work.get("id")) for work in works if not is_right(work)]
    if wrong:
        yield Difference(
            f"{len(wrong)} of {len(works)} works do not fit the filter {name}, such as {wrong[0]}", _FILTERS
        )


def _topic(work: dict[str, Any]) -> str | None:
    topic = work.get("primary_topic")
    return short_openalex_id(str(topic.get("id"))) if isinstance(topic, dict) else None


def _has(work: dict[str, Any], side: Group) -> bool:
    """Whether the list shows a country of the side, or may have cut off the author who has one."""
    authors = [author for author in listed(work, "authorships") if isinstance(author, dict)]
    return len(authors) >= AUTHORSHIPS_CUT_AT or any(_countries(author) & set(side.countries) for author in authors)


def _countries(author: dict[str, Any]) -> set[Any]:
    """As the filter reads them: records of 2022 have them at the institutions alone."""
    if isinstance(author.get("countries"), list):
        return {one for one in author["countries"] if isinstance(one, str)}
    return {one.get("country_code") for one in listed(author, "institutions") if isinstance(one, dict)}


def _next_page(memory: Memory) -> Iterator[Difference]:
    first, second = (
        {work.get("id") for work in memory.records(f"works, {name} page of one")} for name in ("first", "next")
    )
    if not second:
        yield Difference("the page at the next cursor is empty, though the one before was full", _PAGES)
    if first & second:
        yield Difference("the page at the next cursor repeats works of the one before", _PAGES)


def _count(memory: Memory) -> Iterator[Difference]:
    listed, counted = (_count_of(memory, name) for name in ("works, page", "works, count"))
    if listed != counted:
        yield Difference(f"the same question has {listed} works as a page and {counted} as a count", _PAGES)


def _one_work(question: Question, memory: Memory) -> Iterator[Difference]:
    work = memory.bodies[question.name]
    asked = question.path.rpartition("/")[2]
    if short_openalex_id(str(work.get("id"))) != asked:
        yield Difference(
            f"asked for {asked}, the source gave {work.get('id')}", "works may have been merged: run again"
        )
    on_page = [one for one in memory.records("works, page") if one.get("id") == work.get("id")]
    here, there = (len(listed(one, "authorships")) for one in (work, on_page[0] if on_page else {}))
    if here < there:
        yield Difference(
            f"the single work has {here} authorships, the list {there}",
            "works cut at 100 authors are completed from single records, which would lose authors: do not run",
        )


def _papers_by_country(memory: Memory) -> Iterator[Difference]:
    whole = sum(papers(each) for each in memory.groups("papers by year"))
    largest = max((papers(each) for each in memory.groups("papers by country")), default=0)
    if largest > whole:
        yield Difference(f"one country has {largest:,} papers, the year only {whole:,}", _FILTERS)


def _partners(memory: Memory) -> Iterator[Difference]:
    in_all = {str(each.get("key")): papers(each) for each in memory.groups("papers by country")}
    for each in memory.groups("papers with side B by country"):
        key, joint = str(each.get("key")), papers(each)
        if joint > in_all.get(key, joint):
            yield Difference(f"{key} has {joint:,} joint papers of {in_all[key]:,} in all", _FILTERS)


def _without_country(memory: Memory) -> Iterator[Difference]:
    whole = sum(papers(each) for each in memory.groups("papers by year"))
    unknown = _count_of(memory, "papers without a country")
    if unknown is not None and unknown > whole:
        yield Difference(f"{unknown:,} papers have no country, of {whole:,} in all", _FILTERS)


def _by_id(question: Question, memory: Memory) -> Iterator[Difference]:
    asked = set(question.parameters["filter"].partition(":")[2].split("|"))
    found = {short_openalex_id(str(one.get("id"))) for one in memory.records(question.name)}
    if found - asked:
        yield Difference(f"{len(found - asked)} records came that were not asked for", _FILTERS)
    if len(found) < len(asked):
        yield Difference(
            f"of {len(asked)} ids that works name, the source knows {len(found)}",
            "a few are merged or deleted; if it is many, the filter `openalex` has changed",
        )


def _count_of(memory: Memory, name: str) -> int | None:
    meta = memory.bodies.get(name, {}).get("meta")
    found = meta.get("count") if isinstance(meta, dict) else None
    return found if isinstance(found, int) else None
