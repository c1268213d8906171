-- Name that stands without a funder id x the funder that it is: by its longest form that means one funder, or funders of one
-- class and country.
with

forms as (

    select * from {{ ref('int_funder_name_forms') }}

),

candidates as (

    select * from {{ ref('int_funder_form_candidates') }}

),

safe as (

    select form
    from candidates
    group by form
    having count(distinct case
            when funder_class not in ('eu_national', 'other') then funder_class
            else coalesce(funder_class, '') || coalesce(country_code, '')
        end) = 1
        and (min(preference) < 5 or count(distinct funder_id) = 1)

),

int_funder_names as (

    select
        forms.name_key,
        candidates.funder_id
    from forms
    inner join candidates on forms.form = candidates.form
    inner join safe on candidates.form = safe.form
    qualify row_number() over (
            partition by forms.name_key
            order by forms.shortened, candidates.preference, candidates.funder_id
        ) = 1

)

select * from int_funder_names
