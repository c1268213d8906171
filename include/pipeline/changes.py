"""Nothing stale: after each kind of change, an increment ends in the rows of a rebuild from raw.

One small corpus, one home that a run filled from it. For each change the home is copied, the change is made, and the
usual run brings the release up to date (the increment). Then everything but the raw zone is thrown away and made again
(the rebuild), and every exported table is compared, row by row. A change that does nothing would pass that, so each one
also says what must be seen in the marts: an edited group counts its members' papers at once.

A scope that is made narrower leaves works and counts in the raw zone that it never asks for. There the marts are also
held against a home that read the source from nothing.

Changes are made in lanes (lanes.py): each has a copy of the code, so that a model, a list or flatten itself can be
edited.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import yaml

from include.common.errors import EntangledError
from include.common.sql import quoted
from include.contracts.reference import read_rows
from include.contracts.release import Release
from include.contracts.typed import TypedManifest
from include.pipeline.lanes import (
    LANES,
    change_rows,
    copy_code,
    edit_topics,
    in_lanes,
    replace_text,
    rewrite_rows,
)
from include.pipeline.lanes import Lane as CodeLane
from include.pipeline.truth import command, serving
from include.settings import Settings, child_environment

SEED = 11
# the corpus ends with 2022; on this day a scope `to: today` ends a year before it
LAST_DAY = date(2021, 12, 31)
# two years make as few batches as show that windows stay
FIRST_YEAR = 2020
ANOTHER = "another"
NORDIC = ("DK", "FI", "NO", "SE")
FEW = ("DE", "FR")
# moments of the making, which no two makings share
MOMENTS = {"flattened_at"}
# sums of fractions differ in the last bits with the order of adding
DIGITS = 9


@dataclass
class Lane(CodeLane):
    """A lane of a corpus of which it is `known` what changes are about."""

    known: Known = field(kw_only=True)

    def begin(self, base: Path | None, corpus: Path) -> None:
        """Code, lists and scope as they are before any change, and the home of `base`."""
        self.restore(base, corpus / "overlay", _scope())
        self.clock_days = (LAST_DAY - date.today()).days
        # one topic is left out at first, so that it can be added
        edit_topics(self, self.known.topic_to_add, "out")

    def enter_changes(self) -> None:
        """Say in reference_changes.csv that the change of the lists is meant, as a maintainer does."""
        self.run("include.openalex", "scope")
        self.enter_reference_changes("a change of this check")


@dataclass(frozen=True)
class Known:
    """What a corpus holds that a change can be seen at."""

    topic_to_remove: str
    topic_to_add: str
    funder_id: str
    pattern_id: str

    @classmethod
    def of(cls, corpus: Path) -> Known:
        """The largest of each kind, by the corpus's own truth and lists."""
        with duckdb.connect() as db:
            topics = db.execute(
                """
                select topic_id from read_parquet(?) where level = 'topic' and publication_year < ?
                group by topic_id order by max(joint_papers) desc, topic_id limit 2
                """,
                [str(corpus / "truth" / "mart_topic_collaboration.parquet"), LAST_DAY.year + 1],
            ).fetchall()
        patterns = read_rows(corpus / "overlay" / "award_patterns.csv")
        with_pattern = {row["funder_id"] for row in patterns}
        funders = [row["funder_id"] for row in read_rows(corpus / "overlay" / "funder_classes.csv")]
        return cls(
            topic_to_remove=topics[0][0],
            topic_to_add=topics[1][0],
            funder_id=next(each for each in funders if each not in with_pattern),
            pattern_id=patterns[0]["pattern_id"],
        )


