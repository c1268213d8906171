"""Clean tables become documents, as OpenAlex writes them, with the dirt that real records have, and index tables.

Dirt at realistic rates, none of which changes what is true: three generations of funding fields, funders without an id,
several award numbers in one string, junk award numbers, nested rows that stand twice, null titles, languages and
retraction flags, HTML entities and other scripts, more than 100 authors, author ids missing or twice in one work.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from include.common.progress import Progress
from include.sandbox import authors, money
from include.sandbox.corpus import AUTHORSHIPS, AUTHORSHIPS_FULL, DocumentWriter, key_text
from include.sandbox.index import write_index

# works that are turned into documents at once: about 300 MB of tables, however large the corpus is
SLICE = 8_000
_SITE = "https://openalex.org/"

# levels had numbers for ids at first
_TOPIC = f"""
    to_json(struct_pack(
        id := '{_SITE}' || topics.topic_id, display_name := topics.name, score := score,
        subfield := struct_pack(id := {{subfield}}, display_name := subfield_name),
        field := struct_pack(id := {{field}}, display_name := field_name),
        domain := struct_pack(id := {{domain}}, display_name := domain_name)
    ))
"""
_TOPIC_OF_TODAY = _TOPIC.format(
    **{level: f"'{_SITE}{level}s/' || topics.{level}_id" for level in ("subfield", "field", "domain")}
)
_TOPIC_AT_FIRST = _TOPIC.format(**{level: f"topics.{level}_id::int" for level in ("subfield", "field", "domain")})

_LOCATION = """
    to_json({
        'id': 'sandbox:' || n, 'is_oa': false, 'landing_page_url': null, 'pdf_url': null,
        'source': case when source_id is not null then {
            'id': '{_SITE}' || source_id, 'display_name': sources.name,
            'issn_l': null, 'issn': null, 'is_oa': false, 'is_in_doaj': false, 'is_core': true,
            'host_organization': '{_SITE}' || publisher_id, 'host_organization_name': publisher,
            'type': source_type
        } end,
        'license': null, 'license_id': null, 'version': 'publishedVersion', 'is_accepted': true,
        'is_published': true, 'raw_source_name': null, 'raw_type': 'journal-article'
    })::varchar
""".replace("{_SITE}", _SITE)

# where a work was published, as records had it before 2023
_HOST_VENUE = """
    case when source_id is not null then to_json({
        'id': '{_SITE}' || replace(source_id, 'S', 'V'), 'issn_l': null, 'issn': null, 'display_name': sources.name,
        'publisher': publisher, 'type': source_type, 'url': null, 'is_oa': false, 'version': null, 'license': null
    })::varchar else 'null' end
