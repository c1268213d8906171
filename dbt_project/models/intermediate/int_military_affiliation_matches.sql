-- Address as printed x listed body that it names (macros/affiliations.sql). Made anew in every build, because a corrected list
-- changes what old addresses say.
{{ affiliation_matches(
    '(select distinct raw_affiliation_string as affiliation_text from ' ~ ref('int_work_affiliations') ~ ')',
    ref('int_military_names'),
    source('reference', 'countries'),
    source('reference', 'address_places')
) }}
