"""A list request is read as the API reads it, and refused in the API's words."""

from __future__ import annotations

import pytest

from include.sandbox.catalog import FUNDERS, WORKS
from include.sandbox.query import BadRequest, PlanRequired, conditions_sql, read_list_request

SELECTABLE = ["id", "doi", "authorships"]


def _read(paid: bool = False, **parameters: str) -> tuple[str, list[object]]:
    request = read_list_request(WORKS, {name.rstrip("_"): v for name, v in parameters.items()}, SELECTABLE, paid=paid)
    return conditions_sql(request.conditions)


def test_commas_are_and_and_bars_are_or() -> None:
    where, values = _read(filter="authorships.countries:at|BE,authorships.countries:cn,publication_year:2019")
    assert where.count("works_countries") == 2
    assert values == ["AT", "BE", "CN", 2019]


@pytest.mark.parametrize("sign", ["+", " "])
def test_plus_is_and_within_an_attribute(sign: str) -> None:
    where, values = _read(filter=f"authorships.countries:cn{sign}gb|de")
    assert where.count("works_countries") == 2
    assert values == ["CN", "GB", "DE"]


@pytest.mark.parametrize(
    ("value", "sql", "bounds"),
    [("2017-2019", "records.publication_year >= ? and records.publication_year <= ?", [2017, 2019]),
     ("2017-", "records.publication_year >= ?", [2017]), ("-2019", "records.publication_year <= ?", [2019]),
     (">2017", "records.publication_year > ?", [2017]), ("<2019", "records.publication_year < ?", [2019])],
)  # fmt: skip
def test_years_may_be_ranges(value: str, sql: str, bounds: list[int]) -> None:
    where, values = _read(filter=f"publication_year:{value}")
    assert sql in where
    assert values == bounds


@pytest.mark.parametrize("written", ["W12", "w12", "https://openalex.org/W12", "https://openalex.org/w12"])
def test_ids_may_be_written_short_or_as_url(written: str) -> None:
    assert _read(filter=f"openalex:{written}")[1] == ["W12"]


def test_a_doi_keeps_its_slashes_and_loses_its_prefix() -> None:
    assert _read(filter="doi:https://doi.org/10.1/AB.c/d")[1] == ["10.1/ab.c/d"]


def test_negation_covers_the_whole_list() -> None:
    where, _ = _read(filter="type:!article|book")
    assert "not coalesce" in where


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"filter": "grants.funder:F1"}, "grants.funder is not a valid field"),
        ({"filter": "type"}, "attribute:value"),
        ({"filter": "publication_year:late"}, "publication_year must be a number"),
        ({"filter": "from_publication_date:2019"}, "must be a date"),
        ({"filter": "is_paratext:maybe"}, "true or false"),
        ({"filter": "openalex:" + "|".join(f"W{n}" for n in range(101))}, "Maximum number of values exceeded"),
        ({"select": "authorships.countries"}, "not a valid select field"),
        ({"select": "id", "group_by": "type"}, "select does not work with group_by"),
        ({"group_by": "mood"}, "not a valid group_by field"),
        ({"sort": "mood"}, "not a valid sort"),
        ({"per_page": "201"}, "between 1 and 200"),
        ({"per_page": "0"}, "between 1 and 200"),
        ({"per_page": "many"}, "must be a number"),
        ({"page": "101", "per_page": "100"}, "Cursor pagination is required"),
        ({"page": "2", "cursor": "*"}, "Cannot use page"),
        ({"limit": "10"}, "not a valid parameter"),
    ],
)
def test_what_is_wrong_is_said(parameters: dict[str, str], message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        read_list_request(WORKS, parameters, SELECTABLE, paid=False)


@pytest.mark.parametrize("asked", ["from_updated_date:2026-01-01", "from_created_date:2026-01-01"])
def test_what_changed_is_for_paid_plans_only(asked: str) -> None:
    with pytest.raises(PlanRequired):
        _read(filter=asked)
    assert _read(paid=True, filter=asked)[1]


def test_each_entity_has_filters_of_its_own() -> None:
    with pytest.raises(BadRequest, match="not a valid field"):
        read_list_request(FUNDERS, {"filter": "publication_year:2019"}, SELECTABLE, paid=False)
