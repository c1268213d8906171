"""What can be asked of each entity: filters, groups, sort keys and selectable fields, by OpenAlex's names.

A field is a column of the entity's table, or a link table (`number`, `value`) where a record has many values.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal


class BadValue(Exception):
    """A filter value that cannot be read; the text says what is expected."""


def _last(value: str) -> str:
    return value.strip().rstrip("/").rsplit("/", 1)[-1]


def openalex_id(value: str) -> str:
    """`https://openalex.org/W1` or `w1` -> `W1`."""
    return _last(value).upper()


def bare_id(value: str) -> str:
    """`https://openalex.org/subfields/1702` or `subfields/1702` -> `1702`; a type or language likewise."""
    return _last(value).lower()


def country(value: str) -> str:
    """`https://openalex.org/countries/cn` or `cn` -> `CN`."""
    return _last(value).upper()


def bare_doi(value: str) -> str:
    """`https://doi.org/10.1/A` or `doi:10.1/A` -> `10.1/a`."""
    return re.sub(r"^(https?://(dx\.)?doi\.org/|doi:)", "", value.strip().lower())


def bare_ror(value: str) -> str:
    """`https://ror.org/0abc` or `ror:0abc` -> `0abc`."""
    return re.sub(r"^(https?://ror\.org/|ror:)", "", value.strip().lower())


def truth_value(value: str) -> bool:
    """`true` or `false`."""
    if value.strip().lower() not in {"true", "false"}:
        raise BadValue("must be true or false, not " + value)
    return value.strip().lower() == "true"


def whole_number(value: str) -> int:
    """A number."""
    try:
        return int(value)
    except ValueError:
        raise BadValue("must be a number or a range like 2019-2021, not " + value) from None


def day(value: str) -> date:
    """`YYYY-MM-DD` (a time after it is cut off)."""
    try:
        return date.fromisoformat(value.strip()[:10])
    except ValueError:
        raise BadValue("must be a date in the form YYYY-MM-DD, not " + value) from None


@dataclass(frozen=True)
class Field:
    """A filterable field. `kind`: column or link (a table of its own); `compare`: how a value is compared."""

    kind: Literal["column", "link"]
    name: str
    parse: Callable[[str], Any] = openalex_id
    compare: Literal["equal", "range", "from", "to"] = "equal"
    paid: bool = False


@dataclass(frozen=True)
class Group:
    """A field to group by. `prefix` comes before the key; `names` is the table that holds the groups' names."""

    kind: Literal["column", "link"]
    name: str
    prefix: str = ""
    names: str | None = None


@dataclass(frozen=True)
class Entity:
    """One endpoint: its table is named like it. `default_sort` as the API's own, the id always comes last; `fields` are
    those that `select` accepts.
    """

    name: str
    letter: str
    filters: dict[str, Field]
    groups: dict[str, Group]
    sorts: dict[str, str]
    default_sort: str
    fields: tuple[str, ...]
    links: tuple[str, ...] = ()
    paid_sorts: tuple[str, ...] = ("updated_date", "created_date", "from_updated_date", "from_created_date")


# What the API itself lists as selectable for works (recorded 2026-05-22); a corpus may hold further, older fields.
WORK_FIELDS = (
    "id", "doi", "title", "display_name", "relevance_score", "publication_year", "publication_date", "ids",
    "language", "primary_location", "sources", "type", "type_crossref", "indexed_in", "open_access", "authorships",
    "institution_assertions", "institutions", "countries_distinct_count", "institutions_distinct_count",
    "corresponding_author_ids", "corresponding_institution_ids", "apc_list", "apc_paid", "fwci",
    "is_authors_truncated", "has_fulltext", "fulltext_origin", "cited_by_count", "citation_normalized_percentile",
    "cited_by_percentile_year", "biblio", "is_retracted", "is_paratext", "is_xpac", "primary_topic", "topics",
    "keywords", "concepts", "mesh", "locations_count", "locations", "best_oa_location",
    "sustainable_development_goals", "awards", "funders", "datasets", "versions", "has_content", "content_urls",
    "referenced_works_count", "referenced_works", "related_works", "abstract_inverted_index", "cited_by_api_url",
    "counts_by_year", "updated_date", "created_date",
)  # fmt: skip
# the root-level fields of the other entities, as their objects were recorded in February 2026
FUNDER_FIELDS = (
    "id", "display_name", "alternate_titles", "country_code", "description", "homepage_url", "image_url",
    "image_thumbnail_url", "awards_count", "works_count", "cited_by_count", "summary_stats", "ids", "counts_by_year",
    "roles", "updated_date", "created_date",
)  # fmt: skip
INSTITUTION_FIELDS = (
    "id", "ror", "display_name", "country_code", "type", "type_id", "lineage", "homepage_url", "image_url",
    "image_thumbnail_url", "display_name_acronyms", "display_name_alternatives", "repositories", "works_count",
    "cited_by_count", "summary_stats", "ids", "geo", "international", "associated_institutions", "counts_by_year",
    "roles", "topics", "topic_share", "is_super_system", "works_api_url", "updated_date", "created_date",
)  # fmt: skip
TOPIC_FIELDS = (
    "id", "display_name", "description", "keywords", "ids", "subfield", "field", "domain", "siblings", "works_count",
    "cited_by_count", "works_api_url", "updated_date", "created_date",
)  # fmt: skip

