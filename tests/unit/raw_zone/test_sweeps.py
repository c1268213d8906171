"""The ledger of sweeps, and the manifests that answer where it says nothing."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import Any

from include.raw_zone.layout import SWEEPS, entity_folder
from include.raw_zone.sweeps import complete_ledger, last_sweeps, save_sweep
from include.settings import Settings


def test_a_ledger_that_is_gone_is_written_anew_from_the_manifests(settings: Settings, write_batch: Any) -> None:
    manifest = write_batch({"W1": "a", "W2": "b"})
    ledger = entity_folder(settings, "works") / SWEEPS
    shutil.rmtree(ledger, ignore_errors=True)
    assert complete_ledger(settings, "works") == 1
    assert [file.stem for file in ledger.glob("*.json")] == [manifest.window.window_id]
    assert last_sweeps(settings, "works")[manifest.window.window_id].swept_at == manifest.ended_at
    assert complete_ledger(settings, "works") == 0


def test_a_later_sweep_of_the_ledger_stays(settings: Settings, write_batch: Any) -> None:
    manifest = write_batch({"W1": "a"})
    complete_ledger(settings, "works")
    known = last_sweeps(settings, "works")[manifest.window.window_id]
    later = known.model_copy(update={"swept_at": known.swept_at + timedelta(days=1), "batch_id": None})
    save_sweep(settings, later)
    assert complete_ledger(settings, "works") == 0
    assert last_sweeps(settings, "works") == {manifest.window.window_id: later}
