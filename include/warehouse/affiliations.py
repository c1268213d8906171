"""Listed bodies found in addresses outside dbt: for a person's own file, the labelled set and the benchmark.

The SQL is the warehouse's: the macros of dbt_project/macros/text.sql and affiliations.sql, which are plain Jinja,
rendered here without dbt. The names are those of the reference tables together with the user's own lists.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import pyarrow as pa

from include.common.duck import connect
from include.common.entities import add_entity_macros
from include.common.files import ensure_dir
from include.settings import Settings

CHUNK_LINES = 100_000


@dataclass(frozen=True)
class Match:
    """A body found in an address. Its ROR is bare, '' when it has none; method and evidence say how it was found."""

    body_id: str
    body_name: str
    ror: str
    method: str
    evidence: str


@dataclass(frozen=True)
class Score:
    """How a part of the labelled set came out: bodies found rightly, found wrongly, and missed."""

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


class AffiliationMatcher:
    """Names prepared once (a second), for any number of addresses. Holds an in-memory database: close it."""

    def __init__(self, settings: Settings) -> None:
        self._macros = _macros(settings.dbt_project / "macros")
        ensure_dir(settings.home / "tmp")
        self.connection: duckdb.DuckDBPyConnection = connect(settings)
        add_entity_macros(self.connection)
        for table in ("military_bodies", "military_unsafe_names", "countries", "address_places"):
            files = [settings.seeds / f"{table}.csv"]
            if settings.extra_lists and (settings.extra_lists / f"{table}.csv").is_file():
                files.append(settings.extra_lists / f"{table}.csv")
            self.connection.execute(
                f"create table {table} as from read_csv(?, header = true, all_varchar = true, union_by_name = true, "
                "hive_partitioning = false)",
                [[str(file) for file in files]],
            )
        names = self._macros.affiliation_names("military_bodies", "military_unsafe_names", "countries")
        self.connection.execute(f"create table affiliation_names as {names}")

    def __enter__(self) -> AffiliationMatcher:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def match_table(self, addresses: str, matches: str, country_is_known: bool = False) -> None:
        """From table `addresses` (affiliation_text, distinct) make table `matches`, a row an address and body found.

        Where `country_is_known` to be the body's, as it may be of an author, an address need not name it.
        """
        sql = self._macros.affiliation_matches(addresses, "affiliation_names", "countries", "address_places")
        self.connection.execute(
            f"create or replace table {matches} as from ({sql}) where names_country or {country_is_known}"
        )

    def match(self, lines: Iterable[str]) -> Iterator[tuple[str, list[Match]]]:
        """Each line with the bodies found in it, in the order of the lines; a chunk of lines is held at a time."""
        rest = iter(lines)
        while chunk := tuple(islice(rest, CHUNK_LINES)):
            yield from zip(chunk, self._match_chunk(chunk), strict=True)

    def _match_chunk(self, lines: tuple[str, ...]) -> list[list[Match]]:
        self.connection.register("given", pa.table({"place": range(len(lines)), "affiliation_text": lines}))
        # as flatten reads the addresses of records
        self.connection.execute(
            "create or replace table lines as "
            "select place, html_decoded(affiliation_text) as affiliation_text from given"
        )
        self.connection.unregister("given")
        self.connection.execute("create or replace table addresses as select distinct affiliation_text from lines")
        self.match_table("addresses", "matches")
        found: list[list[Match]] = [[] for _ in lines]
        rows = self.connection.execute(
            """
            select place, body_id, body_name, coalesce(matches.ror, ''), match_kind, evidence
            from lines join matches using (affiliation_text) join military_bodies using (body_id)
            order by place, body_name
            """
        ).fetchall()
        for place, *match in rows:
            found[place].append(Match(*match))
        return found

    def score(self, labels: Path, country_is_known: bool = False) -> list[Score]:
        """A labelled set held against what is found: columns affiliation_text, body_ids (separated by '; '), part."""
        self.connection.execute(
            """
            create or replace table labels as
            select
                affiliation_text, part,
                list_filter(string_split(coalesce(body_ids, ''), '; '), lambda id: id <> '') as wanted
            from read_csv(?, header = true, all_varchar = true, hive_partitioning = false)
            """,
            [str(labels)],
        )
        self.match_table("labels", "label_matches", country_is_known)
        rows = self.connection.execute(
            """
            with held as (
                select part, wanted, coalesce(list(body_id) filter (body_id is not null), []) as found
                from labels left join label_matches using (affiliation_text)
                group by affiliation_text, part, wanted
            )
            select
                part,
                sum(len(list_intersect(wanted, found))) as right_ones,
                sum(len(found)) - right_ones as wrong,
                sum(len(wanted)) - right_ones as missed
            from held group by part order by part
            """
        ).fetchall()
        return [Score(part, int(right), int(wrong), int(missed)) for part, right, wrong, missed in rows]


def _macros(folder: Path) -> Any:
    """The macros as functions that give SQL."""
    text = "\n".join((folder / name).read_text(encoding="utf-8") for name in ("text.sql", "affiliations.sql"))
    return jinja2.Environment().from_string(text).module
