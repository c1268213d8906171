"""Drift: how far the candidate has moved from the last release of its source and scope, and whether that is too far.

`measures/` says what is counted, a file a measure; `registry.py` reads them; `cells.py` runs each over both releases
and joins them; `comparable.py` says which cells a changed scope or list excuses; `limits.py` how far a cell may move,
from thresholds.yml and the last releases; `engine.py` judges. `reference.py` compares the reference tables themselves,
and `entries.py` writes the entries that a changed one needs.
"""
