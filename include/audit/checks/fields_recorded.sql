-- severity: warn
-- kind: judgement
-- group: coverage
-- table: fct_works
-- sentence: Records of joint papers have funders, a primary topic and institutions. Where hardly any has, the marts of that
--     field say next to nothing.
-- applies: with_enough_papers
select
    field,
    papers || ' of ' || of_papers as joint_papers_with_it
from recorded_fields
where case field
        when 'funding' then papers < of_papers * getvariable('funding_disclosed_fail')
        when 'topics' then papers < of_papers * getvariable('topics_known_fail')
        else papers < of_papers * getvariable('institutions_recorded')
    end
