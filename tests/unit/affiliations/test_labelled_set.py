"""The labelled set holds its floors: the set of before, the kinds that real addresses showed, the held-out third."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from include.affiliations import Matcher, score
from include.affiliations.scoring import labelled, whole
from include.contracts.reference import tables_in_use
from include.settings import REPOSITORY, get_settings

DATA = REPOSITORY / "tests" / "data"
SETS = ("affiliations.csv", "affiliations_kinds.csv", "affiliations_held_out.csv")


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher(tables_in_use(get_settings().seeds, None, None))


@pytest.mark.parametrize("name", SETS)
def test_each_set_is_found_precisely_and_almost_whole(matcher: Matcher, name: str) -> None:
    one = whole(name, score(matcher, labelled(DATA / name), country_is_known=True))
    assert one.right + one.missed >= 85
    assert one.precision >= 0.99
    assert one.recall >= 0.95


def test_an_address_need_not_name_a_country_that_is_known_and_nothing_wrong_is_found_by_that(matcher: Matcher) -> None:
    labels = labelled(DATA / SETS[0])
    without, known = whole("", score(matcher, labels)), whole("", score(matcher, labels, country_is_known=True))
    assert known.wrong == without.wrong
    assert known.right > without.right


def test_labels_name_bodies_of_the_lists_and_no_address_stands_twice() -> None:
    with (DATA.parents[1] / "dbt_project/seeds/reference/military_bodies.csv").open(encoding="utf-8") as handle:
        bodies = {row["body_id"] for row in csv.DictReader(handle)}
    labels = [label for name in SETS for label in labelled(DATA / name)]
    assert {body for label in labels for body in label.body_ids} <= bodies
    assert len({label.text for label in labels}) == len(labels)


def test_a_third_of_the_kinds_is_held_out() -> None:
    kinds, held_out = (len(labelled(DATA / name)) for name in SETS[1:])
    assert kinds + held_out >= 300
    assert held_out * 3 >= (kinds + held_out) - 2


def test_the_cases_of_real_strings_come_out_as_written(matcher: Matcher) -> None:
    file = Path(REPOSITORY).parent / "shared" / "data" / "cases" / "addresses.csv"
    if not file.is_file():
        pytest.fail(f"the cases are read from {file}")
    with file.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    found = {row["address"]: {match.body_id for match in matcher.match(row["address"])} for row in rows}
    wanted = {row["address"]: _wanted(row["expected"]) for row in rows}
    assert {text: bodies for text, bodies in found.items() if bodies != wanted[text]} == {}


def _wanted(expected: str) -> set[str]:
    if expected.startswith("umbrella row"):
        return {"hospitals-of-the-peoples-liberation-army"}
    # a hospital that had no row when the case was written
    return {"changhai-hospital" if "Changhai" in one else one.strip() for one in expected.split(";") if one.strip()}
