"""Reads a list request: filter, select, sort, paging, group_by; and says what is wrong with it, as the API says it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from include.sandbox.catalog import BadValue, Entity, Field

MAX_VALUES = 100
MAX_PER_PAGE = 200
DEFAULT_PER_PAGE = 25
MAX_BASIC_ROWS = 10_000
KNOWN_PARAMETERS = {
    "filter", "select", "sort", "page", "per_page", "per-page", "cursor", "group_by", "group-by",
    "api_key", "api-key", "mailto", "corpus", "format",
}  # fmt: skip


class BadRequest(Exception):
    """A 400: its `error` and `message`."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(message)
        self.error, self.message = error, message


class PlanRequired(Exception):
    """A filter or sort that only paid plans may use."""

    def __init__(self, asked: str) -> None:
        super().__init__(asked)
        self.asked = asked


def _invalid(message: str) -> BadRequest:
    return BadRequest("Invalid query parameters error.", message)


@dataclass(frozen=True)
class Condition:
    """One attribute of the filter: any of `values` (or none of them, when negated)."""

    field: Field
    values: tuple[str, ...]
    negated: bool


@dataclass(frozen=True)
class ListRequest:
    """A list request, read and checked."""

    conditions: tuple[Condition, ...]
    select: list[str] | None
    sort: tuple[tuple[str, bool], ...]
    page: int
    per_page: int
    cursor: str | None
    group_by: str | None


def read_list_request(
    entity: Entity, parameters: Mapping[str, str], selectable: list[str], *, paid: bool
) -> ListRequest:
    """Check and read the query parameters of a list.

    Raises:
        BadRequest: 400. PlanRequired: 403.
    """
    unknown = sorted(set(parameters) - KNOWN_PARAMETERS)
    if unknown:
        valid = ", ".join(sorted(KNOWN_PARAMETERS))
        raise _invalid(f"{unknown[0]} is not a valid parameter. Valid parameters are: {valid}.")
    group_by = parameters.get("group_by") or parameters.get("group-by")
    select = read_select(parameters, selectable)
    if group_by and select:
        raise _invalid("select does not work with group_by.")
    if group_by and group_by not in entity.groups:
        raise _invalid(f"{group_by} is not a valid group_by field. Valid fields are: {', '.join(entity.groups)}.")
    per_page = _number(parameters, "per_page", _number(parameters, "per-page", DEFAULT_PER_PAGE))
    if not 1 <= per_page <= MAX_PER_PAGE:
        raise BadRequest("Pagination error.", f"per-page parameter must be between 1 and {MAX_PER_PAGE}")
    page, cursor = _number(parameters, "page", 1), parameters.get("cursor")
    if cursor is not None and "page" in parameters:
        raise BadRequest("Pagination error.", "Cannot use page parameter with cursor parameter.")
    if page < 1:
        raise BadRequest("Pagination error.", "Page parameter must be greater than 0.")
    if cursor is None and page * per_page > MAX_BASIC_ROWS:
        raise BadRequest(
            "Pagination error.",
            f"Maximum results size of {MAX_BASIC_ROWS:,} records is exceeded. Cursor pagination is required for "
            "records beyond this limit. See https://developers.openalex.org/guides/page-through-results",
        )
    return ListRequest(
        conditions=_conditions(entity, parameters.get("filter", ""), paid=paid),
        select=select,
        sort=_sort(entity, parameters.get("sort") or entity.default_sort, paid=paid),
        page=page,
        per_page=per_page,
        cursor=cursor,
        group_by=group_by or None,
    )


def read_select(parameters: Mapping[str, str], selectable: list[str]) -> list[str] | None:
    """The root-level fields asked for, or None for all.

    Raises:
        BadRequest: a field that does not exist, or one below the root.
    """
    text = parameters.get("select")
    if not text:
        return None
    select = [field.strip() for field in text.split(",") if field.strip()]
    for field in select:
        if field not in selectable:
            raise _invalid(
                f"{field} is not a valid select field. Valid fields for select are: {', '.join(selectable)}."
            )
    return select


def _number(parameters: Mapping[str, str], name: str, default: int) -> int:
    text = parameters.get(name)
    if text is None:
        return default
    try:
        return int(text)
    except ValueError:
        raise BadRequest("Pagination error.", f"{name} parameter must be a number.") from None


