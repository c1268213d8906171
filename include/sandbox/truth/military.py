"""The truth of mart_military_links."""

from __future__ import annotations

import duckdb


def write(db: duckdb.DuckDBPyConnection) -> None:
    db.execute(
        """
        create table mart_military_links as
        with defined as (
            select distinct n, body_id, listing_basis, definition_code, definition_order
            from linked join definitions using (category)
        ),
        dimensions as (
            select distinct
                n, listing_basis, definition_code, definition_order, 'all' as dimension, 'ALL' as dimension_id
            from defined
            union
            select n, listing_basis, definition_code, definition_order, 'body', body_id from defined
            union
            select n, listing_basis, definition_code, definition_order, 'topic', topic_id
            from defined join joint_works using (n)
        ),
        wholes as (
            select reporter_code, publication_year, 'ALL' as topic, count(*) as joint_papers from reported group by all
            union all
            select reporter_code, publication_year, topic_id, count(*) from reported group by all
        ),
        counts as (
            select
                reporter_code, publication_year, definition_code, definition_order, listing_basis, dimension,
                dimension_id, count(*) as military_linked_papers
            from reported join dimensions using (n) group by all
        )
        select
            counts.*, wholes.joint_papers, military_linked_papers::double / wholes.joint_papers as share_of_joint_papers
        from counts join wholes
            on wholes.reporter_code = counts.reporter_code and wholes.publication_year = counts.publication_year
            and wholes.topic = case when dimension = 'topic' then dimension_id else 'ALL' end
        """
    )
