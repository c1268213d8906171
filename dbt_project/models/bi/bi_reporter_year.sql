-- Country of side A x year, every year of the scope: all additive counts side by side. Groups are in bi_side_year.
{{ reporter_figures("reporters.reporter_kind = 'country'") }}
