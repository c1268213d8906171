"""Whatever a field of a record holds, the record is typed or set aside with a reason: from the file to the typed zone.

Each field of records of every generation, at any depth, is dropped, nulled and given values of other kinds in turn.
"""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import orjson
import pytest

from include.contracts.batch import Window
from include.flatten import flatten_batch
from include.openalex.queries import WORK_FIELDS
from include.openalex.worker import SourcePage, Worker
from include.openalex.works import work_judgement
from include.sandbox.catalog import WORKS
from include.sandbox.engine import Engine
from include.sandbox.query import read_list_request
from include.sandbox.recorded import record
from include.settings import REPOSITORY
from tests.unit.flatten.raw_batches import rows, settings_in, write_batch

Record = dict[str, Any]

BASE = REPOSITORY / "tests" / "cases" / "base"
SHARED = REPOSITORY.parent / "shared" / "data" / "openalex"
GONE = object()
OTHER_VALUES = (GONE, None, 17, "text", True, [], {}, [None], [{"id": 5}], 1e30, "2021", "")
READ = {*WORK_FIELDS.split(","), "grants", "host_venue", "title", "authors_count"}


def paths(value: Any, way: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in a record that is read, of lists the first element."""
    if way:
        yield way
    if isinstance(value, dict):
        for key, part in value.items():
            if way or key in READ:
                yield from paths(part, (*way, key))
    elif isinstance(value, list) and value:
        yield from paths(value[0], (*way, 0))


def mutations(original: Record) -> Iterator[Record]:
    for way in paths(original):
        for other in OTHER_VALUES:
            mutated = copy.deepcopy(original)
            place: Any = mutated
            for step in way[:-1]:
                place = place[step]
            if other is GONE:
                del place[way[-1]]
            else:
                place[way[-1]] = other
            yield mutated


def originals() -> dict[str, Record]:
    found = {file.stem: json.loads(file.read_text()) for file in sorted(BASE.glob("*.json"))}
    if SHARED.is_dir():
        real = [json.loads(line) for line in (SHARED / "works_real.jsonl").read_bytes().rstrip(b"\n").split(b"\n")]
        found["real"] = max((one for one in real if one.get("funders")), key=lambda one: len(one["topics"]))
        part = next((SHARED / "snapshot_legacy_layout" / "works").glob("updated_date=*/part_*.gz"))
        old = [json.loads(line) for line in gzip.decompress(part.read_bytes()).splitlines()]
        found["old snapshot"] = max(old, key=lambda one: len(one.get("host_venue") or {}))
    return found


ORIGINALS = originals()


@pytest.mark.parametrize("name", ORIGINALS)
def test_a_record_with_any_field_changed_is_typed_or_set_aside(tmp_path: Path, name: str) -> None:
    mutated = list(mutations(ORIGINALS[name]))
    for number, one in enumerate(mutated):
        if one.get("id") == ORIGINALS[name]["id"]:
            one["id"] = f"https://openalex.org/W{9_000_000 + number}"
    (tmp_path / "works.jsonl").write_bytes(b"".join(orjson.dumps(one) + b"\n" for one in mutated))
    # the sandbox makes a corpus of them and shows every one
    info, _ = record(tmp_path / "works.jsonl", tmp_path / "corpus")
    assert info.counts["works"] == len(mutated) > 100
    engine = Engine(tmp_path / "corpus")
    parameters = {"per_page": "200", "cursor": "*", "select": WORK_FIELDS, "sort": "publication_date"}
    shown: list[bytes] = []
    while True:
        request = read_list_request(WORKS, parameters, engine.selectable("works"), paid=False)
        page = msgspec.json.decode(engine.page(WORKS, request).body, type=dict[str, msgspec.Raw])
        shown += map(bytes, msgspec.json.decode(page["results"], type=list[msgspec.Raw]))
        meta = msgspec.json.decode(page["meta"])
        if meta["next_cursor"] is None:
            break
        parameters["cursor"] = meta["next_cursor"]
    assert meta["count"] == len(shown) == len(mutated)
    # the extractor takes each for one record, or for a copy
    source = SourcePage(shown, None, len(shown), 1, 1, "recorded")
    judgement = work_judgement(Window(window_id="w", title="w"))
    [outcome] = Worker(lambda cursor: source, lambda ids: {}, judgement).outcomes("*")
    assert outcome.tally.received - outcome.tally.duplicates == len(outcome.seen)
    assert outcome.tally.duplicates == 0
    # and flatten types each, or sets it aside
    settings = settings_in(tmp_path / "home")
    typed = flatten_batch(settings, write_batch(settings, "works", outcome.lines, page_size=25))
    assert typed.records_in == len(mutated) == typed.records_typed + typed.records_quarantined
    assert typed.records_typed > len(mutated) / 3
    reasons = {row["reason_code"] for row in rows(settings, typed.batch_id, "quarantine")}
    assert reasons <= {
        "no_id", "malformed_id", "no_year", "impossible_year", "no_authorships", "wrong_type", "duplicate_differs",
        "duplicate_same",
    }  # fmt: skip
    assert all(1000 <= row["publication_year"] <= 2027 for row in rows(settings, typed.batch_id, "works"))
