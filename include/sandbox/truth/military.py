"""The truth of mart_military_links and mart_military_funding."""

from __future__ import annotations

import duckdb

HOSPITAL = "pla_hospital"


def write(db: duckdb.DuckDBPyConnection) -> None:
    db.execute(
        f"""
        create table defined as
        select distinct n, body_id, category, listing_basis, definition_code, definition_order
        from linked join definitions using (category);

        -- what a reporter's paper has of each dimension, linked or not
        create table aspects as
        select reporter_code, publication_year, n, 'all' as dimension, 'ALL' as dimension_id from reported
        union
        select reporter_code, publication_year, n, 'topic', topic_id from reported
        union
        select reporter_code, publication_year, n, 'institution_a', institution_id
        from reported join authorship_institutions using (n) join institutions using (institution_id)
            join reporters using (reporter_code, country)
        union
        select reporter_code, publication_year, n, 'institution_b', institution_id
        from reported join authorship_institutions using (n) join institutions using (institution_id)
        where institutions.country = 'CN'
        union
        select reporter_code, publication_year, n, 'funder_class', funder_class
        from reported join work_funders using (n) join funders using (funder_id);

        create table mart_military_links as
        with
        papers as (
            select
                n, listing_basis, definition_code, definition_order,
                bool_or(is_in) as is_linked, bool_or(is_in and category <> '{HOSPITAL}') as is_linked_otherwise
            from (
                select *, true as is_in from defined
                union all by name
                select linked.*, definition_code, definition_order, false as is_in
                from linked cross join (select distinct definition_code, definition_order from definitions)
                where category = '{HOSPITAL}'
            )
            group by all
        ),
        whole as (
            select reporter_code, publication_year, dimension, dimension_id, count(*) as joint_papers
            from aspects group by all
        ),
        counts as (
            select
                reporter_code, publication_year, p.definition_code, p.definition_order, p.listing_basis, dimension,
                dimension_id,
                count(*) filter (is_linked) as military_linked_papers,
                count(*) filter (is_linked_otherwise) as papers_without_hospitals,
                count(*) as papers_with_hospitals
            from aspects a join papers p using (n) group by all
            union all
            select
                reporter_code, publication_year, definition_code, definition_order, listing_basis, 'body', body_id,
                count(*), count(*) filter (category <> '{HOSPITAL}'), count(*)
            from reported join defined using (n) group by all
        )
        select
            counts.*, joint_papers, military_linked_papers::double / joint_papers as share_of_joint_papers,
            joint_papers < 25 as is_small_cell
        from counts join whole
            on whole.reporter_code = counts.reporter_code and whole.publication_year = counts.publication_year
            and whole.dimension = case counts.dimension when 'body' then 'all' else counts.dimension end
            and whole.dimension_id = case counts.dimension when 'body' then 'ALL' else counts.dimension_id end;

        create table mart_military_funding as
        with
        paid as (
            select distinct n, funder_class from work_funders join funders using (funder_id)
            union all
            select distinct n, 'ALL' from work_funders
        ),
        cells as (
            select distinct reporter_code, publication_year, n, definition_code, definition_order, listing_basis
            from reported join defined using (n)
        ),
        linked_wholes as (
            select
                reporter_code, publication_year, definition_code, listing_basis, count(*) as military_linked_papers,
                count(*) filter (n in (select n from work_funders)) as linked_papers_with_funding
            from cells group by all
        ),
        classes as (
            select reporter_code, publication_year, funder_class, count(*) as papers_of_class
            from reported join paid using (n) group by all
        ),
        counts as (
            select
                reporter_code, publication_year, definition_code, definition_order, listing_basis, funder_class,
                count(*) as papers
            from cells join paid using (n) group by all
        )
        select
            counts.*, linked_papers_with_funding, military_linked_papers, papers_of_class,
            papers::double / linked_papers_with_funding as share_of_linked_papers_with_funding,
            papers::double / papers_of_class as share_of_class_papers,
            linked_papers_with_funding::double / military_linked_papers as disclosed_share,
            least(linked_papers_with_funding, papers_of_class) < 25 as is_small_cell
        from counts
        join linked_wholes using (reporter_code, publication_year, definition_code, listing_basis)
        join classes using (reporter_code, publication_year, funder_class)
        """
    )
