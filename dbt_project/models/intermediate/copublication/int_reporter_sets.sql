-- Set of reporters that papers have in common (int_work_reporters) x reporter.
with

sets as (

    select distinct reporters
    from {{ ref('int_work_reporters') }}

),

members as (

    select
        reporters,
        unnest(string_split(reporters, '; ')) as reporter_code
    from sets

),

names as (

    select distinct
        reporter_code,
        reporter_name
    from {{ ref('int_reporters') }}

),

int_reporter_sets as (

    select
        members.reporters,
        members.reporter_code,
        names.reporter_name
    from members
    inner join names on members.reporter_code = names.reporter_code

)

select * from int_reporter_sets
