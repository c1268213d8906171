"""Values and paths in SQL text, for the places that take no parameter: quotes are doubled, patterns escaped."""

from __future__ import annotations

import re
from pathlib import Path


def quoted(value: object) -> str:
    """`value` as an SQL literal, for places that take no parameter."""
    return "'" + str(value).replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name of a column or table for SQL, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def pattern(folder: Path, *below: str) -> str:
    """An SQL literal of a pattern under `folder`, which may itself be called `a[b]` or `what?`."""
    return quoted(Path(re.sub(r"[\[*?]", r"[\g<0>]", str(folder)), *below))


def read_parquet(*files: Path) -> str:
    """What reads these Parquet files; of their paths nothing becomes a column, even under a folder `year=2020`."""
    return f"read_parquet([{', '.join(map(quoted, files))}], hive_partitioning = false)"


def read_parquet_of(folder: Path, *below: str) -> str:
    """What reads the Parquet files of a pattern under `folder`."""
    return f"read_parquet({pattern(folder, *below)}, hive_partitioning = false)"
