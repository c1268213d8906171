"""The records of an answer through the real flatten: what it would put into quarantine, and why."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import orjson

from include.common.clock import utc_now
from include.common.sql import read_parquet
from include.contracts.batch import BatchManifest, Entity, Query, Window
from include.flatten import flatten_batch
from include.openalex.worker import Record
from include.pipeline.probe.forms import Difference
from include.raw_zone import BatchWriter
from include.raw_zone.writer import Tally
from include.settings import Settings

_MOST_REASONS = 3


def check_flattening(settings: Settings, entity: Entity, records: list[Record]) -> Iterator[Difference]:
    """A difference for each reason why flatten refuses records."""
    with tempfile.TemporaryDirectory(prefix="probe-") as home:
        aside = settings.model_copy(update={"home": Path(home)})
        batch_id = _write_batch(aside, entity, records)
        typed = flatten_batch(aside, batch_id)
        if not typed.records_quarantined:
            return
        quarantine = aside.typed_zone / f"batch={batch_id}" / "quarantine.parquet"
        with duckdb.connect() as db:
            rows = db.execute(f"select reason_code, reason, record_id from {read_parquet(quarantine)}").fetchall()
    counted = Counter(code for code, _, _ in rows)
    for code, count in counted.most_common(_MOST_REASONS):
        example = next(f"{record_id}: {reason}" for found, reason, record_id in rows if found == code)
        yield Difference(
            f"flatten refuses {count} of {len(records)} {entity} ({code}; {example})",
            "they would be quarantined: see whether the source changed, and follow it in include/flatten",
        )


def _write_batch(settings: Settings, entity: Entity, records: list[Record]) -> str:
    window = Window(window_id="probe", title="probe")
    query = Query(path=f"/{entity}", filter=None, select=None, sort=None, per_page=max(len(records), 1))
    writer = BatchWriter.open(settings, entity, window, query, first_cursor="*", resume=False)
    writer.append(
        [orjson.dumps(record) for record in records],
        [],
        Tally(received=len(records), stored=len(records)),
        next_cursor=None,
        expected=len(records),
        data_origin="recorded",
    )
    now = utc_now()
    writer.commit(
        BatchManifest(
            batch_id=writer.state.batch_id,
            entity=entity,
            source=settings.api_url,
            data_origin="recorded",
            strategy="probe",
            scope_id="probe",
            fetch_version="probe",
            window=window,
            query=query,
            expected=len(records),
            received=len(records),
            unchanged=0,
            stored=len(records),
            duplicates=0,
            gone=0,
            pages=writer.pages(),
            started_at=now,
            ended_at=now,
            requests=1,
            credits=0,
            api_generation="",
            checks=(),
        )
    )
    return writer.state.batch_id
