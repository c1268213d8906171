-- kind: papers
-- table: fct_works
-- sentence: As many joint papers as before are marked as retracted, preprints, of many authors, or of authors on
--     both sides.
-- moved_by: subject_topics
unpivot (
    select
        count(*) filter (is_retracted) as is_retracted,
        count(*) filter (is_preprint) as is_preprint,
        count(*) filter (is_hyperauthored) as is_hyperauthored,
        count(*) filter (has_dual_affiliation) as has_dual_affiliation,
        count(*) filter (is_english) as is_english,
        count(*) filter (is_authors_truncated) as is_authors_truncated,
        count(*) filter (is_in_scope) as is_in_scope,
        count(doi) as has_doi,
        count(publication_date) as has_publication_date,
        count(first_author_countries) as has_first_author_countries,
        count(corresponding_author_countries) as has_corresponding_author_countries,
        count(source_id) as has_source
    from fct_works
    where is_joint
) on columns(*) into name flag value value
