"""The resolved scope: what is asked of the source and counted in the marts, with every code expanded.

Written by the ingest from config/scopes/<name>.yaml (include/openalex/scope.py) to `<home>/scope.json`; read by dbt.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from include.contracts.base import HandOver


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Group(_Part):
    """Countries counted together: a work counts once for the group, however many of its members take part."""

    code: str
    name: str
    countries: tuple[str, ...]


class SubjectTopic(_Part):
    """A topic that makes a work part of the subject."""

    topic_id: str
    topic_name: str
    subfield_id: str
    subfield_name: str
    field_id: str
    field_name: str


class Windows(_Part):
    """How the years are cut for crawling (publication dates)."""

    by: Literal["none", "year", "quarter", "month"]
    recent_by: Literal["none", "year", "quarter", "month"]
    recent_years: int
    revisit_recent_days: int
    revisit_old_days: int
    max_records: int


class ResolvedScope(HandOver):
    """One scope, expanded.

    `fetch_version` changes with what decides which works are fetched, and with nothing else. `to: today` (`is_rolling`)
    is one scope in every year. `former_versions` are names that earlier programs gave to the same scope.
    """

    what_it_is: ClassVar[str] = "resolved scope"
    # its folder is the home itself
    when_torn: ClassVar[str] = (
        "it is torn or of another version; remove this file and run `python -m include.openalex scope`"
    )

    schema_version: Literal[1] = 1
    scope_id: str
    fetch_version: str
    former_versions: tuple[str, ...] = ()
    title: str
    admit: Literal["scope", "everything"]
    subject_id: str
    subject_version: int
    subject_title: str
    topics: tuple[SubjectTopic, ...]
    topic_chunks: tuple[tuple[str, ...], ...]
    side_a: Group
    side_b: Group
    groups: tuple[Group, ...]
    year_from: int
    year_to: int
    is_rolling: bool = False
    windows: Windows

    def is_version(self, fetch_version: str) -> bool:
        """Whether works that were fetched under this version are those that this scope asks for."""
        return fetch_version in {self.fetch_version, *self.former_versions}
