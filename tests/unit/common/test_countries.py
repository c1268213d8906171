"""Codes of countries in the forms in which records have them."""

from __future__ import annotations

import csv

import pytest

from include.common.countries import country_code, other_codes
from include.settings import REPOSITORY


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("GB", "GB"),
        (" gb\n", "GB"),
        ("GBR", "GB"),
        ("UK", "GB"),
        ("el", "GR"),
        ("https://openalex.org/countries/GB", "GB"),
        ("countries/cn", "CN"),
        ("ZZZ", None),
        ("United Kingdom", None),
        ("G1", None),
        ("", None),
    ],
)
def test_a_code_is_read_in_every_form(value: str, code: str | None) -> None:
    assert country_code(value) == code


def test_every_country_of_the_reference_table_has_three_letters_too() -> None:
    with (REPOSITORY / "dbt_project/seeds/reference/countries.csv").open(encoding="utf-8") as file:
        known = {row["country_code"] for row in csv.DictReader(file)}
    # Kosovo has no code in ISO 3166, and ZZ is no country
    assert known - set(other_codes().values()) == {"XK", "ZZ"}
    assert set(other_codes().values()) <= known
