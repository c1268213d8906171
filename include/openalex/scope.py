"""The scope: from a YAML file that a person edits to the resolved scope that every stage reads.

Every mistake is told with the file and the key it is in, what is known there, and near matches. Known countries and
groups come from the seeds, so a scope cannot name what the marts would not know.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import json
from collections.abc import Hashable, Iterable, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from include.common.clock import utc_now
from include.common.errors import SettingsError
from include.contracts.scope import Group, ResolvedScope, SubjectTopic, Windows
from include.settings import Settings

# the API takes at most so many values in one OR (facts: filtering)
MAX_VALUES_IN_FILTER = 100
EARLIEST_YEAR = 1000
# homes of 2026 are the oldest
FIRST_NAMED_YEAR = 2026
# a side that is a list of more countries is named by two of them, unless the scope has a title for it
MOST_NAMES = 4
_ANY_SUBJECT = "any"
# works without a known country; the marts know it, but nothing can be asked of the source about it
_NO_COUNTRY = "ZZ"

_NO_YAML: dict[type[Exception], str] = {
    UnicodeDecodeError: "it is not UTF-8 text",
    RecursionError: "too many brackets stand in each other",
}

Cut = Literal["none", "year", "quarter", "month"]


class ScopeError(SettingsError):
    """The scope file, or the subject it names, cannot be used. Nothing was asked of the source."""

    def __init__(self, what: str, *, where: str, fix: str) -> None:
        super().__init__(what, where=where, fix=fix)


class _FromYaml(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Years(_FromYaml):
    first: int = Field(alias="from")
    last: int | Literal["today"] = Field(alias="to")

    @field_validator("first", "last", mode="before")
    @classmethod
    def _year_or_today(cls, value: object, field: ValidationInfo) -> object:
        # YAML's true is an int to Python
        is_number = isinstance(value, int) and not isinstance(value, bool)
        if is_number or (isinstance(value, str) and value.isdigit()):
            return value
        if field.field_name == "last" and value == "today":
            return value
        message = "{value} is no year" if field.field_name == "first" else "{value} is neither a year nor `today`"
        raise PydanticCustomError("year", message, {"value": str(value)})


class _OneValueAKey(yaml.SafeLoader):
    """YAML in which a key that stands twice is a mistake; by itself the last one wins in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    problem=f"the key `{key.value}` stands twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


class _WindowsInFile(_FromYaml):
    by: Cut = "year"
    recent_by: Cut | None = None
    recent_years: int = Field(default=2, ge=0)
    revisit_recent_days: int = Field(default=1, ge=0)
    revisit_old_days: int = Field(default=90, ge=0)
    max_records: int = Field(default=10_000, ge=1)


class _ScopeFile(_FromYaml):
    scope: str = Field(min_length=1)
    title: str = Field(min_length=1)
    subject: str
    admit: Literal["scope", "everything"] = "scope"
    side_a: str | list[str]
    side_a_title: str | None = Field(default=None, min_length=1)
    side_b: str | list[str]
    side_b_title: str | None = Field(default=None, min_length=1)
    groups: list[str] = []
    topics: list[str] | None = None
    years: _Years
    windows: _WindowsInFile = _WindowsInFile()


class _SubjectTopicInFile(_FromYaml):
    id: str = Field(pattern=r"^T\d+$")
    name: str
    subfield_id: str
    subfield_name: str
    field_id: str
    field_name: str
    decision: Literal["in", "out"]
    reason: str = Field(min_length=1)


class _SubjectFile(_FromYaml):
    subject: str = Field(min_length=1)
    version: int = Field(ge=1)
    title: str
    match: Literal["primary_topic"]
    topics: list[_SubjectTopicInFile] = Field(min_length=1)


Parsed = TypeVar("Parsed", bound=_FromYaml)


def resolve_scope(settings: Settings) -> ResolvedScope:
    """Read the scope that the settings name, expand it, and write it for the stages after this one.

    Raises:
        ScopeError: the scope or its subject cannot be used. What was written before is untouched.
    """
    resolved = read_scope(settings)
    file = settings.resolved_scope_file
    if not file.exists() or file.read_text() != resolved.model_dump_json(indent=2) + "\n":
        resolved.save(file)
    return resolved


