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


def read_csv(file: Path) -> str:
    """What reads a CSV file, every column as text; of its path nothing becomes a column.

    The buffer is a small one: a small limit of memory has no room for the 32 MB that DuckDB takes for every CSV.
    """
    return (
        f"read_csv({quoted(file)}, header = true, all_varchar = true, buffer_size = 4194304, hive_partitioning = false)"
    )
