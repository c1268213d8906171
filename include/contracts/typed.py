"""The typed batch: one raw batch as flat tables, one declared schema for every generation of the source.

    typed/batch=<ulid>/<table>.parquet      every table below, always all of them, possibly with no rows
    typed/batch=<ulid>/_typed.json          counts; the folder appears whole, by one rename

Always: records in = records typed + records quarantined. Ids are short (`W123`, `I45`, `F67`, `T89`), RORs are the bare
nine characters, DOIs are bare and lower case. No author names; author ids end in dbt staging.

The source's filter by country (`authorships.countries`) sees less than the record shows. `filter_reads` says what it
reads of an authorship: its `countries`; its `institutions`, when the record comes from a time before that field; or
`nothing`, beyond the hundredth author. `is_shown_by_filter` says it of each country of an authorship.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal, NamedTuple

from pydantic import Field

from include.contracts.base import HandOver
from include.contracts.batch import DataOrigin, Entity


class Column(NamedTuple):
    """A column: its name and its DuckDB type."""

    name: str
    type: str


def _columns(text: str) -> tuple[Column, ...]:
    # every table starts with the batch that it came from
    return (Column("batch_id", "VARCHAR"), *(Column(*line.split(maxsplit=1)) for line in text.strip().splitlines()))


TABLES: dict[str, tuple[Column, ...]] = {
    "works": _columns("""
        work_id VARCHAR
        doi VARCHAR
        title VARCHAR
        publication_year SMALLINT
        publication_date DATE
        work_type VARCHAR
        language VARCHAR
        is_retracted BOOLEAN
        is_paratext BOOLEAN
        is_xpac BOOLEAN
        authors_count INTEGER
        is_authors_truncated BOOLEAN
        primary_topic_id VARCHAR
        primary_topic_score DOUBLE
        source_id VARCHAR
        source_name VARCHAR
        source_type VARCHAR
        publisher_name VARCHAR
        cited_by_count INTEGER
        fwci DOUBLE
        referenced_works_count INTEGER
        updated_at TIMESTAMP
        created_at TIMESTAMP
        api_generation VARCHAR
        content_hash VARCHAR
    """),
    "authorships": _columns("""
        work_id VARCHAR
        author_index INTEGER
        author_position VARCHAR
        author_id VARCHAR
        is_corresponding BOOLEAN
        filter_reads VARCHAR
    """),
    "authorship_institutions": _columns("""
        work_id VARCHAR
        author_index INTEGER
        institution_index INTEGER
        institution_id VARCHAR
        institution_name VARCHAR
        ror VARCHAR
        country_code VARCHAR
        institution_type VARCHAR
    """),
    "authorship_countries": _columns("""
        work_id VARCHAR
        author_index INTEGER
        country_code VARCHAR
        country_basis VARCHAR
        is_shown_by_filter BOOLEAN
    """),
    "affiliation_strings": _columns("""
        work_id VARCHAR
        author_index INTEGER
        affiliation_index INTEGER
        raw_affiliation_string VARCHAR
        institutions_count INTEGER
    """),
    "work_topics": _columns("""
        work_id VARCHAR
        topic_index INTEGER
        topic_id VARCHAR
        topic_name VARCHAR
        score DOUBLE
        subfield_id VARCHAR
        subfield_name VARCHAR
        field_id VARCHAR
        field_name VARCHAR
        domain_id VARCHAR
        is_primary BOOLEAN
    """),
    "work_funders": _columns("""
        work_id VARCHAR
        funder_id VARCHAR
        funder_name VARCHAR
        funder_ror VARCHAR
        funder_crossref_id VARCHAR
        source_field VARCHAR
    """),
    "work_awards": _columns("""
        work_id VARCHAR
        award_index INTEGER
        award_id VARCHAR
        funder_id VARCHAR
        funder_name VARCHAR
        funder_ror VARCHAR
        funder_crossref_id VARCHAR
        funder_award_id VARCHAR
        source_field VARCHAR
    """),
    "institution_lineage": _columns("""
        institution_id VARCHAR
        ancestor_id VARCHAR
    """),
    "institutions": _columns("""
        institution_id VARCHAR
        institution_name VARCHAR
        ror VARCHAR
        country_code VARCHAR
        institution_type VARCHAR
        city VARCHAR
        latitude DOUBLE
        longitude DOUBLE
        is_super_system BOOLEAN
        works_count BIGINT
        updated_at TIMESTAMP
        content_hash VARCHAR
    """),
    "funders": _columns("""
        funder_id VARCHAR
        funder_name VARCHAR
        country_code VARCHAR
        ror VARCHAR
        crossref_id VARCHAR
        works_count BIGINT
        updated_at TIMESTAMP
        content_hash VARCHAR
    """),
    "funder_aliases": _columns("""
        funder_id VARCHAR
        alias VARCHAR
    """),
    "topics": _columns("""
        topic_id VARCHAR
        topic_name VARCHAR
        subfield_id VARCHAR
        subfield_name VARCHAR
        field_id VARCHAR
        field_name VARCHAR
        domain_id VARCHAR
        domain_name VARCHAR
        works_count BIGINT
        updated_at TIMESTAMP
        content_hash VARCHAR
    """),
    "totals": _columns("""
        total_kind VARCHAR
        condition_code VARCHAR
        group_code VARCHAR
        publication_year SMALLINT
        topic_chunk INTEGER
        papers BIGINT
    """),
    "tombstones": _columns("""
        entity VARCHAR
        record_id VARCHAR
        reason VARCHAR
        merged_into_id VARCHAR
        evidence VARCHAR
        seen_at TIMESTAMP
    """),
    "quarantine": _columns("""
        entity VARCHAR
        page_file VARCHAR
        line_number BIGINT
        record_id VARCHAR
        reason_code VARCHAR
        reason VARCHAR
        record VARCHAR
    """),
}


class TypedManifest(HandOver):
    """`_typed.json`. `records_in = records_typed + records_quarantined`, in records of the raw batch.

    `flatten_version` is the version of flatten that made it (versions.py); empty: one of before November
    2026. Such a batch is flattened anew before it is built from.

    `unknown_fields`: fields that nothing here reads, in how many records. `emptied_fields`: fields with a value that
    cannot be read or cannot be, in how many typed records; there the table has null.
    """

    what_it_is: ClassVar[str] = "typed batch manifest"

    schema_version: Literal[1] = 1
    batch_id: str
    entity: Entity
    data_origin: DataOrigin
    scope_id: str
    fetch_version: str
    window_id: str
    raw_manifest_sha256: str
    flatten_version: str = ""
    records_in: int
    records_typed: int
    records_quarantined: int
    rows: dict[str, int]
    unknown_fields: dict[str, int]
    emptied_fields: dict[str, int] = Field(default_factory=dict)
    flattened_at: datetime
