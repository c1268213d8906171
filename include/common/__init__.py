"""Small things that every stage stands on and that know no stage: errors, atomic files, locks, ids, progress."""
