"""The worker: decides, page by page, what is new, changed, unchanged or seen twice. No network, no disk.

What it needs of the world is injected: `fetch_page` brings a page for a cursor, `known_hashes` says what is stored
already, `complete` replaces a record that the list cut short. It is resumed by giving it the cursor and the ids seen.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from include.common.ids import short_openalex_id
from include.contracts.batch import DataOrigin
from include.contracts.content import content_hash
from include.openalex.errors import CursorLost, MalformedPage
from include.raw_zone.writer import SeenRecord, Tally

Record = dict[str, Any]

# what records without an id are known by begins so; their content follows
NO_ID = "?"
# pages in a row that bring no new record while the source goes on handing out cursors
MOST_IDLE_PAGES = 10


@dataclass(frozen=True)
class SourcePage:
    """One page as the source gave it: each record as JSON in one line.

    `expected` is the source's count of all records of the query.
    """

    records: Sequence[bytes]
    next_cursor: str | None
    expected: int
    requests: int
    credits: int
    origin: DataOrigin


@dataclass(frozen=True)
class Outcome:
    """What one page means for the batch."""

    lines: list[bytes]
    seen: list[SeenRecord]
    tally: Tally
    page: SourcePage
    generations: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Completed:
    """A record fetched alone, as received, and what that took."""

    line: bytes
    requests: int
    credits: int


# begins to fetch a record whole; what it returns waits for it (None: it vanished, the list's version is kept)
Completing = Callable[[Record], Callable[[], Completed | None]]


@dataclass(frozen=True)
class Judgement:
    """How records of one entity are read: what identifies one, what makes it changed, what is odd about it."""

    record_id: Callable[[Record], str | None]
    content_hash: Callable[[Record], str] = content_hash
    is_incomplete: Callable[[Record], bool] = lambda record: False
    has_odd_dates: Callable[[Record], bool] = lambda record: False
    generation: Callable[[Record], str | None] = lambda record: None
    is_cut: Callable[[Record], bool] = lambda record: False
    # of records whose batch is no window of the scope
    place: Callable[[Record], str] = lambda record: ""

    def of_anything(self) -> Judgement:
        """The same for whatever JSON value stands in the place of a record: what is no object is incomplete."""

        def is_object(value: object) -> bool:
            return isinstance(value, dict)

        return Judgement(
            record_id=lambda value: self.record_id(value) if is_object(value) else None,
            content_hash=lambda value: self.content_hash(value) if is_object(value) else content_hash(value),
            is_incomplete=lambda value: self.is_incomplete(value) if is_object(value) else True,
            has_odd_dates=lambda value: is_object(value) and self.has_odd_dates(value),
            generation=lambda value: self.generation(value) if is_object(value) else None,
            is_cut=lambda value: is_object(value) and self.is_cut(value),
            place=lambda value: self.place(value) if is_object(value) else "",
        )


class Worker:
    """Turns pages into outcomes, one for each page, in order."""

    def __init__(
        self,
        fetch_page: Callable[[str], SourcePage],
        known_hashes: Callable[[Sequence[str]], Mapping[str, str]],
        judgement: Judgement,
        *,
        complete: Completing | None = None,
        seen_ids: set[str] | None = None,
    ) -> None:
        self._fetch_page = fetch_page
        self._known_hashes = known_hashes
        self._judgement = judgement
        self._complete = complete
        self.seen_ids = seen_ids if seen_ids is not None else set()

    def outcomes(self, cursor: str | None) -> Iterator[Outcome]:
        """Every page from `cursor` on. The last page is the one without a next cursor; it may hold records, and a page
        with a next cursor may hold none.

        Raises:
            CursorLost: the cursors lead in a circle, or through nothing but empty pages.
        """
        idle_pages = 0
        while cursor is not None:
            page = self._fetch_page(cursor)
            outcome = self._judge(page)
            yield outcome
            idle_pages = 0 if outcome.seen else idle_pages + 1
            if idle_pages == MOST_IDLE_PAGES and page.next_cursor is not None:
                raise CursorLost(
                    f"the source's cursors led over {MOST_IDLE_PAGES} pages without a new record",
                    fix="run again: the sweep begins anew",
                )
            cursor = page.next_cursor

    def _judge(self, page: SourcePage) -> Outcome:
        judged = self._judgement.of_anything()
        requests, credits = page.requests, page.credits
        incomplete = odd_dates = 0
        generations: set[str | None] = set()
        fresh: dict[str, tuple[bytes, SeenRecord]] = {}
        cut: dict[str, tuple[bytes, Callable[[], Completed | None]]] = {}

        def take(record_id: str, record: Record, line: bytes) -> None:
            nonlocal incomplete, odd_dates
            fresh[record_id] = (line, SeenRecord(record_id, judged.content_hash(record), judged.place(record)))
            incomplete += judged.is_incomplete(record)
            odd_dates += judged.has_odd_dates(record)
            generations.add(judged.generation(record))

        # one record is built at a time: a page of objects is ten times its bytes, and the garbage collector would
        # walk through them again and again
        for line in page.records:
            record = build(line)
            record_id = judged.record_id(record) or self._place_of_nameless(judged.content_hash(record))
            if record_id in self.seen_ids:
                continue
            self.seen_ids.add(record_id)
            if self._complete is not None and judged.is_cut(record):
                cut[record_id] = (line, self._complete(record))
                fresh[record_id] = (line, SeenRecord(record_id, "", ""))  # keeps its place until it is whole
            else:
                take(record_id, record, line)
        for record_id, (line, completed) in cut.items():
            whole = completed()
            if whole is not None:
                line, requests, credits = whole.line, requests + whole.requests, credits + whole.credits
            take(record_id, build(line), line)
        known = self._known_hashes(list(fresh))
        changed = [line for record_id, (line, seen) in fresh.items() if known.get(record_id) != seen.content_hash]
        return Outcome(
            lines=changed,
            seen=[seen for _, seen in fresh.values()],
            tally=Tally(
                received=len(page.records),
                stored=len(changed),
                unchanged=len(fresh) - len(changed),
                duplicates=len(page.records) - len(fresh),
                incomplete=incomplete,
                odd_dates=odd_dates,
                requests=requests,
                credits=credits,
            ),
            page=page,
            generations=frozenset(filter(None, generations)),
        )

    def _place_of_nameless(self, content: str) -> str:
        """What a record without an id is known by: its content, and which of those with that content it is. Nobody can
        tell whether two of them are one, so each is received, and set aside, for itself.
        """
        first = f"{NO_ID}{content}"
        places = itertools.chain([first], (f"{first}#{number}" for number in itertools.count(2)))
        return next(place for place in places if place not in self.seen_ids)


def build(line: bytes) -> Record:
    """The record as an object (or whatever JSON value stands in its place).

    Raises:
        MalformedPage: it cannot be built, though the page is JSON: a number beyond all measure, say.
    """
    try:
        record: Record = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise MalformedPage(
            f"a record of the page cannot be read: {error}",
            where=line[:100].decode("utf-8", "replace"),
            fix="run again; the page is not kept",
        ) from None
    return record


def openalex_id(record: Record) -> str | None:
    """The short id of a record, None when it has none that can be read (or is no object)."""
    value = record.get("id") if isinstance(record, dict) else None
    return short_openalex_id(value) if isinstance(value, str) else None
