"""The form of an answer, held against the sandbox's answer to the same question and against what flatten reads.

The form of a JSON value is, for each path in it, which kinds of values stand there. Values themselves may differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import duckdb
import orjson

from include.common.clock import utc_now
from include.contracts.batch import Entity
from include.flatten.source_fields import SOURCES
from include.openalex.client import Answer, judge, read_budget
from include.openalex.errors import PlanRequired
from include.pipeline.probe.questions import Question

# path -> the kinds of values that stand there; and that of each entity's records
Form = dict[str, set[str]]
Forms = dict[Entity, Form]

# what only records of older generations have: a source need not show it
_OF_OLDER_RECORDS = re.compile(r"(grants|host_venue)\b.*|authorships\[\]\.raw_affiliation_string")
_META_READ = ("count", "next_cursor", "per_page")
_ERROR_FIELDS = ("error", "message")
_FOLLOW = "see what the source's documentation says now, and follow it in include/openalex and include/sandbox"
_FOLLOW_FLATTEN = "follow it in include/flatten/source_fields.py and sql/, and in the sandbox"


class Difference(NamedTuple):
    """What differs, and what to do about it: two sentences."""

    what: str
    fix: str


def body_of(answer: Answer) -> dict[str, Any] | None:
    """The JSON object of an answer; None when it is none."""
    try:
        document = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return None
    return document if isinstance(document, dict) else None


def compare(question: Question, sandbox: Answer, source: Answer, shown: Forms, learned: Forms) -> Iterator[Difference]:
    """Every difference in form between what the sandbox and what the source answered.

    `shown` is what records of the source have shown so far, `learned` those of the sandbox, which has records of every
    generation; this answer's records are added to both.
    """
    meant, found = (judge(answer, question.name, utc_now()) for answer in (sandbox, source))
    # what a plan allows is a matter of the key
    if isinstance(meant, PlanRequired) and found is None:
        return
    if type(meant) is not type(found):
        expected = "an answer" if meant is None else f"a refusal ({type(meant).__name__})"
        got = "answers it" if found is None else f"says: {found.what}"
        yield Difference(f"where the pipeline counts on {expected}, the source {got}", found.fix if found else _FOLLOW)
        return
    body, known = body_of(source), body_of(sandbox) or {}
    if body is None:
        yield Difference("the answer is no JSON object", "look at the address in OPENALEX_BASE_URL")
        return
    if found is not None:
        for name in _ERROR_FIELDS:
            if not isinstance(body.get(name), str):
                yield Difference(f"the refusal has no text in `{name}`", _FOLLOW)
        return
    yield from _headers(sandbox, source)
    yield from _envelope(known, body)
    yield from _group_keys(known, body)
    if question.entity is not None:
        entity = question.entity
        yield from _records(entity, known, body, shown.setdefault(entity, {}), learned.setdefault(entity, {}))


def _headers(sandbox: Answer, source: Answer) -> Iterator[Difference]:
    missing = [name for name in _rate_headers(sandbox.headers) if name not in _rate_headers(source.headers)]
    if missing:
        yield Difference(
            f"headers are missing: {', '.join(missing)}",
            "the budget is read from them (include/openalex/client.py, read_budget): see what replaced them",
        )
    elif read_budget(sandbox.headers, utc_now()) is not None and read_budget(source.headers, utc_now()) is None:
        yield Difference("the rate headers cannot be read as a budget", "see read_budget in include/openalex/client.py")
    planned, taken = (_number(answer.headers.get("x-ratelimit-credits-used")) for answer in (sandbox, source))
    if planned is not None and taken is not None and taken > planned:
        yield Difference(
            f"the request took {taken:g} credits where {planned:g} are planned",
            "the plan of a day (include/openalex/budget.py) counts too few: correct it",
        )


def _rate_headers(headers: Mapping[str, str]) -> list[str]:
    return sorted(name.lower() for name in headers if name.lower().startswith("x-ratelimit-"))


def _envelope(known: dict[str, Any], body: dict[str, Any]) -> Iterator[Difference]:
    for name in ("meta", "results", "group_by"):
        if name in known and type(body.get(name)) is not type(known[name]):
            yield Difference(f"`{name}` is {_kind(body.get(name), name in body)}, not {_kind(known[name])}", _FOLLOW)
    meta, meta_known = body.get("meta"), known.get("meta")
    if not isinstance(meta, dict) or not isinstance(meta_known, dict):
        return
    for name in _META_READ:
        kinds = {"text", "null"} if name == "next_cursor" else {_kind(meta_known.get(name))}
        if name in meta_known and _kind(meta.get(name), name in meta) not in kinds:
            yield Difference(f"`meta.{name}` is {_kind(meta.get(name), name in meta)}", _FOLLOW)


def _group_keys(known: dict[str, Any], body: dict[str, Any]) -> Iterator[Difference]:
    ours, theirs = (_keys_of_groups(each) for each in (known, body))
    shapes = {_shape(key) for key in ours}
    odd = sorted({key for key in theirs if _shape(key) not in shapes})
    if shapes and odd:
        yield Difference(
            f"groups have keys of another form: {', '.join(odd[:3])} ({len(odd)} of {len(theirs)})",
            "totals are read by key (include/flatten/sql/totals): see that these are read, and mend the sandbox",
        )


def _keys_of_groups(body: dict[str, Any]) -> list[str]:
    groups = body.get("group_by")
    return [str(each.get("key")) for each in groups if isinstance(each, dict)] if isinstance(groups, list) else []


def _shape(key: str) -> str:
    """`https://openalex.org/countries/CN` -> `https://openalex.org/countries/A`: letters and figures of the end."""
    head, slash, end = key.rpartition("/")
    return head + slash + re.sub(r"\d+", "0", re.sub(r"[A-Za-z]+", "A", end))


def _records(
    entity: Entity, known: dict[str, Any], body: dict[str, Any], shown: Form, learned: Form
) -> Iterator[Difference]:
    ours, theirs = _form_of_records(known), _form_of_records(body)
    for so_far, form in ((shown, theirs), (learned, ours)):
        for path, kinds in form.items():
            so_far.setdefault(path, set()).update(kinds)
    if not theirs:
        yield Difference(
            "the answer holds no record, so the form of records was not compared",
            "ask about a scope that has papers (ENTANGLED_SCOPE)",
        )
        return
    for path, read_as in sorted(_read_paths(entity).items()):
        was, now = learned.get(path, set()) - {"null"}, theirs.get(path, set()) - {"null"}
        if path not in ours or not was:
            continue
        if path not in shown and not _OF_OLDER_RECORDS.fullmatch(path) and _could_be_seen(theirs, path):
            yield Difference(f"no record has `{path}`, which flatten reads", _FOLLOW_FLATTEN)
        # a number that flatten reads as a text may be written as one, as years of older records are
        elif now - was and not (read_as == "varchar" and was == {"number"} and now <= {"number", "text"}):
            found_kinds, usual = " or ".join(sorted(now)), " or ".join(sorted(was))
            yield Difference(f"`{path}` is {found_kinds}, where the sandbox has {usual}", _FOLLOW_FLATTEN)
    unknown = sorted({path for path in theirs if "." not in path and "[" not in path} - set(SOURCES[entity].known))
    if unknown:
        yield Difference(
            f"fields that nothing here knows: {', '.join(unknown)}",
            "see what they are; then read them, or list them as unread in include/flatten/source_fields.py",
        )


def _could_be_seen(form: Form, path: str) -> bool:
    """Whether records show anything beside `path`: below what is null or empty in every record there is nothing."""
    parent = path.rpartition(".")[0]
    return not path.endswith("[]") and (not parent or any(other.startswith(f"{parent}.") for other in form))


def _form_of_records(body: dict[str, Any]) -> Form:
    records = body.get("results") if "results" in body else [body]
    form: Form = {}
    for record in records if isinstance(records, list) else []:
        if isinstance(record, dict):
            _add_form(form, "", record)
    return form


def _add_form(form: Form, path: str, value: Any) -> None:
    if path:
        form.setdefault(path, set()).add(_kind(value))
    if isinstance(value, dict):
        for name, below in value.items():
            _add_form(form, f"{path}.{name}" if path else name, below)
    elif isinstance(value, list):
        for one in value:
            _add_form(form, f"{path}[]", one)


def _read_paths(entity: Entity) -> dict[str, str]:
    """Every path of a record that flatten reads, and as what: `varchar`, `bigint`, `list` ..."""
    return {
        path: kind
        for name, declared in SOURCES[entity].columns.items()
        for path, kind in _paths_below(name, duckdb.sqltype(declared))
    }


def _paths_below(path: str, kind: Any) -> Iterator[tuple[str, str]]:
    yield path, kind.id
    if kind.id == "struct":
        for name, below in kind.children:
            yield from _paths_below(f"{path}.{name}", below)
    elif kind.id == "list":
        yield from _paths_below(f"{path}[]", kind.children[0][1])


def _kind(value: Any, is_there: bool = True) -> str:
    if not is_there:
        return "missing"
    if value is None:
        return "null"
    # a number may be whole by chance (a score of 1), so whole and other numbers are one kind
    names = {bool: "flag", int: "number", float: "number", str: "text", list: "list", dict: "object"}
    return names[type(value)]


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text is not None else None
    except ValueError:
        return None