@dataclass(frozen=True)
class Change:
    """One change: how it is made, and SQL of one boolean over `before.<table>` and `after.<table>`: is it seen?"""

    name: str
    make: Callable[[Lane], None]
    seen: Callable[[Lane], str]
    # what must be true of the two releases besides
    holds: Callable[[Release, Release, Lane], str] = lambda before, after, lane: ""
    # the marts must also equal those of a home that never knew the scope before
    from_nothing: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of one change. `faults`: nothing when the increment equals the rebuild and the change was seen."""

    name: str
    tables: int
    rows: int
    faults: tuple[str, ...]
    increment_seconds: float
    rebuild_seconds: float

    def line(self) -> str:
        """One line of the table."""
        verdict = "equal" if not self.faults else f"NOT: {'; '.join(self.faults)}"
        return (
            f"{self.name:<26} {self.increment_seconds:>11.1f} {self.rebuild_seconds:>9.1f} {self.tables:>7} "
            f"{self.rows:>9,}  {verdict}"
        )


HEADING = f"{'change':<26} {'increment s':>11} {'rebuild s':>9} {'tables':>7} {'rows':>9}"


def check_changes(settings: Settings, scale: float, names: Sequence[str] = ()) -> bool:
    """Make every change (or those of `names`); prints a table and ends with `changes: n, equal: n`."""
    folder = settings.home / "changes"
    shutil.rmtree(folder, ignore_errors=True)
    print(HEADING, flush=True)
    outcomes = []
    for outcome in make_changes(folder, scale, names):
        print(outcome.line(), flush=True)
        outcomes.append(outcome)
    equal = sum(not outcome.faults for outcome in outcomes)
    print(f"changes: {len(outcomes)}, equal: {equal}")
    return equal == len(outcomes)


def make_changes(
    folder: Path, scale: float, names: Sequence[str] = (), *, corpus: Path | None = None
) -> Iterator[Outcome]:
    """Make the changes below `folder`, each in a copy of one home; what became of each, as soon as it is done.

    Raises:
        EntangledError: there is no such change, or the run before the changes failed.
    """
    chosen = [_change(name) for name in names] or list(CHANGES)
    if corpus is None:
        corpus = folder / "corpus"
        generating = ["include.sandbox", "generate", "--out", str(corpus), "--seed", str(SEED), "--scale", str(scale)]
        command(generating, child_environment(), folder / "generate.log")
    known, base = Known.of(corpus), folder / "base"
    with serving(corpus, log_file=folder / "sandbox.log") as url:
        original = copy_code(folder / "code")
        first = Lane(folder / "lane-1", original, url, known=known)
        first.begin(None, corpus)
        first.run("include.pipeline", "run")
        shutil.copytree(first.home, base, symlinks=True)
        others = [Lane(folder / f"lane-{number}", original, url, known=known) for number in range(2, LANES + 1)]
        yield from in_lanes([first, *others], chosen, lambda lane, change: _try(change, lane, base, corpus))


def _try(change: Change, lane: Lane, base: Path, corpus: Path) -> Outcome:
    lane.begin(base, corpus)
    before = lane.release()
    change.make(lane)
    lane.enter_changes()
    started = time.monotonic()
    try:
        lane.run("include.pipeline", "run")
        after = lane.release()
        incremented = time.monotonic()
        faults = _faults_of_release(change, before, after, lane)
        marts = lane.folder / "increment"
        shutil.rmtree(marts, ignore_errors=True)
        shutil.copytree(lane.home / "build" / after.run_id / "marts", marts)
        rebuilt = _rebuild(lane)
    except EntangledError as error:
        return Outcome(change.name, 0, 0, (str(error),), time.monotonic() - started, 0)
    ended = time.monotonic()
    tables, rows, differences = compare(marts, rebuilt)
    if change.from_nothing:
        differences += _differences_from_nothing(lane, marts)
    with _opened(base / "build" / before.run_id / "marts", marts) as db:
        ((is_seen,),) = db.execute(f"select ({change.seen(lane)})").fetchall()
    if is_seen is not True:
        faults.append("the change is not seen in the marts")
    return Outcome(change.name, tables, rows, (*faults, *differences), incremented - started, ended - incremented)


def _faults_of_release(change: Change, before: Release, after: Release, lane: Lane) -> list[str]:
    if after.release_id == before.release_id:
        return ["no release was due"]
    fault = change.holds(before, after, lane)
    return [fault] if fault else []


def _rebuild(lane: Lane) -> Path:
    """Throw away all that is made of the raw zone, make it again, and return the exported tables."""
    shutil.rmtree(lane.settings.typed_zone)
    shutil.rmtree(lane.settings.warehouse_file.parent)
    for stage in (("include.flatten",), ("include.warehouse", "build"), ("include.warehouse", "export", "--run", "R")):
        lane.run(*stage)
    return lane.home / "build" / "R" / "marts"


def _differences_from_nothing(lane: Lane, marts: Path) -> list[str]:
    """Where the marts differ from those of a home that read the source from nothing.

    Facts and dimensions may hold more: works of the earlier scope stay loaded, and are in no mart.
    """
    lane.empty_home()
    try:
        lane.run("include.pipeline", "run")
    except EntangledError as error:
        return [str(error)]
    made = lane.home / "build" / lane.release().run_id / "marts"
    names = [file.stem for file in made.glob("mart_*.parquet") if not file.stem.startswith("mart_ops_")]
    _, _, differences = compare(made, marts, names)
    return [f"from nothing: {difference}" for difference in differences]


def compare(one: Path, other: Path, names: Sequence[str] = ()) -> tuple[int, int, list[str]]:
    """Every table (or those of `names`) of two folders of Parquet, row by row: tables, rows, and what differs."""
    names = sorted(names or {file.stem for folder in (one, other) for file in folder.glob("*.parquet")})
    differences, rows = [], 0
    with duckdb.connect() as db:
        for name in names:
            files = [folder / f"{name}.parquet" for folder in (one, other)]
            if not all(file.exists() for file in files):
                differences.append(f"{name} is in one of them alone")
                continue
            mine, theirs = (f"select {_columns(db, file)} from read_parquet({quoted(str(file))})" for file in files)
            ((count, more, fewer),) = db.execute(
                f"select (select count(*) from ({mine})), (select count(*) from ({mine} except all {theirs})), "
                f"(select count(*) from ({theirs} except all {mine}))"
            ).fetchall()
            rows += count
            if more or fewer:
                differences.append(f"{name}: {more} rows are in the increment alone, {fewer} in the rebuild alone")
    return len(names), rows, differences


def _columns(db: duckdb.DuckDBPyConnection, file: Path) -> str:
    described = db.execute(f"describe select * from read_parquet({quoted(str(file))})").fetchall()
    return ", ".join(
        f'round("{name}", {DIGITS}) as "{name}"' if kind == "DOUBLE" else f'"{name}"'
        for name, kind, *_ in described
        if name not in MOMENTS
    )


@contextmanager
def _opened(before: Path, after: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as db:
        for schema, folder in (("before", before), ("after", after)):
            db.execute(f"create schema {schema}")
            for file in folder.glob("*.parquet"):
                db.execute(f'create view {schema}."{file.stem}" as from read_parquet({quoted(str(file))})')
        yield db


# --- the changes ---------------------------------------------------------------------------------------------------


def _scope() -> dict[str, Any]:
    return {
        "scope": "changes",
        "title": "AI papers, Europe with China, since 2020",
        "subject": "ai-v1",
        "admit": "scope",
        "side_a": "EUROPE",
        "side_b": "CHINA",
        "groups": ["EU27"],
        "years": {"from": FIRST_YEAR, "to": "today"},
        "windows": {"by": "year", "recent_years": 0},
    }


def _add_group(lane: Lane) -> None:
    source = read_rows(lane.seeds / "country_groups.csv")[0]
    group = {**source, "group_code": "NORDIC", "group_name": "Nordic countries"}
    rewrite_rows(
        lane.seeds / "country_groups.csv", lambda rows: rows + [{**group, "country_code": one} for one in NORDIC]
    )
    lane.scope.write_text(yaml.safe_dump({**_scope(), "groups": ["EU27", "NORDIC"]}))


def _remove_member(lane: Lane) -> None:
    gone = ("EU27", "DE")
    rewrite_rows(
        lane.seeds / "country_groups.csv",
        lambda rows: [row for row in rows if (row["group_code"], row["country_code"]) != gone],
    )


def _group_counts_its_members(group: str, members: str) -> str:
    """The group's joint papers are those of its members, counted from the facts; its own papers were asked for anew."""
    return f"""
        select bool_and(trends.joint_papers = coalesce(facts.papers, 0)) and sum(facts.papers) > 0
            and bool_and(trends.reporter_papers is not null)
            and not exists (
                select publication_year, joint_papers, reporter_papers from before.mart_copublication_trends
                where reporter_code = '{group}' and counting_method = 'full' and work_selection = 'all'
                intersect
                select publication_year, joint_papers, reporter_papers from after.mart_copublication_trends
                where reporter_code = '{group}' and counting_method = 'full' and work_selection = 'all'
                    and joint_papers > 0
            )
        from after.mart_copublication_trends as trends
        left join (
            select works.publication_year, count(distinct works.work_id) as papers
            from after.fct_works as works
            join after.fct_work_countries as countries on works.work_id = countries.work_id
            where works.is_joint and countries.country_code in ({members})
            group by works.publication_year
        ) as facts on trends.publication_year = facts.publication_year
        where trends.reporter_code = '{group}' and trends.counting_method = 'full' and trends.work_selection = 'all'
    """


