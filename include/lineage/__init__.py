"""Where the tables come from, told as OpenLineage events: source window, raw batch, typed batch, models, candidate,
release, Postgres.

Everything is read from the files that stages hand over, after they were written. So a run from the command line and
one under Airflow tell the same, and what a killed process did not tell, the next one does. Telling never fails a run.
`python -m include.lineage` draws the lineage of the current release.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.common.on_demand import on_demand

if TYPE_CHECKING:
    from include.lineage.graph import Graph, current_graph
    from include.lineage.names import Parent
    from include.lineage.telling import command_run, tell, tell_run, tell_served

__all__ = ["Graph", "Parent", "command_run", "current_graph", "tell", "tell_run", "tell_served"]

_MODULES = {
    "Graph": "graph",
    "Parent": "names",
    "command_run": "telling",
    "current_graph": "graph",
    "tell": "telling",
    "tell_run": "telling",
    "tell_served": "telling",
}

# the client of OpenLineage takes a quarter of a second, and with lineage off nobody needs it
__getattr__ = on_demand(__name__, _MODULES)