def _conditions(entity: Entity, text: str, *, paid: bool) -> tuple[Condition, ...]:
    conditions = []
    for name, value in _parts(text, entity):
        field = entity.filters.get(name)
        if field is None:
            valid = ", ".join(sorted(entity.filters))
            raise _invalid(
                f"{name} is not a valid field. Valid fields are underscore or hyphenated versions of: {valid}"
            )
        if field.paid and not paid:
            raise PlanRequired(f"{name}:{value}")
        negated = value.startswith("!")
        values = tuple(value.removeprefix("!").split("|"))
        if len(values) > MAX_VALUES:
            raise _invalid(f"Maximum number of values exceeded for {name}. Decrease values to {MAX_VALUES} or below.")
        for one in values:
            _check_value(name, field, one)
        conditions.append(Condition(field, values, negated))
    return tuple(conditions)


def _parts(text: str, entity: Entity) -> list[tuple[str, str]]:
    """`attribute:value` pairs; values of one attribute may be joined by `+` (a space, once decoded) instead."""
    parts = []
    for part in text.split(","):
        if not part.strip():
            continue
        name, colon, value = part.strip().partition(":")
        if not colon or not value:
            raise _invalid(f"Invalid filter: {part}. A filter has the form attribute:value.")
        field = entity.filters.get(name)
        joined = field is not None and field.kind == "link"
        parts += [(name, one) for one in (re.split(r"[+ ]", value) if joined else [value])]
    return parts


def _check_value(name: str, field: Field, value: str) -> None:
    try:
        _comparison(field, "x", value)
    except BadValue as fault:
        raise _invalid(f"Value for param {name} {fault}.") from None


def _sort(entity: Entity, text: str, *, paid: bool) -> tuple[tuple[str, bool], ...]:
    keys = []
    for part in text.split(","):
        name, _, direction = part.strip().partition(":")
        if name in entity.paid_sorts and not paid:
            raise PlanRequired(name)
        if name not in entity.sorts or direction not in {"", "asc", "desc"}:
            raise _invalid(f"{part} is not a valid sort. Valid sort fields are: {', '.join(sorted(entity.sorts))}.")
        keys.append((entity.sorts[name], direction == "desc"))
    return tuple(keys)


def _comparison(field: Field, column: str, value: str) -> tuple[str, list[Any]]:
    """SQL and its values for one value of a filter."""
    if value == "null":
        return f"{column} is null", []
    if field.compare == "range":
        between = re.fullmatch(r"(\d*)-(\d*)", value)
        if between and (between[1] or between[2]):
            bounds = [(">=", between[1]), ("<=", between[2])]
            used = [(sign, field.parse(bound)) for sign, bound in bounds if bound]
            return " and ".join(f"{column} {sign} ?" for sign, _ in used), [bound for _, bound in used]
        if value[:1] in "<>" and value[:1]:
            return f"{column} {value[0]} ?", [field.parse(value[1:])]
    sign = {"from": ">=", "to": "<="}.get(field.compare, "=")
    return f"{column} {sign} ?", [field.parse(value)]


def conditions_sql(conditions: tuple[Condition, ...]) -> tuple[str, list[Any]]:
    """The SQL condition over `records` (and its values) that all `conditions` make together."""
    texts: list[str] = ["true"]
    values: list[Any] = []
    for condition in conditions:
        column = "value" if condition.field.kind == "link" else f"records.{condition.field.name}"
        simple = condition.field.compare == "equal" and "null" not in condition.values
        if simple:
            text = f"{column} in ({', '.join('?' for _ in condition.values)})"
            values += [condition.field.parse(value) for value in condition.values]
        else:
            comparisons = [_comparison(condition.field, column, value) for value in condition.values]
            text = "(" + " or ".join(f"({part})" for part, _ in comparisons) + ")"
            values += [value for _, found in comparisons for value in found]
        if condition.field.kind == "link":
            text = f"records.number in (select number from {condition.field.name} where {text})"
            if "null" in condition.values:
                text = f"({text} or records.number not in (select number from {condition.field.name}))"
        texts.append(f"not coalesce({text}, false)" if condition.negated else text)
    return " and ".join(texts), values