def _members(lane: Lane, group: str) -> str:
    rows = read_rows(lane.seeds / "country_groups.csv")
    return ", ".join(quoted(row["country_code"]) for row in rows if row["group_code"] == group and not row["valid_to"])


def _joint_of_topic(schema: str, topic: str) -> str:
    return f"(select count(*) from {schema}.fct_works where is_joint and primary_topic_id = '{topic}')"


def _joint(schema: str) -> str:
    return f"(select count(*) from {schema}.fct_works where is_joint)"


def _topic_removed(lane: Lane) -> str:
    topic = lane.known.topic_to_remove
    of_topic = _joint_of_topic("before", topic)
    return (
        f"select {of_topic} > 0 and {_joint_of_topic('after', topic)} = 0 "
        f"and {_joint('after')} = {_joint('before')} - {of_topic}"
    )


def _topic_added(lane: Lane) -> str:
    topic = lane.known.topic_to_add
    of_topic = _joint_of_topic("after", topic)
    return (
        f"select {of_topic} > 0 and {_joint_of_topic('before', topic)} = 0 "
        f"and {_joint('after')} = {_joint('before')} + {of_topic}"
    )


def _most_linked(lane: Lane) -> str:
    """The listed body with the most papers in the home."""
    file = lane.home / "build" / lane.release().run_id / "marts" / "fct_work_military_links.parquet"
    with duckdb.connect() as db:
        ((body,),) = db.execute(
            f"select body_id from read_parquet({quoted(str(file))}) group by 1 order by count(*) desc, 1 limit 1"
        ).fetchall()
    return str(body)


