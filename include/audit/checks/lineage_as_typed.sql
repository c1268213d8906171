-- severity: fail
-- kind: integrity
-- group: labels
-- table: bridge_institution_lineage
-- sentence: Ancestors of the institutions of works are those of the newest batch that names any, and none is missing.
-- applies: always
with

newest as (

    select
        institution_id,
        max(batch_id) as batch_id
    from typed.institution_lineage
    group by institution_id

),

told as (

    select distinct
        lineage.institution_id,
        lineage.ancestor_id
    from typed.institution_lineage as lineage
    inner join newest
        on lineage.institution_id = newest.institution_id and lineage.batch_id = newest.batch_id
    where lineage.institution_id != lineage.ancestor_id
        and lineage.institution_id in (select institution_id from dim_institution)

)

(
    select
        'is missing' as what,
        institution_id,
        ancestor_id
    from told
    except
    select
        'is missing' as what,
        institution_id,
        ancestor_id
    from bridge_institution_lineage
)
union all
(
    select
        'nobody says it' as what,
        institution_id,
        ancestor_id
    from bridge_institution_lineage
    except
    select
        'nobody says it' as what,
        institution_id,
        ancestor_id
    from told
)
