"""Identifiers: batches sort by time, OpenAlex ids become short."""

from __future__ import annotations

import time

import pytest

from include.common.ids import new_ulid, short_openalex_id


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
        ("https://openalex.org/subfields/1702", None),
        ("https://doi.org/10.1/W1", None),
        ("W", None),
        ("", None),
    ],
)
def test_an_openalex_id_becomes_short_and_anything_else_is_none(value: str, short: str | None) -> None:
    assert short_openalex_id(value) == short
