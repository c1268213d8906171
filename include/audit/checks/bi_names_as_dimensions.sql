-- severity: fail
-- kind: integrity
-- group: labels
-- table: bi_reporter_year
-- sentence: Names, kinds, orders and places that stand beside a code in the BI layer are those of its dimension, and places of
--     reporters are those of their countries.
-- applies: always
with

told as (

    select
        'bi_counting_year' as table_name,
        'reporter' as kind,
        reporter_code as code,
        [reporter_name, reporter_kind] as words
    from bi_counting_year
    union
    select
        'bi_selection_year' as table_name,
        'reporter' as kind,
        reporter_code as code,
        [reporter_name, reporter_kind] as words
    from bi_selection_year
    union
    select
        'bi_month' as table_name,
        'reporter' as kind,
        reporter_code as code,
        [reporter_name, reporter_kind] as words
    from bi_month
    union
    select
        'bi_topic_year' as table_name,
        'reporter' as kind,
        reporter_code as code,
        [reporter_name, reporter_kind] as words
    from bi_topic_year
    union
    select
        'bi_funding_mix' as table_name,
        'reporter' as kind,
        reporter_code as code,
        [reporter_name, reporter_kind] as words
    from bi_funding_mix
    union
    select
        'bi_funder_class_year' as table_name,
        'reporter' as kind,
        reporter_code as code,
        [reporter_name, reporter_kind] as words
    from bi_funder_class_year
    union
    select
        'bi_funder_year' as table_name,
        'reporter' as kind,
        reporter_code as code,
        [reporter_name, reporter_kind] as words
    from bi_funder_year
    union
    select
        'bi_publisher_year' as table_name,
        'reporter' as kind,
        reporter_code as code,
        [reporter_name, reporter_kind] as words
    from bi_publisher_year
    union
    select
        'bi_linked_year' as table_name,
        'reporter' as kind,
        reporter_code as code,
        [reporter_name, reporter_kind] as words
    from bi_linked_year
    union
    select
        'bi_linked_body_year' as table_name,
        'reporter' as kind,
        reporter_code as code,
        [reporter_name, reporter_kind] as words
    from bi_linked_body_year
    union
    select
        'bi_linked_funder_class_year' as table_name,
        'reporter' as kind,
        reporter_code as code,
        [reporter_name, reporter_kind] as words
    from bi_linked_funder_class_year
    union
    select
        'bi_reporter_year' as table_name,
        'reporter and place' as kind,
        reporter_code as code,
        [
            reporter_name,
            reporter_kind,
            country_iso2,
            country_iso3,
            is_eu_member::varchar,
            latitude::varchar,
            longitude::varchar
        ] as words
    from bi_reporter_year
    union
    select
        'bi_side_year' as table_name,
        'reporter and place' as kind,
        reporter_code as code,
        [
            reporter_name,
            reporter_kind,
            country_iso2,
            country_iso3,
            is_eu_member::varchar,
            latitude::varchar,
            longitude::varchar
        ] as words
    from bi_side_year
    union
    select
        'dim_reporter' as table_name,
        'country and capital' as kind,
        reporter_code as code,
        [country_iso2, country_iso3, country_iso_numeric, capital_name, latitude::varchar, longitude::varchar] as words
    from dim_reporter
    where reporter_kind = 'country'
    union
    select
        'bi_partner_year' as table_name,
        'country and map' as kind,
        country_code as code,
        [country_name, country_iso3, region, side_name, latitude::varchar, longitude::varchar] as words
    from bi_partner_year
    union
    select
        'bi_institution' as table_name,
        'country and side' as kind,
        country_code as code,
        [country_name, side, side_name] as words
    from bi_institution
    union
    select
        'bi_institution_year' as table_name,
        'country and side' as kind,
        country_code as code,
        [country_name, side, side_name] as words
    from bi_institution_year
    union
    select
        'bi_funder_institution' as table_name,
        'country and side' as kind,
        country_code as code,
        [country_name, side, side_name] as words
    from bi_funder_institution
    union
    select
        'bi_work_institution' as table_name,
        'country and side' as kind,
        country_code as code,
        [country_name, side, side_name] as words
    from bi_work_institution
    union
    select
        'bi_institution' as table_name,
        'institution' as kind,
        institution_id as code,
        [institution_name, country_code, institution_type, city, latitude::varchar, longitude::varchar] as words
    from bi_institution
    union
    select
        'bi_institution_year' as table_name,
        'label' as kind,
        institution_id as code,
        [institution_label, country_code] as words
    from bi_institution_year
    union
    select
        'bi_funder_institution' as table_name,
        'label' as kind,
        institution_id as code,
        [institution_label, country_code] as words
    from bi_funder_institution
    union
    select
        'bi_work_institution' as table_name,
        'label' as kind,
        institution_id as code,
        [institution_label, country_code] as words
    from bi_work_institution
    union
    select
        'bi_pair' as table_name,
        'label' as kind,
        institution_a_id as code,
        [a_label, reporter_code] as words
    from bi_pair
    union
    select
        'bi_pair' as table_name,
        'listed' as kind,
        institution_b_id as code,
        [b_label, b_is_listed_today::varchar, b_listed_category_name, b_narrowest_definition_name] as words
    from bi_pair
    union
    select
        'bi_counting_year' as table_name,
        'method' as kind,
        counting_method as code,
        [counting_method_name, counting_method_order::varchar] as words
    from bi_counting_year
    union
    select
        'bi_selection_year' as table_name,
        'selection' as kind,
        work_selection as code,
        [selection_name, selection_order::varchar] as words
    from bi_selection_year
    union
    select
        'bi_linked_year' as table_name,
        'basis' as kind,
        listing_basis as code,
        [basis_name] as words
    from bi_linked_year
    union
    select
        'bi_linked_body_year' as table_name,
        'basis' as kind,
        listing_basis as code,
        [basis_name] as words
    from bi_linked_body_year
    union
    select
        'bi_linked_funder_class_year' as table_name,
        'basis' as kind,
        listing_basis as code,
        [basis_name] as words
    from bi_linked_funder_class_year
    union
    select
        'bi_linked_year' as table_name,
        'definition and order' as kind,
        definition_code as code,
        [definition_name, definition_order::varchar] as words
    from bi_linked_year
    union
    select
        'bi_linked_funder_class_year' as table_name,
        'definition and order' as kind,
        definition_code as code,
        [definition_name, definition_order::varchar] as words
    from bi_linked_funder_class_year
    union
    select
        'bi_work_link' as table_name,
        'definition and order' as kind,
        narrowest_definition_code as code,
        [narrowest_definition_name, narrowest_definition_order::varchar] as words
    from bi_work_link
    union
    select
        'bi_work' as table_name,
        'definition' as kind,
        narrowest_definition_code as code,
        [narrowest_definition_name] as words
    from bi_work
    union
    select
        'bi_institution' as table_name,
        'definition' as kind,
        narrowest_definition_code as code,
        [narrowest_definition_name] as words
    from bi_institution
    union
    select
        'bi_body' as table_name,
        'body' as kind,
        body_id as code,
        [body_name, category_name, narrowest_definition_code, narrowest_definition_name] as words
    from bi_body
    union
    select
        'bi_body_list' as table_name,
        'body' as kind,
        body_id as code,
        [body_name, category_name, narrowest_definition_code, narrowest_definition_name] as words
    from bi_body_list
    union
    select
        'bi_linked_body_year' as table_name,
        'body' as kind,
        body_id as code,
        [body_name, category_name, narrowest_definition_code, narrowest_definition_name] as words
    from bi_linked_body_year
    union
    select
        'bi_work_link' as table_name,
        'body' as kind,
        body_id as code,
        [body_name, category_name, narrowest_definition_code, narrowest_definition_name] as words
    from bi_work_link
    union
    select
        'bi_funder_class_year' as table_name,
        'class and order' as kind,
        funder_class as code,
        [funder_class_name, funder_class_order::varchar] as words
    from bi_funder_class_year
    union
    select
        'bi_linked_funder_class_year' as table_name,
        'class and order' as kind,
        funder_class as code,
        [funder_class_name, funder_class_order::varchar] as words
    from bi_linked_funder_class_year
    union
    select
        'bi_funder_institution' as table_name,
        'class' as kind,
        funder_class as code,
        [funder_class_name] as words
    from bi_funder_institution
    union
    select
        'bi_funder' as table_name,
        'funder' as kind,
        funder_id as code,
        [
            funder_name,
            funder_class,
            funder_class_name,
            funder_country_name,
            is_side_a_funder::varchar,
            is_side_b_funder::varchar
        ] as words
    from bi_funder
    union
    select
        'bi_funder_year' as table_name,
        'funder of a year' as kind,
        funder_id as code,
        [funder_name, funder_class, funder_class_name, funder_country_name] as words
    from bi_funder_year
    union
    select
        'bi_work_funder' as table_name,
        'funder' as kind,
        funder_id as code,
        [
            funder_name,
            funder_class,
            funder_class_name,
            funder_country_name,
            is_side_a_funder::varchar,
            is_side_b_funder::varchar
        ] as words
    from bi_work_funder
    union
    select
        'bi_topic_year' as table_name,
        'topic' as kind,
        topic_id as code,
        [topic_name, subfield_name, field_name, is_sensitive_topic::varchar, sensitive_label] as words
    from bi_topic_year
    union
    select
        'bi_work' as table_name,
        'topic' as kind,
        topic_id as code,
        [topic_name, subfield_name, field_name, is_sensitive_topic::varchar, sensitive_label] as words
    from bi_work

),

