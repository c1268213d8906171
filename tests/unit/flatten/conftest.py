"""A home of its own for every test of flatten."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from include.contracts.batch import Entity
from include.flatten import flatten_batch
from include.settings import Settings
from tests.unit.flatten.raw_batches import rows, settings_in, write_batch

Flat = Callable[..., dict[str, list[dict[str, Any]]]]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path / "home")


@pytest.fixture
def flat(settings: Settings) -> Flat:
    """`flat(record, ..., entity="works")`: all typed tables of a batch of these records."""

    def flatten(*records: Any, entity: Entity = "works", page_size: int = 100) -> dict[str, list[dict[str, Any]]]:
        typed = flatten_batch(settings, write_batch(settings, entity, records, page_size=page_size))
        assert typed.records_in == typed.records_typed + typed.records_quarantined == len(records)
        return {table: rows(settings, typed.batch_id, table) for table in typed.rows}

    return flatten
