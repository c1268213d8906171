"""What is read of the source's records: the fields, of all generations, with the DuckDB type each is read as.

A value that cannot be read as its type is left empty (fitting.py), unless the record cannot do without its field: then
the record goes into quarantine. Dates are read as text: the source writes them in several ways. So are years, which
come as texts and with a point, too.
Fields that are known but not read are listed too, so that what is left is news: it is counted in the typed manifest
(`unknown_fields`).
"""

from __future__ import annotations

from dataclasses import dataclass

from include.contracts.batch import Entity


@dataclass(frozen=True)
class Source:
    """How the records of one entity are read."""

    # field -> DuckDB type
    columns: dict[str, str]
    # fields that exist and are not read
    unread: frozenset[str]
    # the letter before the number in an id; None: records of this entity have no id
    id_letter: str | None
    # fields that a record cannot do without; None: no value of it may be left empty
    needed: frozenset[str] | None = frozenset({"id"})

    @property
    def known(self) -> list[str]:
        """All fields that are no news."""
        return sorted(self.unread | set(self.columns))


def _columns(text: str) -> dict[str, str]:
    return dict(line.strip().split(maxsplit=1) for line in text.strip().splitlines())


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NAMED = "STRUCT(id VARCHAR, display_name VARCHAR)"
_TOPIC = f"STRUCT(id VARCHAR, display_name VARCHAR, score DOUBLE, subfield {_NAMED}, field {_NAMED}, domain {_NAMED})"
# no author names: what is not read cannot leak
_AUTHORSHIP = """STRUCT(
    author_position VARCHAR,
    author STRUCT(id VARCHAR),
    is_corresponding BOOLEAN,
    institutions STRUCT(
        id VARCHAR, display_name VARCHAR, ror VARCHAR, country_code VARCHAR, "type" VARCHAR, lineage VARCHAR[]
    )[],
    countries VARCHAR[],
    affiliations STRUCT(raw_affiliation_string VARCHAR, institution_ids VARCHAR[])[],
    raw_affiliation_strings VARCHAR[],
    raw_affiliation_string VARCHAR
)""".replace("\n", " ")
_AWARD = f"STRUCT(id VARCHAR, funder_award_id VARCHAR, funder_id VARCHAR, funder_display_name VARCHAR, funder {_NAMED})"
_LOCATION = (
    "STRUCT(source STRUCT(id VARCHAR, display_name VARCHAR, type VARCHAR, "
    "host_organization_name VARCHAR, publisher VARCHAR))"
)

SOURCES: dict[Entity, Source] = {
    "works": Source(
        columns=_columns(f"""
            id VARCHAR
            doi VARCHAR
            title VARCHAR
            display_name VARCHAR
            publication_year VARCHAR
            publication_date VARCHAR
            type VARCHAR
            language VARCHAR
            is_retracted BOOLEAN
            is_paratext BOOLEAN
            is_xpac BOOLEAN
            authors_count INTEGER
            is_authors_truncated BOOLEAN
            authorships {_AUTHORSHIP}[]
            primary_topic {_TOPIC}
            topics {_TOPIC}[]
            primary_location {_LOCATION}
            host_venue STRUCT(id VARCHAR, display_name VARCHAR, publisher VARCHAR, type VARCHAR)
            funders STRUCT(id VARCHAR, display_name VARCHAR, ror VARCHAR)[]
            awards {_AWARD}[]
            grants STRUCT(funder VARCHAR, funder_display_name VARCHAR, award_id VARCHAR)[]
            cited_by_count INTEGER
            fwci DOUBLE
            referenced_works_count INTEGER
            updated_date VARCHAR
            created_date VARCHAR
        """),
        unread=_words("""
            abstract_inverted_index abstract_inverted_index_v3 alternate_host_venues apc_list apc_paid
            best_oa_location biblio citation_normalized_percentile cited_by_api_url cited_by_percentile_year concepts
            concepts_count content_urls corresponding_author_ids corresponding_institution_ids
            countries_distinct_count counts_by_year datasets doi_registration_agency fulltext_origin has_abstract
            has_content has_fulltext has_pdf_url ids indexed_in institution_assertions institutions
            institutions_distinct_count is_oa keywords locations locations_count mesh ngrams_url open_access
            referenced_works related_works relevance_score summary_stats sustainable_development_goals type_crossref
            type_id updated versions"""),
        id_letter="W",
        needed=frozenset({"id", "publication_year", "authorships"}),
    ),
    "funders": Source(
        columns=_columns("""
            id VARCHAR
            display_name VARCHAR
            alternate_titles VARCHAR[]
            country_code VARCHAR
            ids STRUCT(ror VARCHAR, crossref VARCHAR, doi VARCHAR)
            works_count BIGINT
            updated_date VARCHAR
        """),
        unread=_words("""
            awards_count cited_by_count counts_by_year created_date description grants_count homepage_url
            image_thumbnail_url image_url is_global_south relevance_score roles summary_stats updated works_api_url
            x_concepts country_id topics"""),
        id_letter="F",
    ),
    "institutions": Source(
        columns=_columns("""
            id VARCHAR
            display_name VARCHAR
            ror VARCHAR
            country_code VARCHAR
            type VARCHAR
            lineage VARCHAR[]
            geo STRUCT(city VARCHAR, country_code VARCHAR, latitude DOUBLE, longitude DOUBLE)
            is_super_system BOOLEAN
            works_count BIGINT
            updated_date VARCHAR
        """),
        unread=_words("""
            associated_institutions cited_by_count counts_by_year country created_date display_name_acronyms
            display_name_alternatives homepage_url ids image_thumbnail_url image_url international relevance_score
            repositories roles status summary_stats topic_share topics type_id updated works_api_url
            x_concepts"""),
        id_letter="I",
    ),
    "topics": Source(
        columns=_columns(f"""
            id VARCHAR
            display_name VARCHAR
            subfield {_NAMED}
            field {_NAMED}
            domain {_NAMED}
            works_count BIGINT
            updated_date VARCHAR
        """),
        unread=_words("""
            cited_by_count created_date description ids keywords relevance_score siblings updated
            works_api_url"""),
        id_letter="T",
    ),
    "totals": Source(
        columns=_columns("""
            query STRUCT(kind VARCHAR, condition_code VARCHAR, group_code VARCHAR, year INTEGER, topic_chunk INTEGER)
            group_by STRUCT(key VARCHAR, count BIGINT)[]
        """),
        unread=frozenset({"meta"}),
        id_letter=None,
        needed=None,
    ),
    "tombstones": Source(
        columns=_columns("""
            entity VARCHAR
            id VARCHAR
            reason VARCHAR
            merged_into_id VARCHAR
            evidence JSON
            seen_at VARCHAR
        """),
        unread=frozenset(),
        id_letter=None,
        needed=None,
    ),
}
