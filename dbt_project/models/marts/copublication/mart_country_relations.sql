-- Country or group x partner x year, for the whole world: how strong the relation is, from counts of all papers alone.
with

totals as (

    select * from {{ ref('int_totals') }}

),

scope as (

    select * from {{ ref('stg_scope__scope') }}

),

groups as (

    select * from {{ ref('stg_scope__groups') }}

),

countries as (

    select * from {{ ref('dim_country') }}

),

complete_until as (

    select * from {{ ref('int_complete_until') }}

),

-- a side of one country is that country, under the side's name
side_a as (

    select distinct
        groups.country_code,
        case when groups.country_code = scope.side_a_code then scope.side_a_name end as side_a_name
    from groups
    cross join scope
    where groups.role = 'side_a'

),

side_b as (

    select country_code
    from groups
    where role = 'side_b'

),

group_names as (

    select distinct
        group_code,
        group_name
    from groups

),

of_partner as (

    select
        totals.group_code as country_code,
        totals.total_kind = 'group_partner' as is_group,
        totals.publication_year,
        totals.papers as joint_papers,
        totals.count_basis as joint_papers_basis
    from totals
    inner join scope on totals.condition_code = scope.side_b_code
    where totals.papers > 0
        and (
            totals.total_kind = 'partner'
            and totals.group_code not in (select country_code from side_b)
            or totals.total_kind = 'group_partner'
            and totals.group_code != scope.side_b_code
            -- a side of one country is that country
            and totals.group_code not in (select country_code from countries)
        )

),

members as (

    select distinct
        group_code,
        country_code
    from groups
    where role in ('side_a', 'group')

),

-- a group stands in the ranking instead of its members; a country among countries
with_more as (

    select
        ours.country_code,
        ours.publication_year,
        count(*) as countries
    from of_partner as ours
    inner join of_partner as others
        on ours.publication_year = others.publication_year
            and not others.is_group
            and ours.joint_papers < others.joint_papers
    left join members
        on ours.is_group
            and ours.country_code = members.group_code
            and others.country_code = members.country_code
    where members.country_code is null
    group by ours.country_code, ours.publication_year

),

compared as (

    select
        of_partner.*,
        scope.side_b_code as partner_code,
        scope.side_b_name as partner_name,
        own.papers as country_papers,
        partner.papers as partner_papers,
        world.papers as world_papers,
        case
            when of_partner.joint_papers > least(own.papers, partner.papers) then 'contradicted'
            when own.papers is null or partner.papers is null then null
            when 'corrected' in (of_partner.joint_papers_basis, own.count_basis, partner.count_basis) then 'corrected'
            else of_partner.joint_papers_basis
        end as count_basis,
        sqrt(cast(own.papers as double) * partner.papers) as mean_papers,
        {{ ratio('cast(own.papers as double) * partner.papers', 'world.papers') }} as expected_papers
    from of_partner
    cross join scope
    left join totals as own
        on own.total_kind = case when of_partner.is_group then 'group' else 'country' end
            and of_partner.country_code = own.group_code
            and of_partner.publication_year = own.publication_year
    left join totals as partner
        on partner.total_kind = 'group'
            and scope.side_b_code = partner.group_code
            and of_partner.publication_year = partner.publication_year
    left join totals as world
        on world.total_kind = 'world'
            and of_partner.publication_year = world.publication_year

),

mart_country_relations as (

    select
        compared.country_code,
        coalesce(group_names.group_name, side_a.side_a_name, countries.country_name, compared.country_code)
            as country_name,
        compared.is_group,
        compared.is_group or side_a.country_code is not null as is_reporter,
        compared.partner_code,
        compared.partner_name,
        compared.publication_year,
        compared.joint_papers,
        compared.country_papers,
        compared.partner_papers,
        compared.world_papers,
        1 + coalesce(with_more.countries, 0) as partner_rank,
        compared.count_basis,
        case
            when compared.count_basis != 'contradicted'
                then {{ ratio('compared.joint_papers', 'compared.mean_papers') }}
        end as salton_cosine,
        compared.expected_papers,
        {{ ratio('compared.joint_papers', 'compared.expected_papers') }} as relative_intensity,
        make_date(compared.publication_year, 12, 31) <= complete_until.complete_until as is_complete_year,
        compared.joint_papers < {{ small_cell() }} as is_small_cell
    from compared
    cross join complete_until
    left join with_more
        on compared.country_code = with_more.country_code and compared.publication_year = with_more.publication_year
    left join countries on not compared.is_group and compared.country_code = countries.country_code
    left join group_names
        on compared.is_group and compared.country_code = group_names.group_code
    left join side_a
        on compared.country_code = side_a.country_code

)

select * from mart_country_relations
