-- Institution of side A x institution of side B, all years together.
{{ config(materialized='view') }}

with

pairs as (

    select
        institution_a_id,
        institution_b_id,
        cast(sum(joint_papers) as bigint) as joint_papers,
        min(rank_in_country_a) as rank_in_country_a,
        min(publication_year) as first_year,
        max(publication_year) as last_year
    from {{ ref('mart_institution_pairs') }}
    group by institution_a_id, institution_b_id

),

institutions as (

    select * from {{ ref('bi_institution') }}

),

bi_pair as (

    select
        pairs.institution_a_id,
        side_a.institution_label as a_label,
        reporters.reporter_code,
        reporters.reporter_name,
        side_a.institution_type as a_type,
        side_a.city as a_city,
        side_a.latitude as a_latitude,
        side_a.longitude as a_longitude,
        pairs.institution_b_id,
        side_b.institution_label as b_label,
        side_b.country_name as b_country_name,
        side_b.institution_type as b_type,
        side_b.city as b_city,
        side_b.latitude as b_latitude,
        side_b.longitude as b_longitude,
        side_b.is_listed_today as b_is_listed_today,
        side_b.listed_category_name as b_listed_category_name,
        side_b.narrowest_definition_name as b_narrowest_definition_name,
        side_b.listed_bodies as b_listed_bodies,
        pairs.joint_papers,
        pairs.rank_in_country_a,
        pairs.first_year,
        pairs.last_year
    from pairs
    inner join institutions as side_a on pairs.institution_a_id = side_a.institution_id
    inner join institutions as side_b on pairs.institution_b_id = side_b.institution_id
    inner join {{ ref('dim_reporter') }} as reporters on side_a.country_code = reporters.reporter_code

)

select * from bi_pair
