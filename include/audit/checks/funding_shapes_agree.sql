-- severity: fail
-- kind: integrity
-- group: recounts
-- table: mart_funding_disclosure
-- sentence: Funding marts of one grain hold the rows and numbers of the marts of several that they replace, every year of the
--     scope where they count by year, and the same papers that disclose funding in each row of a reporter and year.
-- applies: always
with

of_one_grain as (

    select
        'mart_funding_disclosure' as table_name,
        [reporter_code, reporter_name, publication_year::text, level] as names,
        [papers, papers_with_funding, joint_papers]::double[] as numbers
    from (
        select
            reporter_code,
            reporter_name,
            publication_year,
            papers_with_funding,
            joint_papers,
            unnest(['any', 'joint']) as level,
            unnest([papers_with_funding, papers_with_funders_of_both_sides]) as papers
        from mart_funding_disclosure
    ) as disclosure
    where papers > 0
    union all
    select
        'mart_funding_disclosure' as table_name,
        [reporter_code, reporter_name, publication_year::text, 'all'] as names,
        [
            joint_papers,
            papers_with_funding,
            papers_with_funder_id,
            papers_recognised_otherwise,
            papers_with_unrecognised_funders,
            disclosed_share,
            is_small_cell::integer
        ]::double[] as numbers
    from mart_funding_disclosure
    where joint_papers > 0
    union all
    select
        'mart_funding_by_publisher' as table_name,
        [reporter_code, reporter_name, publication_year::text, publisher_name] as names,
        [
            joint_papers,
            papers_with_funding,
            papers_with_funder_id,
            papers_recognised_otherwise,
            papers_with_unrecognised_funders,
            disclosed_share,
            is_small_cell::integer
        ]::double[] as numbers
    from mart_funding_by_publisher
    where joint_papers > 0
    union all
    select
        'mart_funding_by_source_type' as table_name,
        [reporter_code, reporter_name, publication_year::text, source_type] as names,
        [
            joint_papers,
            papers_with_funding,
            papers_with_funder_id,
            papers_recognised_otherwise,
            papers_with_unrecognised_funders,
            disclosed_share,
            is_small_cell::integer
        ]::double[] as numbers
    from mart_funding_by_source_type
    where joint_papers > 0
    union all
    select
        table_name,
        [reporter_code, reporter_name, publication_year::text, funder_class, funder_id, funder_name] as names,
        [
            papers,
            papers_with_funding,
            joint_papers,
            share_of_papers_with_funding,
            disclosed_share,
            is_small_cell::integer
        ]::double[] as numbers
    from (
        select
            * exclude (side_name) rename (side_code as funder_class),
            'mart_funding_by_side' as table_name,
            'ALL' as funder_id,
            'Funders of ' || side_name as funder_name
        from mart_funding_by_side
        union all by name
        select
            * rename (funder_class_name as funder_name),
            'mart_funding_by_class' as table_name,
            'ALL' as funder_id
        from mart_funding_by_class
        union all by name
        select
            *,
            'mart_funding_by_funder' as table_name
        from mart_funding_by_funder
    ) as by_funders
    where papers > 0
    union all
    select
        table_name,
        [institution_id, institution_name, country_code, side_code, funder_class, funder_id, funder_name] as names,
        [
            papers,
            papers_with_funding,
            joint_papers,
            share_of_papers_with_funding,
            disclosed_share,
            is_small_cell::integer
        ]::double[] as numbers
    from (
        select
            * rename (funder_class_name as funder_name),
            'mart_institution_funder_classes' as table_name,
            'ALL' as funder_id
        from mart_institution_funder_classes
        union all by name
        select
            *,
            'mart_institution_funders' as table_name
        from mart_institution_funders
    ) as of_institutions

),

