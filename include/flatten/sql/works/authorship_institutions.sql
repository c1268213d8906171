-- One row an institution of an authorship.
select * exclude (lineage) from authorship_institution
