"""Clean evolutions: what a source, a list or a calendar does to an honest release. None of them may be refused.

They happen one after the other in one home, day after day, so that drift is held against releases that moved before,
and its limits come to follow from their history.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import duckdb

from include.common.sql import read_parquet
from include.contracts.reference import read_rows
from include.pipeline.corruptions.bench import Bench, Known, facts_of
from include.pipeline.corruptions.outcome import read_message
from include.pipeline.corruptions.records import counted, having, number_of, renamed_institution
from include.pipeline.corruptions.source import Edit, Record, RecordEdit
from include.pipeline.corruptions.stages import Setting, evolved, make_corpus, scope, set_day
from include.pipeline.lanes import Ended, change_rows, edit_topics, rewrite_rows
from include.pipeline.truth import serving

# so that the year turns on the way, and the year before is completed
FIRST_DAY = date(2021, 11, 20)


# what a run says that found nothing to build
_NOTHING_NEW = "nothing new"


@dataclass(frozen=True)
class Evolution:
    """One clean step: days that pass, what the source does meanwhile, and what a maintainer changes with an entry."""

    name: str
    sentence: str
    days: int = 1
    # shares of the joint papers that change, vanish and are retracted
    corpus: dict[str, float] | None = None
    source: Callable[[Known], Edit] | None = None
    maintained: Callable[[Bench], None] | None = None


@dataclass(frozen=True)
class Step:
    """What became of an evolution in the home of one seed. `refused_by`: nothing, when it was published."""

    evolution: Evolution
    seed: int
    refused_by: tuple[str, ...]
    warnings: tuple[str, ...]
    seconds: float


@dataclass(frozen=True)
class Beginning:
    """Where a seed's evolutions begin: its corpus, and a home with a release of it (None: an empty one)."""

    seed: int
    corpus: Path
    setting: Setting
    home: Path | None = None


def generated(folder: Path, seed: int, scale: float) -> Beginning:
    """A corpus of this seed, and an empty home."""
    (corpus,) = make_corpus(folder, seed, scale, 1, folder / "corpus.log")
    return Beginning(seed, corpus, Setting(corpus / "overlay", scope(), FIRST_DAY))


def evolve(
    folder: Path, bench: Bench, begins: Beginning, chosen: Sequence[Evolution], tell: Callable[[Step], None]
) -> list[Step]:
    """The evolutions one after the other, in the bench's lane; later corpora are made below `folder`."""
    lane, source, corpus, steps = bench.lane, bench.source, begins.corpus, []
    begins.setting.restore(lane, source, begins.home)
    left_out = _topic_left_out(corpus)
    with ExitStack() as stack:
        source.upstream = stack.enter_context(serving(corpus, log_file=folder / "sandbox.log"))
        if begins.home is None:
            # so that it can be taken in
            edit_topics(lane, left_out, "out")
            lane.run("include.pipeline", "run")
        known = facts_of(lane.home / "releases" / "current" / "parquet")
        bench = replace(bench, known={**known, "topic_left_out": left_out})
        day = begins.setting.day
        for number, evolution in enumerate(chosen, start=1):
            started = time.monotonic()
            day += timedelta(days=evolution.days)
            set_day(lane, source, day)
            if evolution.corpus is not None:
                later = folder / f"later-{number}"
                corpus = evolved(corpus, later, begins.seed, folder / "corpus.log", **evolution.corpus)
                stack.close()
                source.upstream = stack.enter_context(serving(corpus, log_file=folder / "sandbox.log"))
            if evolution.source is not None:
                source.edits.append(evolution.source(bench.known))
            before = lane.release().release_id
            if evolution.maintained is not None:
                evolution.maintained(bench)
                lane.run("include.openalex", "scope")
                lane.enter_reference_changes(evolution.sentence)
            lane.take_unit_tests_for_passed()
            ended = lane.attempt("include.pipeline", "run", "--full-sweep")
            steps.append(_step(evolution, begins.seed, ended, bench, before, time.monotonic() - started))
            tell(steps[-1])
    return steps


def _step(evolution: Evolution, seed: int, ended: Ended, bench: Bench, before: str, seconds: float) -> Step:
    if ended.code:
        return Step(evolution, seed, read_message(ended), (), seconds)
    release = bench.lane.release()
    if release.release_id == before:
        # a day may bring nothing, and citations alone are nothing new
        refused_by = () if _NOTHING_NEW in ended.said else ("nothing was published",)
        return Step(evolution, seed, refused_by, (), seconds)
    warned = {check.check_id for check in release.gates["gate_3"] if not check.passed}
    return Step(evolution, seed, (), tuple(sorted(warned)), seconds)


def _topic_left_out(corpus: Path) -> str:
    """A topic of middling size."""
    truth = read_parquet(corpus / "truth" / "mart_topic_collaboration.parquet")
    with duckdb.connect() as db:
        ((topic,),) = db.execute(
            f"select topic_id from {truth} where level = 'topic' group by 1 "
            "order by sum(joint_papers) desc, 1 limit 1 offset 5"
        ).fetchall()
    return str(topic)


# --- what happens ----------------------------------------------------------------------------------------------------


