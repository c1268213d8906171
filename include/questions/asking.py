"""Opens a release, asks each question of its BI layer, and holds the answer against one from the facts.

The facts are those of the same release (`fct_*`, dimensions, bridges, reference tables) and the typed batches that it
was built from, so that an answer does not lean on a mart.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from include.common.duck import connect
from include.common.errors import ContractError, EntangledError
from include.common.sql import identifier, quoted, read_csv, read_parquet
from include.contracts.release import RECORD, Release, releases_in
from include.contracts.typed import TABLES
from include.questions.reading import Question, load_questions
from include.settings import Settings

# rows of an answer that are shown
SHOWN = 5
# papers per author list that the source's filter sees
_SEEN_AUTHORS = 100
# whom questions are about: the largest of each in the facts, the first by id of those as large
_CHOSEN = {
    "side_a": "select reporter_name from dim_reporter where is_side_a",
    "side_a_code": "select reporter_code from dim_reporter where is_side_a",
    "side_b": "select min(side_name) from dim_country where side = 'side_b'",
    "side_b_code": "select min(side_code) from dim_country where side = 'side_b'",
    "country_code": """
        select country_code from fct_work_countries inner join fct_works using (work_id)
        inner join dim_country using (country_code)
        where is_joint and side = 'side_a' group by country_code order by count(*) desc, country_code limit 1
    """,
    "country": "select country_name from dim_country where country_code = getvariable('country_code')",
    "institution": """
        select institution_id from fct_work_institutions inner join fct_works using (work_id)
        inner join dim_institution using (institution_id) inner join dim_country using (country_code)
        where is_joint and is_named and side = 'side_a'
        group by institution_id order by count(*) desc, institution_id limit 1
    """,
    "body": """
        select body_id from fct_work_military_links as links inner join fct_works using (work_id)
        inner join dim_military_body as bodies using (body_id)
        inner join dim_country on bodies.country_code = dim_country.country_code
        where is_joint and is_listed_today and narrowest_definition_code is not null and side is not null
        group by body_id order by count(distinct work_id) desc, body_id limit 1
    """,
    "first_year": "select min(publication_year) from dim_day",
    "last_year": "select max(publication_year) from dim_day",
}


@dataclass(frozen=True)
class Answered:
    """A question with what became of it. `problem` says what is wrong with the answer; empty when it is right."""

    question: Question
    rows: int = 0
    shown: tuple[tuple[Any, ...], ...] = ()
    problem: str = ""

    @property
    def is_settled(self) -> bool:
        """Right, or said to be not answerable."""
        return not self.problem

    @property
    def line(self) -> str:
        """One line for people."""
        question = self.question
        if question.not_answerable:
            return f"not answerable  {question.text} {question.not_answerable}"
        told = self.problem or f"{self.rows:,} row{'' if self.rows == 1 else 's'}"
        return f"{'WRONG' if self.problem else 'right':14}  {question.text} ({told})"


def summary(answers: Sequence[Answered]) -> str:
    """The last line: how many questions, how many right, how many the data cannot answer."""
    without = sum(bool(answer.question.not_answerable) for answer in answers)
    right = sum(answer.is_settled for answer in answers) - without
    return f"questions: {len(answers)}, right: {right}, not answerable and said so: {without}"


def ask_all(settings: Settings, release_id: str | None = None, questions: Sequence[Question] = ()) -> list[Answered]:
    """Ask `questions` (all that there are when empty) of a release; see `include.questions.ask_all`."""
    asked = questions or load_questions()
    with opened(settings, release_id) as db:
        return [_ask(db, question) for question in asked]


def _ask(db: duckdb.DuckDBPyConnection, question: Question) -> Answered:
    if question.not_answerable:
        return Answered(question)
    try:
        found, expected = (db.execute(sql).fetchall() for sql in (question.answer_sql, question.facts_sql))
    except duckdb.Error as error:
        return Answered(question, problem=f"it cannot be asked: {str(error).splitlines()[0]}")
    return Answered(question, len(found), tuple(found[:SHOWN]), _difference(found, expected))


def hold_against_facts(
    settings: Settings, release_id: str, answers: Mapping[str, Sequence[tuple[Any, ...]]]
) -> list[Answered]:
    """See `include.questions.hold_against_facts`."""
    known = {question.name: question for question in load_questions() if question.facts_sql}
    questions = {name: known[name] for name in answers}
    with opened(settings, release_id) as db:
        return [
            Answered(
                questions[name],
                len(rows),
                tuple(rows[:SHOWN]),
                _difference(rows, db.execute(questions[name].facts_sql).fetchall()),
            )
            for name, rows in answers.items()
        ]


def _difference(found: Sequence[tuple[Any, ...]], expected: Sequence[tuple[Any, ...]]) -> str:
    """What differs first, in words; empty when nothing does."""
    for number, (row, other) in enumerate(zip(found, expected, strict=False), start=1):
        if len(row) != len(other) or not all(map(_same, row, other)):
            return f"row {number} is {row}, the facts say {other}"
    return "" if len(found) == len(expected) else f"{len(found):,} rows, the facts have {len(expected):,}"


def _same(value: Any, other: Any) -> bool:
    if isinstance(value, float) and isinstance(other, int | float):
        return math.isclose(value, other, rel_tol=1e-9, abs_tol=1e-12)
    return bool(value == other)


@contextmanager
def opened(settings: Settings, release_id: str | None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with every table of the release under its own name, and what reading.py names beside them.

    Raises:
        EntangledError: there is no release, or not all that it was built from, or one of the files is torn.
    """
    folder = _folder(settings, release_id)
    release = Release.load(folder / RECORD)
    if not any(table.name.startswith("bi_") for table in release.tables):
        raise ContractError(
            f"release {release.release_id} has no BI layer: an earlier version made it",
            where=str(folder),
            fix="make a new one (make run, make demo), or ask another: make questions RELEASE=<id>",
        )
    typed = [settings.typed_zone / f"batch={batch_id}" for batch_id in release.batches]
    gone = [place for place in typed if not place.is_dir()]
    if gone:
        raise ContractError(
            f"{len(gone)} of the {len(typed)} typed batches that release {release.release_id} was built from are gone",
            where=str(gone[0]),
            fix="make them from raw (python -m include.flatten), or ask a release whose batches are here",
        )
    with connect(settings) as db:
        try:
            _prepare(db, folder, release, typed)
        except duckdb.Error as error:
            raise ContractError(
                f"release {release.release_id} or a batch of it cannot be read: {str(error).splitlines()[0]}",
                where=str(folder),
                fix="`make verify-release` says what is torn of the release; ask another: make questions RELEASE=<id>",
            ) from None
        yield db