def _unlist_body(lane: Lane) -> None:
    body = _most_linked(lane)
    (lane.folder / "body.json").write_text(json.dumps(body))
    for name in ("military_bodies", "military_list_membership"):
        rewrite_rows(lane.lists / f"{name}.csv", lambda rows: [row for row in rows if row["body_id"] != body])


def _body_unlinked(lane: Lane) -> str:
    body = json.loads((lane.folder / "body.json").read_text())
    linked = "(select count(*) from {}.fct_work_military_links where body_id = '{}')"
    in_mart = "(select sum(military_linked_papers) from {}.mart_military_links)"
    return (
        f"select {linked.format('before', body)} > 0 and {linked.format('after', body)} = 0 "
        f"and {in_mart.format('after')} < {in_mart.format('before')}"
    )


def _reclass_funder(lane: Lane) -> None:
    known = {"funder_id": lane.known.funder_id}
    change_rows(lane.lists / "funder_classes.csv", known, {"funder_class": "cn_university"})


def _funder_reclassed(lane: Lane) -> str:
    is_it = f"funder_id = '{lane.known.funder_id}' and funder_class = 'cn_university'"
    return (
        f"select (select count(*) from after.dim_funder where {is_it}) = 1 "
        f"and (select count(*) from before.dim_funder where {is_it}) = 0 "
        "and exists (from before.mart_funding_sources except from after.mart_funding_sources)"
    )


