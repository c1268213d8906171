-- kind: rows
-- table: candidate
-- sentence: No table has many more or fewer rows than before.
-- moved_by: military_*[about='military'], address_places[about='military'], funder_*[about='funding'],
--     award_patterns[about='funding'], countr*[about='countries'],
--     work_selections[table_name='dim_work_selection'], counting_methods[table_name='dim_counting_method'],
--     headline_figures[table_name='mart_headline_figures'], subject_topics
select
    table_name,
    case
        when table_name like '%military%' then 'military'
        when table_name like '%fund%' or table_name like '%award%' then 'funding'
        when table_name like 'dim_country%' then 'countries'
        else 'works'
    end as about,
    row_count as value
from release_tables
-- tables of runs and days grow by themselves; those of bi_* are made of the others
where table_name not like 'mart_ops_%' and table_name not like 'bi_%' and table_name != 'dim_day'
