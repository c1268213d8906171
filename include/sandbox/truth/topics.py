"""The truth of mart_topic_collaboration."""

from __future__ import annotations

import duckdb

from include.sandbox.truth.base import SIDE_B
from include.settings import Settings


def write(db: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    db.execute(
        "create table sensitive as select distinct topic_id, label from read_csv(?, all_varchar = true)",
        [str(settings.seeds / "sensitive_topics.csv")],
    )
    db.execute(
        f"""
        create table mart_topic_collaboration as
        with counts as (
            select reporter_code, publication_year, 'topic' as level, topic_id, count(*) as joint_papers
            from reported group by all
            union all
            select reporter_code, publication_year, 'subfield', subfield_id, count(*)
            from reported join topics using (topic_id) group by all
        ),
        wholes as (
            select reporter_code, publication_year, count(*) as reporter_joint_papers from reported group by all
        )
        select
            counts.reporter_code, '{SIDE_B}' as partner_code, counts.publication_year, level, counts.topic_id,
            level = 'topic' and counts.topic_id in (select topic_id from sensitive) as is_sensitive_topic,
            joint_papers, reporter_joint_papers, joint_papers::double / reporter_joint_papers as share_of_joint_papers,
            reporter_joint_papers < 25 as is_small_cell
        from counts join wholes using (reporter_code, publication_year)
        """
    )