of_several as (

    select
        'mart_funding_disclosure' as table_name,
        [reporter_code, reporter_name, publication_year::text, level] as names,
        [papers, papers_with_funding, joint_papers]::double[] as numbers
    from mart_funding_sources
    where level in ('any', 'joint')
    union all
    select
        case dimension when 'all' then 'mart_funding_disclosure' else 'mart_funding_by_' || dimension end as table_name,
        [
            reporter_code,
            reporter_name,
            publication_year::text,
            case dimension when 'all' then 'all' else dimension_value end
        ] as names,
        [
            joint_papers,
            papers_with_funding,
            papers_with_funder_id,
            papers_recognised_otherwise,
            papers_with_unrecognised_funders,
            disclosed_share,
            is_small_cell::integer
        ]::double[] as numbers
    from mart_funding_coverage
    union all
    select
        'mart_funding_by_' || level as table_name,
        [reporter_code, reporter_name, publication_year::text, funder_class, funder_id, funder_name] as names,
        [
            papers,
            papers_with_funding,
            joint_papers,
            share_of_papers_with_funding,
            disclosed_share,
            is_small_cell::integer
        ]::double[] as numbers
    from mart_funding_sources
    where level not in ('any', 'joint')
    union all
    select
        'mart_institution_' || case level when 'class' then 'funder_classes' else 'funders' end as table_name,
        [institution_id, institution_name, country_code, side_code, funder_class, funder_id, funder_name] as names,
        [
            papers,
            papers_with_funding,
            joint_papers,
            share_of_papers_with_funding,
            disclosed_share,
            is_small_cell::integer
        ]::double[] as numbers
    from mart_funder_institutions

),

by_year as (

    select
        'mart_funding_by_side' as table_name,
        side_code as part,
        * exclude (side_code)
    from mart_funding_by_side
    union all by name
    select
        'mart_funding_by_class' as table_name,
        funder_class as part,
        * exclude (funder_class)
    from mart_funding_by_class
    union all by name
    select
        'mart_funding_by_funder' as table_name,
        funder_id as part,
        * exclude (funder_id, funder_class)
    from mart_funding_by_funder
    union all by name
    select
        'mart_funding_by_publisher' as table_name,
        publisher_name as part,
        reporter_code,
        reporter_name,
        publication_year
    from mart_funding_by_publisher
    union all by name
    select
        'mart_funding_by_source_type' as table_name,
        source_type as part,
        reporter_code,
        reporter_name,
        publication_year
    from mart_funding_by_source_type

),

all_reporters as (

    select distinct
        reporter_code,
        reporter_name
    from reporters

),

years as (

    select unnest(range(year_from, year_to + 1)) as publication_year from scope

),

parts as (

    select distinct
        table_name,
        reporter_code,
        part
    from by_year
    where table_name not in ('mart_funding_by_side', 'mart_funding_by_class')
    union all
    select
        'mart_funding_by_side' as table_name,
        all_reporters.reporter_code,
        sides.group_code as part
    from all_reporters
    cross join (
        select distinct group_code from sides
        where role in ('side_a', 'side_b')
    ) as sides
    union all
    select
        'mart_funding_by_class' as table_name,
        all_reporters.reporter_code,
        classes.funder_class as part
    from all_reporters
    cross join reference.funder_class_labels as classes

)

select
    'is in one alone, or differs' as what,
    table_name,
    names,
    numbers
from (
    (
        select * from of_one_grain
        except
        select * from of_several
    )
    union all
    (
        select * from of_several
        except
        select * from of_one_grain
    )
) as differing
union all
select
    'lacks a year' as what,
    'mart_funding_disclosure' as table_name,
    [all_reporters.reporter_code, years.publication_year::text] as names,
    [] as numbers
from all_reporters
cross join years
anti join mart_funding_disclosure as known
    on all_reporters.reporter_code = known.reporter_code
        and all_reporters.reporter_name = known.reporter_name
        and years.publication_year = known.publication_year
union all
select
    'lacks a year' as what,
    parts.table_name,
    [parts.reporter_code, years.publication_year::text, parts.part] as names,
    [] as numbers
from parts
cross join years
anti join by_year as known
    on parts.table_name = known.table_name
        and parts.reporter_code = known.reporter_code
        and parts.part = known.part
        and years.publication_year = known.publication_year
union all
select
    'another whole than mart_funding_disclosure' as what,
    by_year.table_name,
    [by_year.reporter_code, by_year.reporter_name, by_year.publication_year::text, by_year.part] as names,
    [by_year.papers_with_funding, by_year.joint_papers]::double[] as numbers
from by_year
left join mart_funding_disclosure as whole
    on by_year.reporter_code = whole.reporter_code and by_year.publication_year = whole.publication_year
where by_year.reporter_name is distinct from whole.reporter_name
    or coalesce(by_year.papers_with_funding, whole.papers_with_funding) is distinct from whole.papers_with_funding
    or coalesce(by_year.joint_papers, whole.joint_papers) is distinct from whole.joint_papers
