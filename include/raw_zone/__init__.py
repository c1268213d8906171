"""The raw zone: batches of records as received. Write them, commit them, list them, verify them.

Layout and meaning of the files: include/contracts/batch.py. Beside the batches lie `_sweeps/` (what was asked last and
when, sweeps.py) and, for the batches that gate 1 refused, `_rejected/`.
"""

from include.raw_zone.batches import list_batches
from include.raw_zone.tombstones import Finding, write_tombstones
from include.raw_zone.verify import RawZoneReport, verify
from include.raw_zone.writer import BatchWriter

__all__ = ["BatchWriter", "Finding", "RawZoneReport", "list_batches", "verify", "write_tombstones"]
