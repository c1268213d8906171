"""The flatten version: under another one, the same raw batch may become other rows.

It is a digest of the code and SQL of include/flatten, of what it reads of include/common (entities, codes of
countries), of the declared tables and of DuckDB's version. A number that people raise by hand would be forgotten once,
and then typed batches of two kinds would lie together and nothing would tell them apart. Comments and docstrings are
left out: they change no row, and a large raw zone takes hours.
"""

from __future__ import annotations

import hashlib
import io
import tokenize
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path

from include.common.countries import other_codes
from include.contracts.typed import TABLES

_FLATTEN = Path(__file__).parents[1] / "flatten"
# what entities in a text stand for decides rows too
_ENTITIES = (
    Path(__file__).parents[1] / "common" / "entities.py",
    Path(__file__).parents[1] / "common" / "entities.sql",
)
# the command line and the face of the package decide no row
_WITHOUT_ROWS = ("__main__.py", "__init__.py")
_NO_CODE = (tokenize.COMMENT, tokenize.NL, tokenize.ENCODING)
# what stands before a statement: a text that follows it is a docstring
_STARTS = (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)


@cache
def flatten_version() -> str:
    """Short hash of what decides how a raw batch becomes rows, and of nothing else."""
    return version_of(_FLATTEN, duckdb_version(), _ENTITIES)


@cache
def duckdb_version() -> str:
    """Version of the DuckDB that is installed, without importing it: DAG files are parsed all the time."""
    return version("duckdb")


def version_of(folder: Path, of_duckdb: str, beside: Sequence[Path] = ()) -> str:
    """The flatten version of the code in `folder` and in the files `beside` it, run with this DuckDB."""
    digest = hashlib.sha256()
    for file in [*sorted(folder.rglob("*")), *beside]:
        name = file.name if file in beside else file.relative_to(folder).as_posix()
        if file.suffix in (".py", ".sql") and name not in _WITHOUT_ROWS:
            text = file.read_text(encoding="utf-8")
            code = _python(text) if file.suffix == ".py" else _sql(text)
            digest.update(f"{name}\0{' '.join(code)}\0".encode())
    digest.update(f"{TABLES} {other_codes()} {of_duckdb}".encode())
    return digest.hexdigest()[:12]


def _python(text: str) -> Iterator[str]:
    before = tokenize.NEWLINE
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in _NO_CODE:
            continue
        if not (token.type == tokenize.STRING and before in _STARTS):
            yield token.string
        before = token.type


def _sql(text: str) -> Iterator[str]:
    return (line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("--"))
