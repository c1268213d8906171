"""The pictures, a module a section. Each function takes what was read and gives a Picture, or None when there is
nothing to
show. Every picture has its table, so that nothing is told by looks alone."""
