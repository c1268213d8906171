"""Texts of award fields, and the award numbers that they are: a labelled set, from the record to the comparable number.

`award_texts.csv`: the text, the numbers that it holds (separated by ` | `, none where it holds none), and what it is an
example of. Texts of kind `recorded` stand in Crossref's dump of February 2024; the others are made of the forms of the
programmes' numbers.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import duckdb

from tests.unit.dbt_models import jinja, macro_text
from tests.unit.flatten.conftest import Flat
from tests.unit.flatten.raw_batches import work

LABELLED = Path(__file__).with_name("award_texts.csv")


def _comparable() -> str:
    macros = jinja().from_string(macro_text("awards", "engines/texts")).module
    return str(macros.award_number("value"))  # type: ignore[attr-defined]


def test_every_labelled_text_is_as_many_numbers_as_it_holds(flat: Flat) -> None:
    with LABELLED.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    wanted = {row["text"]: sorted(filter(None, row["numbers"].split(" | "))) for row in rows}
    assert len(wanted) == len(rows) >= 120
    funder = {"funder_id": "https://openalex.org/F1", "funder_display_name": "Invented fund"}
    tables = flat(*[work(n, awards=[{**funder, "funder_award_id": text}]) for n, text in enumerate(wanted)])
    texts = dict(enumerate(wanted))
    found: dict[str, set[str]] = defaultdict(set)
    for row in tables["work_awards"]:
        number = duckdb.execute(
            f"select {_comparable()} from (select ? as value)", [row["funder_award_id"]]
        ).fetchall()[0][0]
        if number is not None:
            found[texts[int(row["work_id"][1:])]].add(number)
    assert {text: sorted(found[text]) for text in wanted} == wanted
