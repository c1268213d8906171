-- What the marts of joint papers by topic and by subfield have in common.

-- Reporter x partner x year x member, from `counts` (reporter x year x member with its papers, where there are any): members with
-- papers of the reporter in any year, in every year of the scope. `member`: the column that names one.
{% macro joint_papers_by(member, counts='counts') -%}
    select
        members.reporter_code,
        reporters.reporter_name,
        scope.side_b_code as partner_code,
        years.publication_year,
        members.{{ member }},
        coalesce(counts.papers, 0) as joint_papers,
        coalesce(wholes.joint_papers, 0) as reporter_joint_papers
    from (
        select distinct
            reporter_code,
            {{ member }}
        from {{ counts }}
    ) as members
    inner join ({{ reporter_names() }}) as reporters on members.reporter_code = reporters.reporter_code
    cross join {{ ref('stg_scope__scope') }} as scope
    cross join ({{ scope_years() }}) as years
    left join {{ counts }} as counts
        on members.reporter_code = counts.reporter_code
            and years.publication_year = counts.publication_year
            and members.{{ member }} = counts.{{ member }}
    left join ({{ papers_of_dimension('all') }}) as wholes
        on members.reporter_code = wholes.reporter_code and years.publication_year = wholes.publication_year
{%- endmacro %}
