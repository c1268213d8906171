"""The reference tables in dbt_project/seeds/reference: keys, references, and the traps that lists and funders set."""

from __future__ import annotations

import csv
import re
from collections import Counter
from datetime import date
from functools import cache

import pytest

from include.settings import REPOSITORY

FOLDER = REPOSITORY / "dbt_project" / "seeds" / "reference"
SEVEN_SONS = {
    "beihang-university",
    "beijing-institute-of-technology",
    "harbin-engineering-university",
    "harbin-institute-of-technology",
    "nanjing-university-of-aeronautics-and-astronautics",
    "nanjing-university-of-science-and-technology",
    "northwestern-polytechnical-university",
}


@cache
def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("countries", ("country_code",)),
        ("country_groups", ("group_code", "country_code")),
        ("military_bodies", ("body_id",)),
        ("military_lists", ("list_id",)),
        ("military_list_membership", ("body_id", "list_id", "listed_as", "valid_from")),
        ("military_definitions", ("category",)),
        ("funder_class_labels", ("funder_class",)),
        ("headline_figures", ("figure_id",)),
    ],
)
def test_keys_are_unique(name: str, key: tuple[str, ...]) -> None:
    counts = Counter(tuple(row[column] for column in key) for row in rows(name))
    assert [values for values, count in counts.items() if count > 1] == []


def test_memberships_refer_to_bodies_and_lists() -> None:
    members = rows("military_list_membership")
    assert {row["body_id"] for row in members} <= {row["body_id"] for row in rows("military_bodies")}
    assert {row["list_id"] for row in members} == {row["list_id"] for row in rows("military_lists")}


def test_every_body_is_on_a_list() -> None:
    listed = {row["body_id"] for row in rows("military_list_membership")}
    assert [row["body_id"] for row in rows("military_bodies") if row["body_id"] not in listed] == []


def test_listings_end_after_they_begin() -> None:
    for row in rows("military_list_membership"):
        if row["valid_from"] and row["valid_to"]:
            assert date.fromisoformat(row["valid_from"]) < date.fromisoformat(row["valid_to"]), row


def test_the_seven_sons_are_seven_and_xidian_is_none_of_them() -> None:
    category = {row["body_id"]: row["category"] for row in rows("military_bodies")}
    assert {body for body, kind in category.items() if kind == "seven_sons"} == SEVEN_SONS
    assert category["xidian-university"] == "sastind_cosupervised"
    assert category["national-university-of-defense-technology"] == "pla"


def test_every_category_but_mere_companies_is_in_a_definition() -> None:
    defined = {row["category"] for row in rows("military_definitions")}
    used = {row["category"] for row in rows("military_bodies")}
    assert used - defined == {"us1260h_company"}


def test_ids_are_bare() -> None:
    for row in rows("military_bodies"):
        assert re.fullmatch(r"(0[a-z0-9]{8})?", row["ror"]), row
        assert re.fullmatch(r"(I\d+)?", row["openalex_id"]), row
        assert re.fullmatch(r"[a-z0-9-]+", row["body_id"]), row
    for row in rows("funder_classes"):
        assert re.fullmatch(r"(F\d+)?", row["funder_id"]), row
        assert re.fullmatch(r"\d*", row["crossref_id"]), row


def test_no_two_bodies_share_a_ror() -> None:
    counts = Counter(row["ror"] for row in rows("military_bodies") if row["ror"])
    assert [ror for ror, count in counts.items() if count > 1] == []


def test_funders_are_classed_by_their_own_ids_and_ror_is_not_even_there() -> None:
    table = rows("funder_classes")
    assert "ror" not in table[0]
    for column in ("funder_id", "crossref_id"):
        counts = Counter(row[column] for row in table if row[column])
        assert [value for value, count in counts.items() if count > 1] == []
    assert {row["funder_class"] for row in table} == {row["funder_class"] for row in rows("funder_class_labels")}


def test_a_funder_without_any_id_is_named_once() -> None:
    names = Counter(
        row["funder_name"].lower() for row in rows("funder_classes") if not row["funder_id"] and not row["crossref_id"]
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_the_defence_programme_that_the_study_counts_can_be_found() -> None:
    programmes = [row for row in rows("funder_classes") if row["programme_code"] == "national_defence_basic_research"]
    assert programmes
    assert {row["funder_class"] for row in programmes} == {"cn_defence_programme"}


def test_hong_kong_macao_and_taiwan_are_countries_of_their_own_and_unknown_has_a_row() -> None:
    codes = {row["country_code"] for row in rows("countries")}
    assert {"CN", "HK", "MO", "TW", "XK", "ZZ"} <= codes
    assert all(re.fullmatch(r"[A-Z]{2}", code) for code in codes)
    assert {row["country_code"] for row in rows("country_groups")} <= codes


@pytest.mark.parametrize("name", ["military_bodies", "military_list_membership", "funder_classes", "country_groups"])
def test_every_row_says_where_it_comes_from(name: str) -> None:
    column = "source_url" if name == "military_list_membership" else "source"
    assert [row for row in rows(name) if not row[column]] == []
