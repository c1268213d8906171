-- What measures share. Each reads the parts of a figure's id as variables: reporter, first_year, last_year, ...
create temp macro in_years(of_year) as of_year between getvariable('first_year') and getvariable('last_year');

create temp macro joint_papers_of(code) as (
    select sum(joint_papers) from mart_copublication_trends
    where reporter_code = code and counting_method = 'full' and work_selection = 'all' and in_years(publication_year)
);

create temp macro joint_papers() as joint_papers_of(getvariable('reporter'));

create temp macro side_a() as (
    select reporter_code from dim_reporter
    where is_side_a
);

create temp macro code_of_side(
    of_side) as (
    select any_value(side_code) from dim_country
    where side = of_side
);

create temp macro joint_papers_in(of_year) as (
    select sum(joint_papers) from mart_copublication_trends
    where reporter_code = getvariable('reporter') and counting_method = 'full' and work_selection = 'all'
        and publication_year = of_year
);

create temp macro first_papers() as joint_papers_in(getvariable('first_year'));

create temp macro last_papers() as joint_papers_in(getvariable('last_year'));

create temp macro countries_with_growth() as table (
    select
        reporter_code,
        sum(joint_papers) filter (publication_year = getvariable('first_year')) as first_papers,
        sum(joint_papers) filter (publication_year = getvariable('last_year')) as last_papers
    from mart_copublication_trends
    where
        reporter_code in (
            select reporter_code from dim_reporter
            where reporter_kind = 'country'
        )
        and counting_method = 'full' and work_selection = 'all'
    group by reporter_code
    having first_papers >= 25 and last_papers >= 25
);

create temp macro disclosing_papers() as (
    select coalesce(sum(papers_with_funding), 0) from mart_funding_disclosure
    where reporter_code = getvariable('reporter') and in_years(publication_year)
);

create temp macro papers_of_both() as (
    select coalesce(sum(papers_with_funders_of_both_sides), 0) from mart_funding_disclosure
    where reporter_code = getvariable('reporter') and in_years(publication_year)
);

create temp macro papers_of_side(of_side) as (
    select coalesce(sum(papers), 0) from mart_funding_by_side
    where reporter_code = getvariable('reporter') and in_years(publication_year) and side_code = code_of_side(of_side)
);

create temp macro papers_of_class() as (
    select coalesce(sum(papers), 0) from mart_funding_by_class
    where reporter_code = getvariable('reporter') and in_years(publication_year) and funder_class = getvariable('class')
);

create temp macro papers_of_funder() as (
    select coalesce(sum(papers), 0) from mart_funding_by_funder
    where reporter_code = getvariable('reporter') and in_years(publication_year) and funder_id = getvariable('funder')
);

create temp macro papers_of_mix() as case getvariable('mix')
    when 'only_side_b' then papers_of_side('side_b') - papers_of_both()
    when 'only_side_a' then papers_of_side('side_a') - papers_of_both()
    when 'both_sides' then papers_of_both()
    when 'only_others'
        then disclosing_papers() - papers_of_side('side_a') - papers_of_side('side_b') + papers_of_both()
    when 'not_disclosed' then joint_papers() - disclosing_papers()
end;

create temp macro linked_papers() as (
    select coalesce(sum(military_linked_papers), 0) from mart_linked_papers
    where reporter_code = getvariable('reporter') and in_years(publication_year)
        and definition_code = getvariable('definition') and listing_basis = getvariable('basis')
);

-- an end of the 95 per cent interval of the linked share (Wilson's score): -1 the lower, 1 the upper
create temp macro linked_share_end(which) as (
    select
        (
            cells.part + cells.z * cells.z / (2 * cells.n)
            + which * cells.z
            * sqrt(cells.part * (1 - cells.part) / cells.n + cells.z * cells.z / (4 * cells.n * cells.n))
        ) / (1 + cells.z * cells.z / cells.n)
    from (
        select
            linked_papers() / joint_papers() as part,
            joint_papers() as n,
            1.959964 as z
    ) as cells
);

create temp macro topic_papers_of(code) as (
    select nullif(sum(joint_papers), 0) from mart_joint_papers_by_topic
    where topic_id = getvariable('topic') and reporter_code = code and in_years(publication_year)
);

create temp macro linked_papers_of_topic() as (
    select coalesce(sum(military_linked_papers), 0) from mart_linked_papers_by_topic
    where reporter_code = getvariable('reporter') and in_years(publication_year)
        and topic_id = getvariable('topic') and definition_code = 'any_list' and listing_basis = 'today'
);

create temp view papers_of_institutions as
select
    named.institution_id,
    works.work_id,
    works.publication_year,
    works.work_id in (select work_id from fct_work_funding) as discloses_funding,
    works.work_id in (
        select links.work_id from fct_work_military_links as links
        inner join dim_military_body as bodies on links.body_id = bodies.body_id
        where links.is_listed_today and bodies.narrowest_definition_code is not null
    ) as is_linked
from fct_work_institutions as named
inner join fct_works as works on named.work_id = works.work_id
where named.is_named and works.is_joint;