-- an institution of the EU is of every member, another funder of the area of its class, or else of its country
funder_sides as (

    select
        funders.funder_id,
        bool_or(countries.side = 'side_a') as is_side_a,
        bool_or(countries.side = 'side_b') as is_side_b
    from dim_funder as funders
    left join dim_country_group as members
        on funders.funder_class = 'eu_institution' and members.group_code = 'EU27'
    inner join dim_country as countries
        on coalesce(
                members.country_code,
                nullif(funders.funder_class_area_code, 'EU'),
                funders.country_code
            ) = countries.country_code
    group by funders.funder_id

),

known as (

    select
        'reporter' as kind,
        reporter_code as code,
        [reporter_name, reporter_kind] as words
    from dim_reporter
    union all
    select
        'reporter and place' as kind,
        reporter_code as code,
        [
            reporter_name,
            reporter_kind,
            country_iso2,
            country_iso3,
            is_eu_member::varchar,
            latitude::varchar,
            longitude::varchar
        ] as words
    from dim_reporter
    union all
    select
        'country and capital' as kind,
        country_code as code,
        [country_code, country_iso3, country_iso_numeric, capital_name, latitude::varchar, longitude::varchar] as words
    from dim_country
    union all
    select
        'country and map' as kind,
        country_code as code,
        [country_name, country_iso3, region, side_name, latitude::varchar, longitude::varchar] as words
    from dim_country
    union all
    select
        'country and side' as kind,
        country_code as code,
        [country_name, side, side_name] as words
    from dim_country
    union all
    select
        'institution' as kind,
        institution_id as code,
        [
            coalesce(institution_name, institution_id),
            country_code,
            institution_type,
            city,
            latitude::varchar,
            longitude::varchar
        ] as words
    from dim_institution
    union all
    select
        'label' as kind,
        institution_id as code,
        [institution_label, country_code] as words
    from bi_institution
    union all
    select
        'listed' as kind,
        institution_id as code,
        [institution_label, is_listed_today::varchar, listed_category_name, narrowest_definition_name] as words
    from bi_institution
    union all
    select
        'method' as kind,
        counting_method as code,
        [method_name, method_order::varchar] as words
    from dim_counting_method
    union all
    select
        'selection' as kind,
        work_selection as code,
        [selection_name, selection_order::varchar] as words
    from dim_work_selection
    union all
    select
        'basis' as kind,
        listing_basis as code,
        [basis_name] as words
    from dim_listing_basis
    union all
    select
        'definition and order' as kind,
        definition_code as code,
        [definition_name, definition_order::varchar] as words
    from dim_military_definition
    union all
    select
        'definition' as kind,
        definition_code as code,
        [definition_name] as words
    from dim_military_definition
    union all
    select
        'body' as kind,
        bodies.body_id as code,
        [
            bodies.body_name,
            categories.category_name,
            bodies.narrowest_definition_code,
            definitions.definition_name
        ] as words
    from dim_military_body as bodies
    left join dim_military_category as categories on bodies.category = categories.category
    left join dim_military_definition as definitions on bodies.narrowest_definition_code = definitions.definition_code
    union all
    select
        'class and order' as kind,
        funder_class as code,
        [funder_class_name, class_order::varchar] as words
    from dim_funder_class
    union all
    select
        'class' as kind,
        funder_class as code,
        [funder_class_name] as words
    from dim_funder_class
    union all
    select
        'funder' as kind,
        funders.funder_id as code,
        [
            coalesce(funders.funder_name, funders.funder_id),
            funders.funder_class,
            classes.funder_class_name,
            case when funders.funder_class = 'eu_institution' then 'European Union' else countries.country_name end,
            coalesce(funder_sides.is_side_a, false)::varchar,
            coalesce(funder_sides.is_side_b, false)::varchar
        ] as words
    from dim_funder as funders
    left join dim_funder_class as classes on funders.funder_class = classes.funder_class
    left join dim_country as countries on funders.country_code = countries.country_code
    left join funder_sides on funders.funder_id = funder_sides.funder_id
    union all
    select
        'funder of a year' as kind,
        funder_id as code,
        [funder_name, funder_class, funder_class_name, funder_country_name] as words
    from bi_funder
    union all
    select
        'topic' as kind,
        topic_id as code,
        [topic_name, subfield_name, field_name, is_sensitive_topic::varchar, sensitive_label] as words
    from dim_topic

)

select
    told.table_name,
    told.kind,
    told.code,
    told.words as found,
    known.words as of_dimension
from told
left join known on told.kind = known.kind and told.code = known.code
where told.code is not null and told.words is distinct from known.words