def _edit_pattern(lane: Lane) -> None:
    known = {"pattern_id": lane.known.pattern_id}
    change_rows(lane.lists / "award_patterns.csv", known, {"number_regex": "NEVER[0-9]{9}"})


def _pattern_edited(lane: Lane) -> str:
    awards = "(select count(*) from {}.fct_work_awards where pattern_id = '{}')"
    return f"select {awards.format('after', lane.known.pattern_id)} < {awards.format('before', lane.known.pattern_id)}"


def _edit_flatten(lane: Lane) -> None:
    replace_text(lane.code / "include" / "flatten" / "sql" / "works" / "works.sql", ") as title,", ") || '!' as title,")


def _edit_model(lane: Lane) -> None:
    # a column that gate 3 does not hold against the record
    replace_text(
        lane.code / "dbt_project" / "models" / "intermediate" / "works" / "int_works.sql",
        "latest.api_generation,",
        "coalesce(latest.api_generation, '') || '!' as api_generation,",
    )


def _edit_macro(lane: Lane) -> None:
    replace_text(
        lane.code / "dbt_project" / "macros" / "engines" / "lists.sql",
        "list_sort(list_distinct(list({{ text }})",
        ("list_reverse_sort(list_distinct(list({{ text }})"),
    )


def _drop_first_year(lane: Lane) -> None:
    scope = _scope()
    lane.scope.write_text(yaml.safe_dump({**scope, "years": {**scope["years"], "from": FIRST_YEAR + 1}}))


def _narrow_side(lane: Lane) -> None:
    lane.scope.write_text(yaml.safe_dump({**_scope(), "side_a": list(FEW), "groups": []}))


def _years_of_marts(schema: str) -> str:
    marts = ("mart_copublication_trends", "mart_country_relations", "mart_funding_sources", "mart_military_links")
    return " union ".join(f"select publication_year from {schema}.{mart}" for mart in marts)


def _new_year(lane: Lane) -> None:
    lane.clock_days += 1


def _year_is_no_other_scope(before: Release, after: Release, lane: Lane) -> str:
    verdict = json.loads((lane.home / "build" / after.run_id / "verdict.json").read_text())
    if after.fetch_version != before.fetch_version:
        return "the new year made another fetch version"
    if verdict["compared_with"] != before.release_id:
        return "the new year switched drift checks off"
    return ""


def _of_other_duckdb(lane: Lane) -> None:
    """The home as another DuckDB would have left it, with rows in it that only that one makes."""
    for file in lane.settings.typed_zone.glob("batch=*/_typed.json"):
        TypedManifest.load(file).model_copy(update={"flatten_version": ANOTHER}).save(file)
        works, aside = file.with_name("works.parquet"), file.with_name("aside.parquet")
        with duckdb.connect() as db:
            read = f"read_parquet({quoted(str(works))}, hive_partitioning = false)"
            db.execute(f"copy (select * replace ('{ANOTHER}' as title) from {read}) to {quoted(str(aside))}")
        aside.replace(works)
    with duckdb.connect(str(lane.settings.warehouse_file)) as db:
        db.execute(f"update intermediate.int_works set publisher_name = '{ANOTHER}'")
    _edit_json(lane.settings.warehouse_file.with_name("built_with.json"), duckdb_version=ANOTHER)
    release = lane.home / "releases" / lane.release().release_id / "release.json"
    # saved as a release is, so that its digest fits
    Release.load(release).model_copy(update={"duckdb_version": ANOTHER, "flatten_version": ANOTHER}).save(release)


