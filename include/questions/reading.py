"""The questions: one file each in `asked/`, named after it.

    -- question: Which countries write most with side B?
    -- trap: what goes wrong on the marts, where somebody fell into it
    -- not_answerable: why the data cannot say; then the file ends here
    select ... from bi_reporter_year ...;

    -- held against the facts
    select ... from fct_works ...;

A value goes on in a line `--     more`. The first statement reads tables of the BI layer and nothing else. The second
reads none of it and no mart: facts, dimensions, `typed.<table>`, `reference.<table>`, `record` (release.json) and
`all_papers` (asking.py). Both have the same columns in the same order. Whom a question is about
(`getvariable('country')`, institution, body ...) asking.py chooses: the largest in the facts.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from include.common.errors import EntangledError

FOLDER = Path(__file__).parent / "asked"
_KEYS = ("question", "trap", "not_answerable")
_HEADER_LINE = re.compile(r"-- (?P<key>[a-z_]+): (?P<value>.*\S)\s*")
_MORE = re.compile(r"--  +(?P<value>.*\S)\s*")
_OF_FACTS = re.compile(r"^(fct_\w+|dim_\w+|bridge_\w+|typed\.\w+|reference\.\w+|record|all_papers)$")


class QuestionFileError(EntangledError):
    """A file of a question is wrong. Nothing was asked."""

    exit_code = 2


@dataclass(frozen=True)
class Question:
    """A question with its two queries; `not_answerable` says why there are none."""

    name: str
    text: str
    answer_sql: str = ""
    facts_sql: str = ""
    not_answerable: str = ""


def load_questions(folder: Path = FOLDER) -> list[Question]:
    """Every question of `folder`, in the order of the names.

    Raises:
        QuestionFileError: a file has no header, a mistake in it, or a query that reads what it must not.
    """
    with duckdb.connect() as parser:
        return [_question_of(file, parser) for file in sorted(folder.glob("*.sql"))]


def _question_of(file: Path, parser: duckdb.DuckDBPyConnection) -> Question:
    text = file.read_text(encoding="utf-8")
    header = _header(file, text)
    if "question" not in header:
        raise _wrong(file, "the header lacks the question")
    try:
        statements = [statement.query for statement in parser.extract_statements(text)]
    except duckdb.Error as error:
        raise _wrong(file, f"DuckDB cannot read the SQL: {str(error).splitlines()[0]}") from None
    reason = header.get("not_answerable", "")
    if len(statements) != (0 if reason else 2):
        raise _wrong(file, f"it has {len(statements)} statements, not {'none' if reason else 'two'}")
    if reason:
        return Question(file.stem, header["question"], not_answerable=reason)
    answer_sql, facts_sql = statements
    of_answer, of_facts = (_tables_of(sql, parser) for sql in statements)
    if foreign := sorted(name for name in of_answer if not name.startswith("bi_")):
        raise _wrong(file, f"the answer reads {', '.join(foreign)}, which is not of the BI layer")
    if foreign := sorted(name for name in of_facts if not _OF_FACTS.match(name)):
        raise _wrong(file, f"the answer from the facts reads {', '.join(foreign)}, which is none of them")
    return Question(file.stem, header["question"], answer_sql, facts_sql)


def _tables_of(sql: str, parser: duckdb.DuckDBPyConnection) -> set[str]:
    """The tables that a query reads, but for those that it makes itself (`with`)."""
    (tree,) = parser.execute("select json_serialize_sql(?::text)", [sql]).fetchall()[0]
    found: set[str] = set()
    own: set[str] = set()

    def look_at(node: Any) -> None:
        if isinstance(node, dict):
            if node.get("type") == "BASE_TABLE":
                found.add(".".join(filter(None, (node["schema_name"], node["table_name"]))))
            own.update(entry["key"] for entry in (node.get("cte_map") or {}).get("map", []))
            node = list(node.values())
        for part in node if isinstance(node, list) else ():
            look_at(part)

    look_at(json.loads(tree))
    return found - own


def _header(file: Path, text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    last = ""
    for line in text.splitlines():
        if match := _HEADER_LINE.fullmatch(line):
            last = match["key"]
            if last not in _KEYS or last in found:
                raise _wrong(file, f"the header has a key `{last}`; those known, once each, are {', '.join(_KEYS)}")
            found[last] = match["value"]
        elif (match := _MORE.fullmatch(line)) and last:
            found[last] += " " + match["value"]
        else:
            break
    return found


def _wrong(file: Path, what: str) -> QuestionFileError:
    return QuestionFileError(
        f"the question {file.stem} cannot be asked: {what}",
        where=str(file),
        fix="mend the file; include/questions/reading.py says how a question is written, and its neighbours show it",
    )
