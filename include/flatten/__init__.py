"""Flatten: one raw batch -> typed flat tables, whatever generation of the source its records are from.

Nested JSON is met here and nowhere after. A batch needs nothing but itself, so any number of workers can flatten.
The tables are in include/contracts/typed.py; `sql/<entity>/<table>.sql` says how each is made.
"""

from include.contracts.versions import flatten_version
from include.flatten.batch import flatten_batch, flatten_new, flatten_stale

__all__ = ["flatten_batch", "flatten_new", "flatten_stale", "flatten_version"]