def current_scope(settings: Settings) -> ResolvedScope:
    """The scope as resolved last; resolved now when it never was."""
    if settings.resolved_scope_file.exists():
        return ResolvedScope.load(settings.resolved_scope_file)
    return resolve_scope(settings)


def read_scope(settings: Settings) -> ResolvedScope:
    """The scope that the settings name, expanded; nothing is written."""
    _require_extra_lists(settings)
    file = _scope_file(settings)
    scope = _parse(file, _ScopeFile, "scope")
    known = _Known.read(settings)
    side_a = _side(file, "side_a", scope.side_a, scope.side_a_title, known)
    side_b = _side(file, "side_b", scope.side_b, scope.side_b_title, known)
    _refuse_overlap(file, side_a, side_b)
    groups = tuple(_group(file, f"groups.{at}", code, known) for at, code in enumerate(scope.groups))
    _refuse_groups_counted_anyway(file, groups, side_a, side_b)
    _refuse_groups_beyond_side_a(file, groups, side_a, side_b)
    subject = _subject(settings, file, scope.subject)
    topics = _topics(settings, file, scope, subject)
    year_from, year_to = _years(file, scope.years)
    is_rolling = scope.years.last == "today"

    def version(last: int | Literal["today"]) -> str:
        return _version(scope.admit, topics, side_a, side_b, year_from, last)

    return ResolvedScope(
        scope_id=scope.scope,
        fetch_version=version("today" if is_rolling else year_to),
        # until 2026 the running year was part of the version, so that 1 January made another scope
        former_versions=tuple(version(year) for year in range(FIRST_NAMED_YEAR, year_to + 1)) if is_rolling else (),
        title=scope.title,
        admit=scope.admit,
        subject_id=subject.subject if subject else _ANY_SUBJECT,
        subject_version=subject.version if subject else 1,
        subject_title=subject.title if subject else "All subjects",
        topics=topics,
        topic_chunks=chunks([topic.topic_id for topic in topics]),
        side_a=side_a,
        side_b=side_b,
        groups=groups,
        year_from=year_from,
        year_to=year_to,
        is_rolling=is_rolling,
        windows=Windows(
            by=scope.windows.by,
            recent_by=scope.windows.recent_by or scope.windows.by,
            recent_years=scope.windows.recent_years,
            revisit_recent_days=scope.windows.revisit_recent_days,
            revisit_old_days=scope.windows.revisit_old_days,
            max_records=scope.windows.max_records,
        ),
    )


