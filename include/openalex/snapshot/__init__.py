"""The `snapshot` strategy: OpenAlex's bulk files become the same raw batches as its API's pages.

models.py    a part, a snapshot, a plan, and what was loaded
store.py     reads a folder or a bucket
manifest.py  finds the snapshot of works in a store and reads its manifest, of both layouts
selection.py which records of a part are in the scope (SQL)
bundle.py    a bundle of parts as pages for the sweep loop
gone.py      works that the snapshot lists as deleted or merged
load.py      plan, load, finish
"""

from include.openalex.snapshot.load import complete_load, finish, load, load_all, plan
from include.openalex.snapshot.models import LoadedBundle, SnapshotPlan

__all__ = ["LoadedBundle", "SnapshotPlan", "complete_load", "finish", "load", "load_all", "plan"]