def _edit_json(file: Path, **changes: str) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


def _names_this_duckdb(before: Release, after: Release, lane: Lane) -> str:
    return "" if after.duckdb_version == duckdb.__version__ else f"the release names DuckDB {after.duckdb_version}"


def _same_fetch(before: Release, after: Release, lane: Lane) -> str:
    return "" if before.fetch_version == after.fetch_version else "a group within side A made another fetch version"


def _other_fetch(before: Release, after: Release, lane: Lane) -> str:
    return "" if before.fetch_version != after.fetch_version else "another subject is the same fetch version"


CHANGES = (
    Change(
        "a group added",
        _add_group,
        lambda lane: _group_counts_its_members("NORDIC", _members(lane, "NORDIC")),
        _same_fetch,
    ),
    Change(
        "a member of a group gone",
        _remove_member,
        lambda lane: _group_counts_its_members("EU27", _members(lane, "EU27")),
        _same_fetch,
    ),
    Change(
        "a topic removed",
        lambda lane: edit_topics(lane, lane.known.topic_to_remove, "out"),
        _topic_removed,
        _other_fetch,
    ),
    Change("a topic added", lambda lane: edit_topics(lane, lane.known.topic_to_add, "in"), _topic_added, _other_fetch),
    Change("a body unlisted", _unlist_body, _body_unlinked),
    Change("a funder's class", _reclass_funder, _funder_reclassed),
    Change("an award pattern", _edit_pattern, _pattern_edited),
    Change(
        "the flatten code",
        _edit_flatten,
        lambda lane: "select bool_and(ends_with(title, '!')) from after.fct_works where title is not null",
    ),
    Change(
        "a dbt model",
        _edit_model,
        lambda lane: (
            "select bool_and(after.api_generation = coalesce(before.api_generation, '') || '!') and count(*) > 0 "
            "from before.fct_works as before join after.fct_works as after using (work_id)"
        ),
    ),
    Change(
        "a dbt macro",
        _edit_macro,
        lambda lane: (
            "select count(*) > 0 from after.fct_works as after join before.fct_works as before using (work_id) "
            "where after.first_author_countries <> before.first_author_countries"
        ),
    ),
    Change(
        "a new year",
        _new_year,
        lambda lane: (
            f"select (select count(*) from after.fct_works where is_joint and publication_year > {LAST_DAY.year}) > 0 "
            f"and (select count(*) from before.fct_works where publication_year > {LAST_DAY.year}) = 0"
        ),
        _year_is_no_other_scope,
    ),
    Change(
        "a year less",
        _drop_first_year,
        lambda lane: (
            f"select {FIRST_YEAR} in ({_years_of_marts('before')}) and {FIRST_YEAR} not in ({_years_of_marts('after')})"
        ),
        from_nothing=True,
    ),
    Change(
        "a smaller side A",
        _narrow_side,
        lambda lane: (
            "select count(distinct country_code) filter (is_group) = 1 "
            "and list_sort(list(distinct country_code) filter (is_reporter and not is_group)) = "
            f"{list(FEW)!r} from after.mart_country_relations"
        ),
        from_nothing=True,
    ),
    Change(
        "another DuckDB",
        _of_other_duckdb,
        lambda lane: (
            f"select count(*) filter (title = '{ANOTHER}' or publisher_name = '{ANOTHER}') = 0 and count(*) > 0 "
            "from after.fct_works"
        ),
        _names_this_duckdb,
    ),
)


def _change(name: str) -> Change:
    found = next((change for change in CHANGES if change.name == name), None)
    if found is None:
        raise EntangledError(
            f"there is no change `{name}`", fix=f"known: {', '.join(change.name for change in CHANGES)}"
        )
    return found
