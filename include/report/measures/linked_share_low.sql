-- unit: share
-- parts: definition, basis, reporter, years
-- Lower end of the interval of the linked share.
select linked_share_end(-1)