# field of today -> the fields that said the same before
PREDECESSORS = {
    "display_name": ("title",),
    "primary_location": ("host_venue",),
    "awards": ("grants",),
    "funders": ("grants",),
}


def _link(name: str, parse: Callable[[str], Any] = openalex_id) -> Field:
    return Field("link", name, parse)


def _column(name: str, parse: Callable[[str], Any] = openalex_id) -> Field:
    return Field("column", name, parse)


_SITE = "https://openalex.org/"
_COUNTRIES = _SITE + "countries/"
_ID = {name: _column("id") for name in ("openalex", "openalex_id", "ids.openalex", "id")}

WORKS = Entity(
    name="works",
    letter="W",
    filters={
        **_ID,
        "doi": _column("doi", bare_doi),
        "institutions.country_code": _link("works_institution_countries", country),
        "authorships.institutions.country_code": _link("works_institution_countries", country),
        "authorships.countries": _link("works_countries", country),
        "authorships.institutions.id": _link("works_institutions"),
        "institutions.id": _link("works_institutions"),
        "authorships.institutions.ror": _link("works_rors", bare_ror),
        "authorships.institutions.lineage": _link("works_lineage"),
        "primary_topic.id": _column("topic_id"),
        "primary_topic.subfield.id": _column("subfield_id", bare_id),
        "topics.id": _link("works_topics"),
        "publication_year": Field("column", "publication_year", whole_number, "range"),
        "publication_date": Field("column", "publication_date", day),
        "from_publication_date": Field("column", "publication_date", day, "from"),
        "to_publication_date": Field("column", "publication_date", day, "to"),
        "from_updated_date": Field("column", "updated_date", day, "from", paid=True),
        "to_updated_date": Field("column", "updated_date", day, "to", paid=True),
        "from_created_date": Field("column", "created_date", day, "from", paid=True),
        "to_created_date": Field("column", "created_date", day, "to", paid=True),
        "type": _column("type", bare_id),
        "language": _column("language", bare_id),
        "is_retracted": _column("is_retracted", truth_value),
        "is_paratext": _column("is_paratext", truth_value),
        "is_xpac": _column("is_xpac", truth_value),
        "funders.id": _link("works_funders"),
        "awards.funder_id": _link("works_award_funders"),
        "cited_by_count": Field("column", "cited_by_count", whole_number, "range"),
    },
    groups={
        "authorships.countries": Group("link", "works_countries", _COUNTRIES, "country_names"),
        "institutions.country_code": Group("link", "works_institution_countries", _COUNTRIES, "country_names"),
        "authorships.institutions.country_code": Group(
            "link", "works_institution_countries", _COUNTRIES, "country_names"
        ),
        "publication_year": Group("column", "publication_year"),
        "type": Group("column", "type", _SITE + "types/"),
        "primary_topic.id": Group("column", "topic_id", _SITE, "topics"),
        "primary_topic.subfield.id": Group("column", "subfield_id", _SITE + "subfields/", "subfield_names"),
        "funders.id": Group("link", "works_funders", _SITE, "funders"),
        "is_retracted": Group("column", "is_retracted"),
    },
    sorts={name: name for name in ("publication_date", "publication_year", "cited_by_count", "id", "updated_date")},
    default_sort="cited_by_count:desc",
    fields=WORK_FIELDS,
    links=(
        "works_countries",
        "works_institution_countries",
        "works_institutions",
        "works_rors",
        "works_lineage",
        "works_topics",
        "works_funders",
        "works_award_funders",
    ),
)

_SHARED_SORTS = {name: name for name in ("display_name", "works_count", "cited_by_count", "id", "updated_date")}

FUNDERS = Entity(
    name="funders",
    letter="F",
    filters={
        **_ID,
        "ror": _column("ror", bare_ror),
        "ids.ror": _column("ror", bare_ror),
        "country_code": _column("country_code", country),
        "works_count": Field("column", "works_count", whole_number, "range"),
    },
    groups={"country_code": Group("column", "country_code", _COUNTRIES, "country_names")},
    sorts=_SHARED_SORTS,
    default_sort="works_count:desc",
    fields=FUNDER_FIELDS,
)

INSTITUTIONS = Entity(
    name="institutions",
    letter="I",
    filters={
        **_ID,
        "ror": _column("ror", bare_ror),
        "ids.ror": _column("ror", bare_ror),
        "country_code": _column("country_code", country),
        "type": _column("type", bare_id),
        "lineage": _link("institutions_lineage"),
        "works_count": Field("column", "works_count", whole_number, "range"),
    },
    groups={
        "country_code": Group("column", "country_code", _COUNTRIES, "country_names"),
        "type": Group("column", "type", _SITE + "institution-types/"),
    },
    sorts=_SHARED_SORTS,
    default_sort="works_count:desc",
    fields=INSTITUTION_FIELDS,
    links=("institutions_lineage",),
)

TOPICS = Entity(
    name="topics",
    letter="T",
    filters={
        **_ID,
        "subfield.id": _column("subfield_id", bare_id),
        "field.id": _column("field_id", bare_id),
        "domain.id": _column("domain_id", bare_id),
        "works_count": Field("column", "works_count", whole_number, "range"),
    },
    groups={"subfield.id": Group("column", "subfield_id", _SITE + "subfields/", "subfield_names")},
    sorts=_SHARED_SORTS,
    default_sort="works_count:desc",
    fields=TOPIC_FIELDS,
)

CATALOG = {entity.name: entity for entity in (WORKS, FUNDERS, INSTITUTIONS, TOPICS)}
