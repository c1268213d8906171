"""The latest version of a record counts, whichever window brought it."""

from __future__ import annotations

from typing import Any

from include.contracts.batch import Window
from include.raw_zone.known import KnownRecords
from include.settings import Settings


def test_nothing_is_known_at_first(settings: Settings) -> None:
    with KnownRecords(settings, "works", Window(window_id="works-2019", title="works-2019")) as known:
        assert known.hashes(["W1"]) == {}
        assert known.window_ids == frozenset()


def test_the_latest_hash_counts_over_all_windows(settings: Settings, write_batch: Any) -> None:
    # the latest is neither the least nor the greatest of the three
    write_batch({"W1": "aaa", "W2": "two"}, "works-2019")
    write_batch({"W1": "zzz"}, "works-2019")
    write_batch({"W1": "new", "W3": "three"}, "works-2020")
    with KnownRecords(settings, "works", Window(window_id="works-2019", title="works-2019")) as known:
        assert known.window_ids == {"W2"}
        assert known.hashes(["W1", "W2", "W3", "W4"]) == {"W1": "new", "W2": "two", "W3": "three"}


def test_ids_of_any_form_are_looked_up(settings: Settings, write_batch: Any) -> None:
    write_batch({"?0f": "a", "country//CN/2019": "b", "中": "c"})
    with KnownRecords(settings, "works", Window(window_id="elsewhere", title="elsewhere")) as known:
        assert known.hashes(["?0f", "country//CN/2019", "中", "W9"]) == {"?0f": "a", "country//CN/2019": "b", "中": "c"}


def test_other_entities_are_not_mixed_in(settings: Settings, write_batch: Any) -> None:
    write_batch({"W1": "a"})
    with KnownRecords(settings, "funders", Window(window_id="funders", title="funders")) as known:
        assert known.hashes(["W1"]) == {}