def _prepare(db: duckdb.DuckDBPyConnection, folder: Path, release: Release, typed: Sequence[Path]) -> None:
    db.execute(f"attach {quoted(folder / 'marts.duckdb')} as release (read_only)")
    for table in release.tables:
        db.execute(f"create view {identifier(table.name)} as from release.main.{identifier(table.name)}")
    db.execute("create schema typed")
    for name in TABLES:
        db.execute(f"create view typed.{name} as from {read_parquet(*(place / f'{name}.parquet' for place in typed))}")
    db.execute("create schema reference")
    for file in sorted((folder / "reference").glob("*.csv")):
        db.execute(f"create view reference.{identifier(file.stem)} as from {read_csv(file)}")
    db.execute(f"create view record as select content::json as record from read_text({quoted(folder / RECORD)})")
    for name, sql in _CHOSEN.items():
        db.execute(f"set variable {name} = ({sql})")
    _count_all_papers(db)


def _folder(settings: Settings, release_id: str | None) -> Path:
    link = settings.releases_dir / "current"
    if release_id is None and link.is_symlink() and link.resolve().is_dir():
        return link.resolve()
    kept = [release.release_id for release in releases_in(settings.releases_dir)]
    if release_id in kept:
        return settings.releases_dir / release_id
    raise EntangledError(
        "there is no current release to ask" if release_id is None else f"there is no release {release_id}",
        where=str(settings.releases_dir),
        fix=f"kept are {', '.join(kept)}: make questions RELEASE=<id>"
        if kept
        else "make one: `make demo` with invented data, `make run` with OpenAlex",
    )


def _count_all_papers(db: duckdb.DuckDBPyConnection) -> None:
    """`all_papers`: all papers of the subject by code and year, alone (with_side_b false) and with side B.

    The source's last answers, and the loaded papers that its filter sees otherwise than we count them: it sees the
    countries that the first hundred authors have in their lists (docs/METHOD.md).
    """
    members = "select distinct group_code, country_code from dim_country_group where scope_role is not null"
    db.execute(
        f"""
        create table all_papers as
        with answers as (
            select group_code, condition_code, total_kind, publication_year, topic_chunk,
                arg_max(papers, batch_id) as papers
            from typed.totals where total_kind in ('country', 'group', 'partner', 'group_partner')
            group by all
        ),
        asked as (
            select group_code as code, total_kind in ('partner', 'group_partner') as with_side_b,
                total_kind in ('group', 'group_partner') as is_group, publication_year, sum(papers) as papers
            from answers
            where coalesce(condition_code, '') in ('', getvariable('side_b_code'))
            group by all
        ),
        places as (
            select country_code as code, country_code, false as is_group from dim_country
            union all
            select group_code, country_code, true from ({members})
        ),
        side_b as (select country_code from dim_country where side = 'side_b'),
        counted as (
            select distinct works.work_id, works.publication_year, countries.country_code
            from fct_works as works inner join fct_work_countries as countries using (work_id)
            where works.is_in_scope
        ),
        shown as (
            select distinct works.work_id, works.publication_year, upper(countries.country_code) as country_code
            from fct_works as works
            inner join typed.authorship_countries as countries using (work_id, batch_id)
            inner join typed.authorships as authorships using (work_id, batch_id, author_index)
            where works.is_in_scope and author_index <= {_SEEN_AUTHORS}
        ),
        counted_papers as (
            select places.code, places.is_group, counted.publication_year, side.with_side_b,
                count(distinct counted.work_id) as papers
            from counted inner join places using (country_code)
            inner join (values (false), (true)) as side (with_side_b)
                on not with_side_b or counted.work_id in (
                    select work_id from counted semi join side_b using (country_code)
                )
            group by all
        ),
        shown_papers as (
            select places.code, places.is_group, shown.publication_year, side.with_side_b,
                count(distinct shown.work_id) as papers
            from shown inner join places using (country_code)
            inner join (values (false), (true)) as side (with_side_b)
                on not with_side_b or shown.work_id in (
                    select work_id from shown semi join side_b using (country_code)
                )
            group by all
        )
        select asked.code, asked.is_group, asked.with_side_b, asked.publication_year,
            (asked.papers + coalesce(counted_papers.papers, 0) - coalesce(shown_papers.papers, 0))::bigint as papers
        from asked
        left join counted_papers using (code, is_group, with_side_b, publication_year)
        left join shown_papers using (code, is_group, with_side_b, publication_year)
        union all
        -- a scope that loads every work of the subject asks for no totals
        select code, is_group, with_side_b, publication_year, papers from counted_papers
        where not exists (from answers)
        """
    )