def chunks(ids: Sequence[str], most: int = MAX_VALUES_IN_FILTER) -> tuple[tuple[str, ...], ...]:
    """Even pieces of at most `most`: 105 ids become 53 and 52. No ids: one empty piece, a query without that filter."""
    pieces = max(-(-len(ids) // most), 1)
    size, longer = divmod(len(ids), pieces)
    ends = [0]
    for piece in range(pieces):
        ends.append(ends[-1] + size + (1 if piece < longer else 0))
    return tuple(tuple(ids[start:end]) for start, end in pairwise(ends))


class _Known(BaseModel):
    """Countries and groups of the seeds."""

    countries: dict[str, str]
    groups: dict[str, Group]
    countries_file: Path
    groups_file: Path

    @classmethod
    def read(cls, settings: Settings) -> _Known:
        countries_file, groups_file = settings.seeds / "countries.csv", settings.seeds / "country_groups.csv"
        groups: dict[str, Group] = {}
        for row in _rows(groups_file):
            if row["valid_to"]:
                continue
            code = row["group_code"]
            earlier = groups[code].countries if code in groups else ()
            groups[code] = Group(code=code, name=row["group_name"], countries=(*earlier, row["country_code"]))
        return cls(
            countries={
                row["country_code"]: row["country_name"]
                for row in _rows(countries_file)
                if row["country_code"] != _NO_COUNTRY
            },
            groups=groups,
            countries_file=countries_file,
            groups_file=groups_file,
        )


def _require_extra_lists(settings: Settings) -> None:
    """Before anything is asked of the source: the build that reads the lists comes after what costs credits."""
    if settings.extra_lists is not None and not settings.extra_lists.is_dir():
        raise ScopeError(
            f"{settings.extra_lists} is no folder",
            where="ENTANGLED_EXTRA_LISTS",
            fix="name a folder with tables like those of dbt_project/seeds/reference, or leave it empty",
        )


def _scope_file(settings: Settings) -> Path:
    folder = settings.config / "scopes"
    named, path = folder / f"{settings.scope}.yaml", Path(settings.scope)
    for file in (named, path):
        # of a name that is too long the system does not even say that there is no such file
        with suppress(OSError, RuntimeError):
            if file.expanduser().is_file():
                return file.expanduser()
    known = [file.stem for file in sorted(folder.glob("*.yaml"))]
    raise ScopeError(
        f"there is no scope `{settings.scope}`",
        where=f"ENTANGLED_SCOPE; looked for {named} and {path.resolve()}",
        fix=f"{_near(settings.scope, known)}known: {', '.join(known)}; or give the path of a YAML file",
    )


def _parse(file: Path, kind: type[Parsed], what: str) -> Parsed:
    try:
        text = file.read_text(encoding="utf-8")
        # a safe loader too
        content = yaml.load(text, Loader=_OneValueAKey)
    except OSError as error:
        raise ScopeError(
            f"the {what} file cannot be read: {error.strerror}", where=str(file), fix="make it readable"
        ) from None
    # a date that is none is a ValueError, lists in lists in lists a RecursionError
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        place = getattr(error, "problem_mark", None)
        line = f", line {place.line + 1}" if place is not None else ""
        reason = getattr(error, "problem", None) or _NO_YAML.get(type(error), str(error))
        raise ScopeError(
            f"the {what} file is not valid YAML: {reason}", where=f"{file}{line}", fix="correct it; indent with spaces"
        ) from None
    if not isinstance(content, dict):
        raise ScopeError(
            f"the {what} file holds no keys", where=str(file), fix="see config/scopes/demo.yaml for an example"
        )
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        raise _unquoted(file, text, error) or _as_scope_error(file, kind, what, error) from None


def _unquoted(file: Path, text: str, error: ValidationError) -> ScopeError | None:
    """A text that YAML takes for something else: NO for false, 1e3 for a number, 2020-01-01 for a date."""
    for fault in error.errors():
        if fault["type"] != "string_type" or isinstance(fault["input"], str | list | dict | None):
            continue
        key, written = _as_written(yaml.load(text, Loader=yaml.BaseLoader), fault["loc"])
        read_as = str(fault["input"]).lower() if isinstance(fault["input"], bool) else type(fault["input"]).__name__
        return ScopeError(
            f"{key} is {written}, which YAML reads as {read_as} and not as text",
            where=f"{file}, key {key}",
            fix=f'quote it: "{written}"',
        )
    return None


def _as_written(content: object, location: Sequence[str | int]) -> tuple[str, str]:
    """The key at a location of pydantic, which names alternatives of a type too, and what stands there."""
    keys: list[str] = []
    for part in location:
        if isinstance(content, dict) and part in content:
            content = content[str(part)]
        elif isinstance(content, list) and isinstance(part, int):
            content = content[part]
        else:
            continue
        keys.append(str(part))
    return ".".join(keys), str(content)


def _as_scope_error(file: Path, kind: type[_FromYaml], what: str, error: ValidationError) -> ScopeError:
    faults = error.errors()
    first = faults[0]
    key = ".".join(str(part) for part in first["loc"]) or "the file"
    fix = "correct it; see config/scopes/demo.yaml for an example"
    if first["type"] == "extra_forbidden":
        names = [field.alias or name for name, field in kind.model_fields.items()]
        fix = f"{_near(str(first['loc'][-1]), names)}keys of a {what} are {', '.join(names)}"
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return ScopeError(
        f"the {what} file cannot be used: {key}: {first['msg']}{more}", where=f"{file}, key {key}", fix=fix
    )


def _side(file: Path, key: str, value: str | list[str], title: str | None, known: _Known) -> Group:
    """A side under the name that the scope gives it; without one a list is named by its countries, in its own order."""
    if not value:
        raise ScopeError("a side has no countries", where=f"{file}, key {key}", fix="name a group or country codes")
    if isinstance(value, str):
        group = _group(file, key, value, known)
    else:
        codes = list(dict.fromkeys(_country(file, f"{key}.{at}", code, known) for at, code in enumerate(value)))
        names = [known.countries[code] for code in codes]
        # a side of one country is that country
        group = Group(code=codes[0] if len(codes) == 1 else key.upper(), name=_listed(names), countries=tuple(codes))
    return group.model_copy(update={"name": title}) if title else group


def _listed(names: Sequence[str]) -> str:
    """`Norway, Sweden and Denmark`; of many names the first two."""
    if len(names) > MOST_NAMES:
        names = [*names[:2], f"{len(names) - 2} more countries"]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _group(file: Path, key: str, code: str, known: _Known) -> Group:
    if code in known.groups:
        return known.groups[code]
    if code in known.countries:
        return Group(code=code, name=known.countries[code], countries=(code,))
    if code == _NO_COUNTRY:
        raise _no_country(f"{file}, key {key}")
    looks_like_country = len(code) == 2
    what = "country" if looks_like_country else "group"
    source = known.countries_file if looks_like_country else known.groups_file
    raise ScopeError(
        f"unknown {what} `{code}`",
        where=f"{file}, key {key}",
        fix=f"{_near_code(code, known)}countries and groups are listed in {source}",
    )


def _no_country(where: str) -> ScopeError:
    return ScopeError(
        f"`{_NO_COUNTRY}` stands for works without a known country; the source cannot be asked for them",
        where=where,
        fix="take it out",
    )


def _country(file: Path, key: str, code: str, known: _Known) -> str:
    if code == _NO_COUNTRY:
        raise _no_country(f"{file}, key {key}")
    if code not in known.countries:
        raise ScopeError(
            f"unknown country `{code}`",
            where=f"{file}, key {key}",
            fix=f"{_near_code(code, known)}use two-letter codes of {known.countries_file}",
        )
    return code


def _refuse_overlap(file: Path, side_a: Group, side_b: Group) -> None:
    both = sorted(set(side_a.countries) & set(side_b.countries))
    if both:
        raise ScopeError(
            f"{', '.join(both)} stands on both sides, and a paper of one country would be joint with itself",
            where=f"{file}, keys side_a and side_b",
            fix="take it out of one side",
        )


def _refuse_groups_counted_anyway(file: Path, groups: Sequence[Group], side_a: Group, side_b: Group) -> None:
    codes = [group.code for group in groups]
    for at, code in enumerate(codes):
        if code in codes[:at]:
            reason = "stands twice"
        elif code in (side_a.code, side_b.code):
            reason = "is a side, and each side is counted as one already"
        elif code in side_a.countries:
            reason = "is a country of side_a, and each of these is counted already"
        else:
            continue
        raise ScopeError(f"group `{code}` {reason}", where=f"{file}, key groups.{at}", fix="take it out")


def _refuse_groups_beyond_side_a(file: Path, groups: Sequence[Group], side_a: Group, side_b: Group) -> None:
    # only works joint between the sides are loaded: the papers of a member outside side A would be missing above the
    # line of every share, and not below it, where the source counts the whole group
    for at, group in enumerate(groups):
        beyond = sorted(set(group.countries) - set(side_a.countries))
        if not beyond:
            continue
        some = ", ".join(beyond[:5]) + (f" and {len(beyond) - 5} more" if len(beyond) > 5 else "")
        without = ", ".join(sorted(set(group.countries) & set(side_b.countries)))
        raise ScopeError(
            f"group `{group.code}` holds countries that side_a does not ({some}), whose papers are not loaded",
            where=f"{file}, key groups.{at}",
            fix="take it out; to count it, make it side_a in a scope of its own"
            + (f", as a list of its countries without {without}" if without else ""),
        )


def _subject(settings: Settings, scope_file: Path, name: str) -> _SubjectFile | None:
    if name == _ANY_SUBJECT:
        return None
    folder = settings.config / "subjects"
    file = folder / f"{name}.yaml"
    if not file.is_file():
        known = [_ANY_SUBJECT, *(each.stem for each in sorted(folder.glob("*.yaml")))]
        raise ScopeError(
            f"unknown subject `{name}`",
            where=f"{scope_file}, key subject",
            fix=f"{_near(name, known)}known: {', '.join(known)} (files of {folder})",
        )
    subject = _parse(file, _SubjectFile, "subject")
    ids = [topic.id for topic in subject.topics]
    twice = sorted({each for each in ids if ids.count(each) > 1})
    if twice:
        raise ScopeError(
            f"topics decided twice: {', '.join(twice)}", where=f"{file}, key topics", fix="keep one decision a topic"
        )
    return subject


def _topics(
    settings: Settings, file: Path, scope: _ScopeFile, subject: _SubjectFile | None
) -> tuple[SubjectTopic, ...]:
    if subject is None:
        if scope.topics:
            raise ScopeError(
                "`topics` needs a subject to choose from",
                where=f"{file}, key topics",
                fix="name a subject other than any",
            )
        return ()
    admitted = {topic.id: topic for topic in subject.topics if topic.decision == "in"}
    if scope.topics is not None:
        admitted = {each: admitted[each] for each in _chosen(settings, file, scope, subject, admitted)}
    if not admitted:
        raise ScopeError(
            "no topic is in the subject, so no work would be asked for",
            where=f"{file}, key {'topics' if scope.topics is not None else 'subject'}",
            fix="decide at least one topic `in`",
        )
    return tuple(
        SubjectTopic(
            topic_id=topic.id,
            topic_name=topic.name,
            subfield_id=topic.subfield_id,
            subfield_name=topic.subfield_name,
            field_id=topic.field_id,
            field_name=topic.field_name,
        )
        for topic in sorted(admitted.values(), key=lambda topic: int(topic.id[1:]))
    )


def _chosen(
    settings: Settings,
    file: Path,
    scope: _ScopeFile,
    subject: _SubjectFile,
    admitted: dict[str, _SubjectTopicInFile],
) -> Iterable[str]:
    """The scope's own choice among the subject's topics."""
    names = {topic.name: topic.id for topic in admitted.values()}
    for at, wanted in enumerate(scope.topics or []):
        if wanted not in admitted:
            near = _near(wanted, [*admitted, *names])
            raise ScopeError(
                f"unknown topic `{wanted}`: subject {scope.subject} does not decide it `in`",
                where=f"{file}, key topics.{at}",
                fix=f"{near}use ids of {settings.config / 'subjects' / (scope.subject + '.yaml')}",
            )
    return dict.fromkeys(scope.topics or [])


def _years(file: Path, years: _Years) -> tuple[int, int]:
    this_year = utc_now().year
    last = this_year if years.last == "today" else years.last
    if not EARLIEST_YEAR <= years.first <= this_year:
        raise ScopeError(
            f"the first year {years.first} is no year between {EARLIEST_YEAR} and {this_year}",
            where=f"{file}, key years.from",
            fix="correct it",
        )
    if not years.first <= last <= this_year + 1:
        raise ScopeError(
            f"the last year {last} lies before the first ({years.first}) or after {this_year + 1}",
            where=f"{file}, key years.to",
            fix="correct it, or write `today` for the running year",
        )
    return years.first, last


def _version(
    admit: str,
    topics: tuple[SubjectTopic, ...],
    side_a: Group,
    side_b: Group,
    first: int,
    last: int | Literal["today"],
) -> str:
    """Short hash of what decides which works are fetched, and of nothing else."""
    decides = {
        "admit": admit,
        "topics": sorted(topic.topic_id for topic in topics),
        "side_a": sorted(side_a.countries),
        "side_b": sorted(side_b.countries),
        "years": [first, last],
    }
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()[:12]


def _rows(file: Path) -> list[dict[str, str]]:
    try:
        with file.open(encoding="utf-8", newline="") as handle:
            return list(csv.DictReader(handle))
    except OSError as error:
        raise ScopeError(
            f"a reference table cannot be read: {error.strerror}", where=str(file), fix="restore it from the repository"
        ) from None


def _near(wanted: str, known: Iterable[str]) -> str:
    found = difflib.get_close_matches(wanted, list(known), n=3, cutoff=0.6)
    return f"did you mean {' or '.join(found)}? " if found else ""


def _near_code(code: str, known: _Known) -> str:
    """Near codes, or the code of a country whose name (or former code) was written."""
    by_name = {name.lower(): each for each, name in known.countries.items()}
    named = difflib.get_close_matches(code.lower(), by_name, n=1, cutoff=0.8)
    usual = {"UK": "GB", "EL": "GR", "EU": "EU27", "PRC": "CN"}.get(code.upper())
    if usual:
        return f"did you mean {usual}? "
    if named:
        return f"did you mean {by_name[named[0]]}? "
    return _near(code.upper(), [*known.groups, *known.countries])