""".replace("{_SITE}", _SITE)

_TABLES_OF_WORKS = (
    "authorships", "authorship_institutions", "authorship_countries", "affiliations", "work_topics", "work_funders",
    "work_awards",
)  # fmt: skip

_WORK_FIELDS: dict[str, str] = {
    "id": f"to_json('{_SITE}' || work_id)",
    "doi": "to_json('https://doi.org/' || doi)",
    "title": "to_json(title)",
    "display_name": "to_json(title)",
    # a text now and then
    "publication_year": """if(
        u(n, 'year as text') < 0.004, to_json(publication_year::varchar)::varchar, publication_year::varchar
    )""",
    "publication_date": "to_json(publication_date::varchar)",
    "ids": f"""case when doi is null then to_json({{'openalex': '{_SITE}' || work_id}})
        else to_json({{'openalex': '{_SITE}' || work_id, 'doi': 'https://doi.org/' || doi}}) end""",
    "language": "to_json(language)",
    "primary_location": "case when generation <> 'old' then location end",
    "host_venue": "case when generation = 'old' then host_venue end",
    "type": "to_json(type)",
    "type_crossref": "case when generation in ('old', 'grants') then to_json('journal-article') end",
    "indexed_in": """'["crossref"]'""",
    "open_access": """'{"is_oa":false,"oa_status":"closed","oa_url":null,"any_repository_has_fulltext":false}'""",
    AUTHORSHIPS: "people.authorships",
    AUTHORSHIPS_FULL: "people.authorships_full",
    "institutions": "'[]'",
    "countries_distinct_count": "people.countries::varchar",
    "institutions_distinct_count": "people.institutions::varchar",
    "corresponding_author_ids": "coalesce(people.corresponding, '[]')",
    "corresponding_institution_ids": "'[]'",
    "apc_list": "'null'",
    "apc_paid": "'null'",
    "fwci": "case when u(n, 'no fwci') < 0.07 then 'null' else round(u(n, 'fwci') * 9, 4)::varchar end",
    "has_fulltext": "'false'",
    "cited_by_count": "cited_by_count::varchar",
    "citation_normalized_percentile": """'{"value":0.5,"is_in_top_1_percent":false,"is_in_top_10_percent":false}'""",
    "cited_by_percentile_year": """'{"min":40,"max":60}'""",
    "biblio": """'{"volume":"1","issue":null,"first_page":"1","last_page":"9"}'""",
    "is_retracted": "coalesce(is_retracted::varchar, 'null')",
    "is_paratext": "case when generation <> 'old' then is_paratext::varchar end",
    "is_xpac": "'false'",
    "primary_topic": "coalesce(subjects.primary_topic, 'null')",
    "topics": "coalesce(subjects.topics, '[]')",
    "keywords": f"""'[{{"id":"{_SITE}keywords/invented","display_name":"Invented","score":0.5}}]'""",
    "concepts": f"""'[{{"id":"{_SITE}C154945302","wikidata":"https://www.wikidata.org/wiki/Q11660",'
        || '"display_name":"Artificial intelligence","level":1,"score":0.55}}]'""",
    "mesh": "'[]'",
    "locations_count": "'1'",
    "locations": "case when generation <> 'old' then '[' || location || ']' end",
    "best_oa_location": "'null'",
    "sustainable_development_goals": "'[]'",
    "grants": "case when generation <> 'awards' then coalesce(money.grants, '[]') end",
    "awards": "case when generation in ('both', 'awards') then coalesce(money.awards, '[]') end",
    "funders": "case when generation in ('both', 'awards') then coalesce(money.funders, '[]') end",
    "has_content": """'{"pdf":false,"grobid_xml":false}'""",
    "content_urls": "'null'",
    "referenced_works_count": "'0'",
    "referenced_works": "'[]'",
    "related_works": "'[]'",
    "abstract_inverted_index": "'null'",
    "cited_by_api_url": """case when generation in ('old', 'grants')
        then to_json('https://api.openalex.org/works?filter=cites:' || work_id) end""",
    "counts_by_year": """'[{"year":2025,"cited_by_count":' || cited_by_count || '}]'""",
    "updated_date": "to_json(strftime(updated_date, '%Y-%m-%dT%H:%M:%S.%f'))",
    "created_date": "'\"2025-10-10T00:00:00\"'",
}

_FUNDER_FIELDS: dict[str, str] = {
    "id": f"to_json('{_SITE}' || funder_id)",
    "display_name": "to_json(name)",
    "alternate_titles": "to_json([name || ', in short'])",
    "country_code": "to_json(country)",
    "description": "to_json('Invented by the sandbox')",
    "homepage_url": "'null'",
    "image_url": "'null'",
    "image_thumbnail_url": "'null'",
    "awards_count": "'0'",
    "works_count": "works_count::varchar",
    "cited_by_count": "'0'",
    "summary_stats": """'{"2yr_mean_citedness":0.0,"h_index":0,"i10_index":0}'""",
    "ids": f"""to_json({{'openalex': '{_SITE}' || funder_id, 'ror': 'https://ror.org/' || ror,
        'crossref': crossref_id, 'doi': '10.13039/' || crossref_id}})""",
    # a year that cannot be, as in real records
    "counts_by_year": """'[{"year":5777,"works_count":1,"oa_works_count":0,"cited_by_count":0}]'""",
    "roles": f"""to_json([{{'role': 'funder', 'id': '{_SITE}' || funder_id, 'works_count': works_count}}])""",
    "updated_date": "'\"2026-02-16T04:02:39\"'",
    "created_date": "'\"2023-02-13T20:32:25\"'",
}

_INSTITUTION_FIELDS: dict[str, str] = {
    "id": f"to_json('{_SITE}' || institution_id)",
    "ror": "to_json('https://ror.org/' || ror)",
    "display_name": "to_json(name)",
    "country_code": "to_json(country)",
    "type": "to_json(type)",
    "type_id": f"to_json('{_SITE}institution-types/' || type)",
    "lineage": f"to_json(list_transform(lineage, lambda one: '{_SITE}' || one))",
    "homepage_url": "'null'",
    "display_name_acronyms": "'[]'",
    "display_name_alternatives": "'[]'",
    "repositories": "'[]'",
    "works_count": "works_count::varchar",
    "cited_by_count": "'0'",
    "ids": f"to_json({{'openalex': '{_SITE}' || institution_id, 'ror': 'https://ror.org/' || ror}})",
    "geo": """to_json({'city': 'Sandbox City', 'geonames_city_id': null, 'region': null, 'country_code': country,
        'country': country_name, 'latitude': 0.0, 'longitude': 0.0})""",
    "international": "'{}'",
    "associated_institutions": "'[]'",
    "counts_by_year": "'[]'",
    "roles": f"""to_json([{{'role': 'institution', 'id': '{_SITE}' || institution_id, 'works_count': works_count}}])""",
    "topics": "'[]'",
    "topic_share": "'[]'",
    "is_super_system": "'false'",
    "works_api_url": "to_json('https://api.openalex.org/works?filter=institutions.id:' || institution_id)",
    "updated_date": "'\"2026-02-16T06:00:58\"'",
    "created_date": "'\"2016-06-24T00:00:00\"'",
}

_TOPIC_FIELDS: dict[str, str] = {
    "id": f"to_json('{_SITE}' || topic_id)",
    "display_name": "to_json(name)",
    "description": "'null'",
    "keywords": "'[]'",
    "ids": f"to_json({{'openalex': '{_SITE}' || topic_id, 'wikipedia': null}})",
    "subfield": f"to_json({{'id': '{_SITE}subfields/' || subfield_id, 'display_name': subfield_name}})",
    "field": f"to_json({{'id': '{_SITE}fields/' || field_id, 'display_name': field_name}})",
    "domain": f"to_json({{'id': '{_SITE}domains/' || domain_id, 'display_name': domain_name}})",
    "siblings": "'[]'",
    "works_count": "works_count::varchar",
    "cited_by_count": "'0'",
    "works_api_url": "to_json('https://api.openalex.org/works?filter=topics.id:' || topic_id)",
    "updated_date": "'\"2026-02-16T03:01:27\"'",
    "created_date": "'\"2024-01-23T15:27:04\"'",
}

_WORK_RECORDS = """
    slice.works join slice.people using (n) left join slice.subjects using (n) left join slice.money using (n)
