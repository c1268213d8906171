-- One row a place in a work's list of authors; `author_index` starts at 1.
select
    work_id,
    author_index,
    author_position,
    short_id(author_id, 'A') as author_id,
    is_corresponding,
    filter_reads
from authorship
