-- One row an institution of an authorship.
select * exclude (stated_country, lineage) from authorship_institution