"""

# fields that belong to some generations only; elsewhere they are null, not absent
_MAY_BE_ABSENT = {
    AUTHORSHIPS_FULL, "primary_location", "host_venue", "locations", "is_paratext", "type_crossref",
    "cited_by_api_url", "grants", "awards", "funders",
}  # fmt: skip


def write(
    db: duckdb.DuckDBPyConnection, folder: Path, *, progress_folder: Path | None = None
) -> dict[str, tuple[str, ...]]:
    """Write documents and index tables of all entities into `folder`; returns the fields of each entity."""
    _prepare(db)
    _write_works(db, folder, progress_folder)
    others = {"funders": _FUNDER_FIELDS, "institutions": _INSTITUTION_FIELDS, "topics": _TOPIC_FIELDS}
    for entity, columns in others.items():
        with DocumentWriter(folder, entity, list(columns)) as writer:
            _render(db, writer, columns, f"{entity.removesuffix('s')}_records")
    write_index(db, folder)
    return {entity: tuple(columns) for entity, columns in {"works": _WORK_FIELDS, **others}.items()}


def _write_works(db: duckdb.DuckDBPyConnection, folder: Path, progress_folder: Path | None) -> None:
    held = int(db.execute("select count(*) from listed").fetchall()[0][0])
    with (
        DocumentWriter(folder, "works", list(_WORK_FIELDS)) as writer,
        Progress("generate", "documents", total=held, unit="works", folder=progress_folder) as progress,
    ):
        for first in range(0, held, SLICE):
            _cut_slice(db, first)
            progress.add(_render(db, writer, _WORK_FIELDS, _WORK_RECORDS))
            db.execute("detach slice")


def _render(db: duckdb.DuckDBPyConnection, writer: DocumentWriter, columns: dict[str, str], records: str) -> int:
    """Write `records`, in the order of their numbers; returns how many."""
    fragments = [
        f"coalesce('{key_text(field)}' || ({text}), '{'' if field in _MAY_BE_ABSENT else key_text(field) + 'null'}')"
        for field, text in columns.items()
    ]
    named = ", ".join(f"{text} as f{place}" for place, text in enumerate(fragments))
    places = [f"f{place}" for place in range(len(fragments))]
    reader = db.execute(
        f"""
        with fragments as (select number, {named} from {records})
        select
            concat({", ".join(places)}) as document,
            [{", ".join(f"strlen({place})" for place in places)}]::uinteger[] as lengths
        from fragments order by number
        """
    ).to_arrow_reader(1_000)
    written = 0
    for batch in reader:
        writer.add_rendered(batch.column("document"), batch.column("lengths"))
        written += batch.num_rows
    return written


def _prepare(db: duckdb.DuckDBPyConnection) -> None:
    db.execute(
        """
        create table listed as
        select
            (row_number() over (order by publication_date, work_id) - 1)::int as number,
            works.*,
            case when u(n, 'no doi') > 0.08 then '10.99999/sandbox.' || n end as doi,
            case
                when u(n, 'no title') < 0.003 then null
                when u(n, 'title script') < 0.01 then '关于虚构问题的沙盒研究 ' || n
                when u(n, 'title script') < 0.015 then 'دراسة مخترعة ' || n
                when u(n, 'title script') < 0.04 then 'Invented &lt;i&gt;study&lt;/i&gt; ' || n || ' &amp; its limits'
                else 'Invented study ' || n || ' of ' || coalesce(lower(topics.name), 'nothing in particular')
            end || case when revision > 0 then ', revised ' || revision else '' end as title,
            kind = 'paratext' as is_paratext,
            topics.subfield_id
        from works
        left join topics using (topic_id)
        order by number;

        create table work_topics as
        select n, topic_id, 0 as place from works where topic_id is not null
        union all
        -- a second topic, which never makes a work part of the subject, and sometimes the first one again
        select
            n,
            case when u(n, 'topic twice') < 0.003 then works.topic_id else pick(choices, u(n, 'second topic')) end,
            1
        from works join topic_choices on not is_in
        where works.topic_id is not null
        order by 1, 3
        """
    )
    _prepare_others(db)


def _cut_slice(db: duckdb.DuckDBPyConnection, first: int) -> None:
    """The works from number `first` on, with all that belongs to them, as a database in memory of its own: `slice`."""
    db.execute(
        f"""
        attach ':memory:' as slice;
        create table slice.works as
        select listed.*, {_LOCATION} as location, {_HOST_VENUE} as host_venue
        from listed
        left join work_sources using (n)
        left join sources using (source_id)
        where number >= {first} and number < {first + SLICE}
        """
    )
    for table in _TABLES_OF_WORKS:
        db.execute(f"create table slice.{table} as select * from {table} semi join slice.works using (n)")
    authors.write_authors(db)
    _write_subjects(db)
    money.write_money(db)


def _write_subjects(db: duckdb.DuckDBPyConnection) -> None:
    db.execute(
        f"""
        create table slice.subjects as
        with scored as (
            select *, round(0.99 - place * 0.4 - u(n, 'score') * 0.3, 4) as score from slice.work_topics
        ),
        described as (
            select
                scored.n, place,
                case
                    when works.generation in ('old', 'grants') then {_TOPIC_AT_FIRST} else {_TOPIC_OF_TODAY}
                end::varchar as topic
            from scored join slice.works using (n) join topics on topics.topic_id = scored.topic_id
        )
        select
            n,
            any_value(topic) filter (place = 0) as primary_topic,
            '[' || string_agg(topic, ',' order by place) || if(u(n, 'null topic') < 0.003, ',null]', ']') as topics
        from described group by n
        """
    )


def _prepare_others(db: duckdb.DuckDBPyConnection) -> None:
    db.execute(
        """
        create table funder_records as
        select
            (row_number() over (order by funder_id) - 1)::int as number, funders.*,
            coalesce(works_count, 0) as works_count
        from funders
        left join (
            select funder_id, count(*) as works_count from work_funders where known_by = 'funder_id' group by 1
        ) using (funder_id)
        where has_record
        order by number;

        create table institution_records as
        select
            (row_number() over (order by institution_id) - 1)::int as number, institutions.*,
            coalesce(works_count, 0) as works_count, country_names.display_name as country_name
        from institutions
        left join (select institution_id, count(distinct n) as works_count from authorship_institutions group by 1)
            using (institution_id)
        left join country_names on country_names.id = institutions.country
        order by number;

        create table topic_records as
        select
            (row_number() over (order by topic_id) - 1)::int as number, topics.*,
            coalesce(works_count, 0) as works_count
        from topics left join (select topic_id, count(*) as works_count from work_topics group by 1) using (topic_id)
        order by number
        """
    )
