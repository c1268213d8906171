"""Denominators: how many papers of the subject each country and group has a year, from the source's own counts. A scope
that admits everything needs none: its works are all loaded, and the warehouse counts them.

One batch holds the answers to a list of `group_by` queries, one record an answer, and each record is the whole answer
to its query. Only answers that changed are stored.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Literal

import orjson

from include.common.clock import utc_now
from include.common.files import only_one
from include.contracts.batch import Query, Window
from include.contracts.content import content_hash
from include.contracts.scope import Group, ResolvedScope
from include.openalex.client import Client, Reply
from include.openalex.errors import MalformedPage
from include.openalex.models import ExtractSummary
from include.openalex.queries import PER_PAGE, countries, primary_topics
from include.openalex.runner import SweepTask, sweep
from include.openalex.scope import current_scope
from include.openalex.worker import Judgement, Record, SourcePage
from include.raw_zone.sweeps import last_sweeps
from include.settings import Settings

log = logging.getLogger("entangled.openalex")

WINDOW = Window(window_id="totals", title="totals")
WORLD = "WORLD"
# a group_by answer holds at most so many groups; there are more countries
GROUPS_PER_PAGE = 200

Kind = Literal["country", "partner", "group", "group_partner", "world"]


@dataclass(frozen=True)
class TotalQuery:
    """One question. `condition_code` is the other side for partner kinds, '' where there is none."""

    kind: Kind
    condition_code: str
    group_code: str | None
    year: int | None
    topic_chunk: int
    filter: str
    group_by: str

    @property
    def key(self) -> str:
        """What the answer is known by from run to run."""
        parts = (self.kind, self.condition_code, self.group_code, self.year, self.topic_chunk)
        return "/".join("" if part is None else str(part) for part in parts)


def sync_totals(settings: Settings, *, full: bool = False) -> list[ExtractSummary]:
    """Ask for the totals when works were swept since they were last asked for, or when they are stale.

    Raises:
        BusyError, SourceError, GateFailed, StorageError: as `extract`.
    """
    scope = current_scope(settings)
    if scope.admit == "everything":
        log.info("totals: all works are loaded, and counted themselves")
        return []
    with only_one(settings.locks_dir / "totals.lock", "the sync of totals"):
        due = full or _due(settings, scope)
        if not due:
            log.info("totals: up to date")
            return []
        client = Client(settings)
        questions = _questions(scope, client)
        return [sweep(settings, _task(scope, client, questions))]


def _due(settings: Settings, scope: ResolvedScope) -> bool:
    last = last_sweeps(settings, "totals").get(WINDOW.window_id)
    if last is None or last.query != _query(scope):
        return True
    works = last_sweeps(settings, "works").values()
    if any(sweep.swept_at > last.swept_at for sweep in works):
        return True
    return (utc_now().date() - last.swept_at.date()).days >= max(scope.windows.revisit_recent_days, 1)


def _task(scope: ResolvedScope, client: Client, questions: list[TotalQuery]) -> SweepTask:
    return SweepTask(
        entity="totals",
        scope_id=scope.scope_id,
        fetch_version=scope.fetch_version,
        window=WINDOW,
        query=_query(scope),
        first_cursor="0",
        fetch_page=_answers(client, questions),
        judgement=Judgement(record_id=_answer_key, content_hash=_answer_hash),
        resumable=False,
        shows_whole_window=False,
        expected=len(questions),
    )


def _query(scope: ResolvedScope) -> Query:
    """What the batch repeats: all questions of the scope. The single filters stand in the records.

    Their digest changes with a group, a member, a topic or a year, and then all are asked anew: no count of a group
    with other members must stand for it.
    """
    codes = " ".join(group.code for group in _groups(scope))
    asked = "\n".join(f"{question.key} {question.filter}" for question in _yearly_questions(scope))
    return Query(
        path="/works",
        filter=f"totals of {codes} with {scope.side_b.code}, {scope.year_from} to {scope.year_to}, "
        f"sha256 {hashlib.sha256(asked.encode()).hexdigest()[:12]}",
        select=None,
        sort=None,
        group_by="authorships.countries|publication_year",
        per_page=PER_PAGE,
    )


def _questions(scope: ResolvedScope, client: Client) -> list[TotalQuery]:
    """Every question of the scope. Countries are asked for a year at a time, for the years that have papers at all."""
    yearly = list(_yearly_questions(scope))
    have_papers = _years_with_papers(client, [one for one in yearly if one.kind == "world"])
    years = [year for year in range(scope.year_from, scope.year_to + 1) if year in have_papers]
    return [*yearly, *_country_questions(scope, years)]


def _yearly_questions(scope: ResolvedScope) -> Iterator[TotalQuery]:
    """Groups and the world, all years at once."""
    years = f"publication_year:{scope.year_from}-{scope.year_to}"
    for chunk, topics in enumerate(scope.topic_chunks, start=1):
        common = [*primary_topics(topics), years, "is_paratext:false"]

        def ask(kind: Kind, condition: str, group: str, conditions: list[str], chunk: int = chunk) -> TotalQuery:
            return TotalQuery(kind, condition, group, None, chunk, ",".join(conditions), "publication_year")

        yield ask("world", "", WORLD, common)
        for group in _groups(scope):
            yield ask("group", "", group.code, [countries(group), *common])
            partners = [countries(group), countries(scope.side_b), *common]
            yield ask("group_partner", scope.side_b.code, group.code, partners)


def _country_questions(scope: ResolvedScope, years: list[int]) -> Iterator[TotalQuery]:
    """All countries of one year, alone and together with the other side."""
    for year in years:
        for chunk, topics in enumerate(scope.topic_chunks, start=1):
            common = [*primary_topics(topics), f"publication_year:{year}", "is_paratext:false"]
            by = "authorships.countries"
            yield TotalQuery("country", "", None, year, chunk, ",".join(common), by)
            partners = ",".join([countries(scope.side_b), *common])
            yield TotalQuery("partner", scope.side_b.code, None, year, chunk, partners, by)


def most_questions(scope: ResolvedScope) -> int:
    """Credits that totals take at most, one a question: every year has papers, and the world is asked twice."""
    if scope.admit == "everything":
        return 0
    yearly = list(_yearly_questions(scope))
    years = list(range(scope.year_from, scope.year_to + 1))
    world = sum(question.kind == "world" for question in yearly)
    return world + len(yearly) + len(list(_country_questions(scope, years)))


def _groups(scope: ResolvedScope) -> list[Group]:
    return list({group.code: group for group in (scope.side_a, scope.side_b, *scope.groups)}.values())


def _years_with_papers(client: Client, world: list[TotalQuery]) -> set[int]:
    years: set[int] = set()
    for question in world:
        answer = _ask(client, question)
        years |= {int(group["key"]) for group in answer.record["group_by"] if str(group["key"]).isdigit()}
    return years


@dataclass(frozen=True)
class _Answered:
    record: Record
    page: SourcePage


def _answers(client: Client, questions: list[TotalQuery]) -> Callable[[str], SourcePage]:
    """One page a question; the cursor is its number."""

    def fetch(cursor: str) -> SourcePage:
        number = int(cursor)
        following = str(number + 1) if number + 1 < len(questions) else None
        asked = _ask(client, questions[number]).page
        return SourcePage(asked.records, following, len(questions), asked.requests, asked.credits, asked.origin)

    return fetch


def _ask(client: Client, question: TotalQuery) -> _Answered:
    """The whole answer, over as many pages as it has."""
    cursor: str | None = "*"
    groups: list[Any] = []
    meta: dict[str, Any] = {}
    requests = credits = 0
    while cursor is not None:
        reply = client.read(
            "/works",
            {
                "filter": question.filter,
                "group_by": question.group_by,
                "per_page": str(GROUPS_PER_PAGE),
                "cursor": cursor,
            },
            partial(_with_groups, question.filter),
        )
        page = reply.document
        groups += page["group_by"]
        meta = meta or page["meta"]
        requests, credits = requests + reply.requests, credits + reply.credits
        following = page["meta"].get("next_cursor")
        # a page that is not full is the last; its size is the source's to say, and without a word we ask on
        is_full = len(page["group_by"]) >= int(page["meta"].get("per_page") or 1)
        cursor = following if following and following != cursor and is_full else None
    record = {"query": asdict(question), "meta": meta, "group_by": groups}
    return _Answered(record, SourcePage([orjson.dumps(record)], None, 1, requests, credits, reply.origin))


def _with_groups(where: str, reply: Reply) -> Reply:
    """The reply, when it holds groups that can be counted."""
    groups, meta = reply.document.get("group_by"), reply.document.get("meta")
    if (
        not isinstance(meta, dict)
        or not isinstance(meta.get("per_page", 1), int | None)
        or not isinstance(groups, list)
        or not all(isinstance(group, dict) and {"key", "count"} <= group.keys() for group in groups)
    ):
        raise MalformedPage("the source answered a group_by without groups", where=where, fix="run again")
    return reply


def _answer_key(record: Record) -> str:
    return TotalQuery(**record["query"]).key


def _answer_hash(record: Record) -> str:
    """Of the counts, not of the time that the answer took or the order that equal counts came in."""
    groups = sorted(record["group_by"], key=lambda group: str(group.get("key")))
    return content_hash({"query": record["query"], "group_by": groups})
