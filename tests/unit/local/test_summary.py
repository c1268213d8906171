"""The last two lines of a demo, which people and programs read."""

from __future__ import annotations

from include.contracts.candidate import CandidateTable
from include.contracts.release import Release
from include.local.summary import last_lines


def _table(name: str) -> CandidateTable:
    return CandidateTable(name=name, description="", grain="", rows=1, sha256="", columns=())


def _release(**works: int) -> Release:
    return Release.model_construct(
        release_id="20261123T220000Z-abc",
        tables=(_table("mart_funding_sources"), _table("fct_works"), _table("mart_military_links")),
        **works,
    )


def test_works_are_accounted_for_and_only_marts_are_counted_as_marts() -> None:
    release = _release(works_in=206, works_loaded=205, works_quarantined=1)
    assert last_lines(release, 61.6) == (
        "works in: 206, loaded: 205, quarantined: 1",
        "release 20261123T220000Z-abc published: 205 works, 2 marts, 62 s",
    )


def test_replaced_and_vanished_works_are_named_when_there_are_any() -> None:
    release = _release(works_in=215, works_loaded=203, works_quarantined=1, works_replaced=9, works_vanished=2)
    first, second = last_lines(release, 61.6)
    assert first == "works in: 215, loaded: 203, quarantined: 1, replaced by newer versions: 9, vanished: 2"
    assert "published: 203 works" in second