def _of_works(share: int, place: int, change: Callable[[Record], Record]) -> RecordEdit:
    """One work in `share`."""
    return lambda entity, record: change(record) if entity == "works" and number_of(record) % share == place else record


def _renamed_funder(funder: str) -> RecordEdit:
    def edit(entity: str, record: Record) -> Record:
        if entity == "funders" and str(record.get("id")).endswith(funder):
            return {**record, "display_name": f"{record['display_name']} (renamed)"}
        return record

    return edit


def _retitled_institution(institution: str) -> RecordEdit:
    def edit(entity: str, record: Record) -> Record:
        if entity == "institutions" and str(record.get("id")).endswith(institution):
            return {**record, "display_name": f"{record['display_name']} (renamed)"}
        return record

    return edit


def _cited_more(record: Record) -> Record:
    cited = record.get("cited_by_count")
    return {**record, "cited_by_count": cited + 1} if isinstance(cited, int) else record


def _add_a_body(bench: Bench) -> None:
    bodies, listings = (bench.lane.lists / f"{table}.csv" for table in ("military_bodies", "military_list_membership"))
    new = {
        **read_rows(bodies)[-1],
        "body_id": "demo_sandbox_works_of_newly_imagined_armour_invented",
        "body_name": "Sandbox Works of Newly Imagined Armour (invented)",
        "aliases": "",
        "ror": "",
        "openalex_id": "",
    }
    rewrite_rows(bodies, lambda rows: [*rows, new])
    listing = {**read_rows(listings)[-1], "body_id": new["body_id"], "listed_as": new["body_name"]}
    rewrite_rows(listings, lambda rows: [*rows, listing])


def _end_a_listing(bench: Bench) -> None:
    change_rows(
        bench.lane.lists / "military_list_membership.csv",
        {"body_id": bench.known["second_body"]},
        {"valid_to": "2020-12-31"},
    )


def _reclass_a_funder(bench: Bench) -> None:
    change_rows(
        bench.lane.lists / "funder_classes.csv",
        {"funder_id": bench.known["top_funder"]},
        {"funder_class": "cn_university"},
    )


def _join_a_group(bench: Bench) -> None:
    file = bench.lane.seeds / "country_groups.csv"
    (member,) = [row for row in read_rows(file) if (row["group_code"], row["country_code"]) == ("EU27", "AT")]
    rewrite_rows(file, lambda rows: [*rows, {**member, "country_code": "CH", "valid_from": "2022-01-01"}])


def _take_a_topic(bench: Bench) -> None:
    edit_topics(bench.lane, bench.known["topic_left_out"], "in")


def _mark_a_topic(bench: Bench) -> None:
    file = bench.lane.seeds / "sensitive_topics.csv"
    rewrite_rows(file, lambda rows: [*rows, {**rows[0], "topic_id": bench.known["top_topic"]}])


EVOLUTIONS: tuple[Evolution, ...] = (
    Evolution("day", "A day passes.", 1),
    Evolution("week", "A week passes.", 7),
    Evolution("corrected", "Two papers in a hundred are corrected, and late ones come.", corpus={"changed": 0.02}),
    Evolution(
        "cited", "Every work is cited once more.", source=lambda known: Edit(record=_of_works(1, 0, _cited_more))
    ),
    Evolution("month", "A month passes.", 31),
    Evolution("year_turned", "The year turns.", 50),
    Evolution(
        "retracted",
        "Three papers in a thousand are retracted.",
        corpus={"changed": 0.005, "vanished": 0.001, "retracted": 0.003},
    ),
    Evolution("vanished", "One paper in a hundred is merged or deleted.", corpus={"changed": 0.005, "vanished": 0.01}),
    Evolution("list_row", "A body is listed that was not.", maintained=_add_a_body),
    Evolution("listing_ended", "The listing of a body with many links ends.", maintained=_end_a_listing),
    Evolution("class_changed", "The top funder is classed otherwise.", maintained=_reclass_a_funder),
    Evolution("group_joined", "A country joins the European Union.", maintained=_join_a_group),
    Evolution("topic_taken", "The subject takes in a topic more.", maintained=_take_a_topic),
    Evolution("topic_marked", "A topic is marked as sensitive.", maintained=_mark_a_topic),
    Evolution(
        "denominators_up", "The source counts two per cent more papers.", source=lambda known: Edit(count=counted(1.02))
    ),
    Evolution(
        "denominators_down",
        "The source counts three per cent fewer papers.",
        source=lambda known: Edit(count=counted(0.97)),
    ),
    Evolution(
        "institutions_merged",
        "A small institution is merged into a large one of its country.",
        source=lambda known: Edit(record=renamed_institution(known["small_institution"], known["its_heir"])),
    ),
    Evolution(
        "funder_renamed",
        "The top funder has another name, and the year before is completed.",
        140,
        source=lambda known: Edit(record=_renamed_funder(known["top_funder"])),
    ),
    Evolution(
        "institution_renamed",
        "The institution with most links has another name.",
        35,
        source=lambda known: Edit(record=_retitled_institution(known["top_institution"])),
    ),
    Evolution(
        "languages_detected",
        "The language of one paper in fifty is detected anew.",
        source=lambda known: Edit(record=_of_works(50, 7, having(language="de"))),
    ),
)
