"""The exact requests: what is asked of the source for works, references and totals."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from include.contracts.batch import UPDATED_SINCE, Entity, Query, Window
from include.contracts.scope import Group, ResolvedScope

# the most that the API promises to keep accepting
PER_PAGE = 100
# lists show at most so many authors of a work; the single record shows all
AUTHORSHIPS_CUT_AT = 100

WORK_FIELDS = (
    "id,doi,display_name,publication_year,publication_date,type,language,is_retracted,is_paratext,is_xpac,authorships,"
    "countries_distinct_count,institutions_distinct_count,corresponding_author_ids,corresponding_institution_ids,"
    "primary_topic,topics,keywords,concepts,awards,funders,cited_by_count,fwci,referenced_works_count,ids,"
    "primary_location,indexed_in,updated_date,created_date"
)

REFERENCE_FIELDS: dict[Entity, str] = {
    "funders": "id,display_name,alternate_titles,country_code,description,homepage_url,ids,awards_count,works_count,"
    "updated_date,created_date",
    "institutions": "id,ror,display_name,country_code,type,lineage,display_name_acronyms,display_name_alternatives,"
    "homepage_url,ids,geo,associated_institutions,is_super_system,works_count,updated_date,created_date",
    "topics": "id,display_name,description,keywords,ids,subfield,field,domain,works_count,updated_date,created_date",
}


def works_query(scope: ResolvedScope, window: Window) -> Query:
    """All works of one window, in an order that does not move while they are read."""
    return Query(
        path="/works",
        filter=works_filter(scope, window),
        select=WORK_FIELDS,
        sort="publication_date",
        per_page=PER_PAGE,
    )


def updated_query(scope: ResolvedScope, window: Window, since: date) -> Query:
    """Of the works of one window those that the source changed on this day or later. Paid plans only."""
    whole = works_query(scope, window)
    return whole.model_copy(update={"filter": ",".join(filter(None, [whole.filter, f"{UPDATED_SINCE}{since}"]))})


def without_updates(query: Query) -> Query:
    """The query of the whole window to which a query of its updates belongs."""
    whole = re.sub(rf",?{UPDATED_SINCE}[0-9-]+", "", query.filter or "")
    return query.model_copy(update={"filter": whole or None})


def works_filter(scope: ResolvedScope, window: Window) -> str | None:
    """The filter of one window; None when the scope admits everything."""
    if scope.admit == "everything":
        return None
    chunk = scope.topic_chunks[(window.topic_chunk or 1) - 1]
    return ",".join(
        [
            countries(scope.side_a),
            countries(scope.side_b),
            *primary_topics(chunk),
            f"from_publication_date:{window.date_from}",
            f"to_publication_date:{window.date_to}",
            "is_paratext:false",
        ]
    )


def countries(group: Group) -> str:
    """Works with an authorship in any country of the group."""
    return f"authorships.countries:{'|'.join(code.lower() for code in group.countries)}"


def primary_topics(chunk: Sequence[str]) -> list[str]:
    """Works of these primary topics; no condition for an empty chunk."""
    return [f"primary_topic.id:{'|'.join(chunk)}"] if chunk else []
