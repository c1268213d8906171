"""The source: OpenAlex. Scope, plan, sweeps of works, totals and references, all into the same raw batches."""

from include.openalex.extract import extract, extract_all, last_plan, plan, unswept_windows
from include.openalex.models import ExtractSummary, Plan, PlannedWindow
from include.openalex.references import sync_references
from include.openalex.scope import ScopeError, resolve_scope
from include.openalex.snapshot import finish as finish_snapshot
from include.openalex.snapshot import load as load_snapshot_bundle
from include.openalex.snapshot import load_all as load_snapshot
from include.openalex.snapshot import plan as plan_snapshot
from include.openalex.totals import sync_totals
from include.openalex.vanished import sync_vanished

__all__ = [
    "ExtractSummary",
    "Plan",
    "PlannedWindow",
    "ScopeError",
    "extract",
    "extract_all",
    "finish_snapshot",
    "last_plan",
    "load_snapshot",
    "load_snapshot_bundle",
    "plan",
    "plan_snapshot",
    "resolve_scope",
    "sync_references",
    "sync_totals",
    "sync_vanished",
    "unswept_windows",
]
