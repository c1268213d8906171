-- Group (or side A as a whole) x year, every year of the scope: all additive counts side by side.
{{ reporter_figures("reporters.reporter_kind = 'group' or reporters.is_side_a") }}
