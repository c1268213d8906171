"""A corpus as OpenAlex writes its snapshot: works only, in the layout of 2026 or the legacy one.

A part for each day of `updated_date`, the manifest last. Works of which the corpus holds a few fields only (they count
in the denominators alone) are left out. `deleted_ids.csv` (or `merged_ids/`) lists the ids that the caller names.
"""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal

import duckdb
import orjson

from include.common.errors import EntangledError
from include.common.files import ensure_dir, publish_dir, storage_errors, write_atomic
from include.common.sql import quoted
from include.sandbox.corpus import Documents, load_info

Layout = Literal["2026", "legacy"]
Format = Literal["jsonl", "parquet"]

# a record of 5,000 authors has a few megabytes
LARGEST_RECORD_BYTES = 64 * 1024 * 1024


def write_snapshot(
    corpus: Path,
    out: Path,
    *,
    layout: Layout = "2026",
    form: Format = "jsonl",
    deleted: Mapping[str, date] | None = None,
) -> int:
    """Write the corpus into `out`, whole or not at all; returns how many works. `deleted`: work id and day.

    Raises:
        EntangledError: `out` holds something else, or there is no legacy parquet.
        CorpusError: `corpus` is none.
    """
    if layout == "legacy" and form == "parquet":
        raise EntangledError("the legacy layout knows jsonl only", where="--format", fix="--format jsonl")
    place = "data/works" if layout == "legacy" else f"data/{form}/works"
    if out.exists() and any(out.iterdir()) and not (out / "data").is_dir():
        raise EntangledError("the folder holds something that is not a snapshot", where=str(out), fix="choose another")
    info = load_info(corpus)
    days = _by_day(corpus, info.fields["works"])
    aside = out.with_name(f".{out.name}.making")
    with storage_errors(out):
        shutil.rmtree(aside, ignore_errors=True)
        files = [_part(aside, place, layout, form, day, lines) for day, lines in sorted(days.items())]
        _write_gone(aside, place, layout, deleted or {})
        _write_manifests(aside, place, layout, form, info.origin, max(days), files)
        publish_dir(aside, out, replace=True)
    return sum(len(lines) for lines in days.values())


def _by_day(corpus: Path, fields: Sequence[str]) -> dict[str, list[bytes]]:
    documents = Documents(corpus, "works", fields)
    days: dict[str, list[bytes]] = {}
    for number in range(len(documents)):
        line = documents.render(number, None, single=True)
        days.setdefault(str(orjson.loads(line)["updated_date"])[:10], []).append(line)
    if not days:
        raise EntangledError("the corpus holds no work with all fields", where=str(corpus), fix="take a larger --scale")
    return days


def _part(aside: Path, place: str, layout: Layout, form: Format, day: str, lines: list[bytes]) -> dict[str, Any]:
    name = f"{place}/updated_date={day}/" + ("part_000.gz" if layout == "legacy" else "part_0000")
    if layout == "2026":
        name += ".gz" if form == "jsonl" else ".parquet"
    file = aside / name
    ensure_dir(file.parent)
    content = b"".join(line + b"\n" for line in lines)
    if form == "jsonl":
        file.write_bytes(gzip.compress(content, mtime=0))
    else:
        _write_parquet(file, content)
    return {
        "url": f"s3://openalex/{name}",
        "meta": {"content_length": file.stat().st_size, "record_count": len(lines)},
    }


def _write_parquet(file: Path, content: bytes) -> None:
    """Columns as in the real files: dates are dates, and the abstract's index is JSON in a text."""
    lines = file.with_suffix(".ndjson")
    lines.write_bytes(content)
    with duckdb.connect(":memory:", config={"threads": "1", "autoinstall_known_extensions": "false"}) as db:
        found = db.execute("select unnest(json_keys(json)) from read_ndjson_objects(?)", [str(lines)]).fetchall()
        index = (
            "replace (abstract_inverted_index::json::varchar as abstract_inverted_index)"
            if ("abstract_inverted_index",) in found
            else ""
        )
        db.execute(
            f"copy (select * {index} from read_json({quoted(lines)}, format = 'newline_delimited', sample_size = -1, "
            f"maximum_object_size = {LARGEST_RECORD_BYTES}, map_inference_threshold = 0, hive_partitioning = false)) "
            f"to {quoted(file)} (format parquet, compression snappy)"
        )
    lines.unlink()


def _write_gone(aside: Path, place: str, layout: Layout, deleted: Mapping[str, date]) -> None:
    if layout == "2026":
        rows = ["work_id,deleted_date", *(f"https://openalex.org/{each},{day}" for each, day in deleted.items())]
        write_atomic(aside / place / "deleted_ids.csv", ("\n".join(rows) + "\n").encode())
        return
    for day in sorted(set(deleted.values())):
        ids = [each for each, gone_on in deleted.items() if gone_on == day]
        rows = ["merge_date,id,merge_into_id", *(f"{day},{each},W1" for each in ids)]
        file = aside / "data" / "merged_ids" / "works" / f"{day}.csv.gz"
        ensure_dir(file.parent)
        file.write_bytes(gzip.compress(("\n".join(rows) + "\n").encode(), mtime=0))


def _write_manifests(
    aside: Path, place: str, layout: Layout, form: Format, origin: str, day: str, files: list[dict[str, Any]]
) -> None:
    if layout == "legacy":
        write_atomic(aside / place / "manifest", orjson.dumps({"entries": files, "origin": origin}))
        return
    sums = {
        "record_count": sum(file["meta"]["record_count"] for file in files),
        "content_length": sum(file["meta"]["content_length"] for file in files),
    }
    works = {"date": day, "format": form, "entity": "works", **sums, "files": files, "origin": origin}
    write_atomic(aside / place / "manifest.json", orjson.dumps(works))
    # of all entities: written last, so that its presence says that the release is complete
    everything = {"date": day, "format": form, "meta": sums, "entities": [{"entity": "works", **sums, "files": []}]}
    write_atomic((aside / place).parent / "manifest.json", orjson.dumps(everything))
