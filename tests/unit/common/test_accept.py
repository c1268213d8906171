"""What a person accepts for one run is read strictly: every entry has a reason and names a check."""

from __future__ import annotations

import pytest

from include.common.accept import parse_accepted, require_known
from include.common.errors import SettingsError


def test_entries_are_checks_with_reasons() -> None:
    assert parse_accepted(" a_check = known, seen by A; raw_volume=b ;") == {
        "a_check": "known, seen by A",
        "raw_volume": "b",
    }


@pytest.mark.parametrize("text", ["definitions_nest", "definitions_nest=", "a=b; c"])
def test_an_entry_without_a_reason_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="no reason"):
        parse_accepted(text)


def test_a_misspelt_check_is_refused_and_the_nearest_named() -> None:
    with pytest.raises(SettingsError) as caught:
        require_known(["definition_nests"], ["definitions_nest", "works_reconcile"])
    assert "definitions_nest" in caught.value.fix
