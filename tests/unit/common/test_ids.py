"""Identifiers: batches sort by time, OpenAlex ids become short."""

from __future__ import annotations

import time

import pytest

from include.common.ids import crossref_funder_id, named_id, new_ulid, short_openalex_id


def test_ulids_sort_by_the_time_they_were_made() -> None:
    made = []
    for _ in range(5):
        made.append(new_ulid())
        time.sleep(0.002)
    assert made == sorted(set(made))
    assert {len(each) for each in made} == {26}


@pytest.mark.parametrize(
    ("value", "short"),
    [
        ("https://openalex.org/W123", "W123"),
        ("http://openalex.org/w123", "W123"),
        (" F4320321001 ", "F4320321001"),
        ("https://openalex.org/W123/", "W123"),
        ("https://openalex.org/W123?select=id", "W123"),
        ("https://openalex.org/W123/?select=id,W2#top", "W123"),
        ("https://www.openalex.org/W123", "W123"),
        ("openalex.org/works/w123", "W123"),
        ("\r\n\thttps://api.openalex.org/works/W123\n", "W123"),
        ("https://notopenalex.org/W123", None),
        ("W123 W124", None),
        ("https://openalex.org/subfields/1702", None),
        ("https://doi.org/10.1/W1", None),
        ("W", None),
        ("", None),
    ],
)
def test_an_openalex_id_becomes_short_and_anything_else_is_none(value: str, short: str | None) -> None:
    assert short_openalex_id(value) == short


@pytest.mark.parametrize(
    ("value", "letter", "named"),
    [
        (10036, "T", "T10036"),
        (" 10036 ", "T", "T10036"),
        ("https://openalex.org/T10036", "T", "T10036"),
        ("https://openalex.org/S5", "T", None),
        ("4320321001", "F", "F4320321001"),
        ("501100001809", "F", None),
        (True, "T", None),
        ("0", "T", None),
        (None, "T", None),
    ],
)
def test_what_a_record_names_may_be_its_number_alone(value: object, letter: str, named: str | None) -> None:
    assert named_id(value, letter) == named


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("https://doi.org/10.13039/501100001809", "501100001809"),
        ("10.13039/100000001", "100000001"),
        ("doi:10.13039/100000001\n", "100000001"),
        ("100000001", "100000001"),
        ("4320321001", None),
        ("https://doi.org/10.1000/100000001", None),
    ],
)
def test_numbers_of_crossrefs_registry_are_told_from_others(value: str, number: str | None) -> None:
    assert crossref_funder_id(value) == number
