"""Releases: what readers see. Made aside, shown with one rename, pointed at with another; the last few are kept.

`publishing.py` makes a release of an audited candidate, `database.py` its marts.duckdb, `downloads.py` its CSV and
dictionary, `ops.py` its tables about itself, `catalogue.py` knows which releases there are and points `current`,
`queries.py` and `show.py` read it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.contracts.release import Release
from include.settings import Settings

if TYPE_CHECKING:
    from include.release.queries import QueryResult

__all__ = ["current", "list_releases", "publish", "query", "rollback"]


def publish(settings: Settings, run_id: str) -> Release:
    """Make the candidate `build/<run_id>/` the current release; the same again changes nothing.

    Raises:
        GateFailed: the candidate has no verdict, or one that did not pass.
        ContractError: the candidate is torn, or was changed after its audit.
        BusyError: another process publishes or rolls back.
    """
    from include.release.publishing import publish_candidate

    return publish_candidate(settings, run_id)


def current(settings: Settings) -> Release | None:
    """The release that readers see, or None before the first."""
    from include.release.catalogue import current_release

    return current_release(settings)


def list_releases(settings: Settings) -> list[Release]:
    """Every release that is kept, newest first."""
    from include.release.catalogue import kept_releases

    return kept_releases(settings)


def rollback(settings: Settings, to: str | None = None) -> Release:
    """Point `current` at release `to`, or at the one before the current one. Nothing is removed.

    Raises:
        ReleaseError: there is no such release.
    """
    from include.release.catalogue import point_back

    return point_back(settings, to)


def query(settings: Settings, sql: str) -> QueryResult:
    """Run SQL on the current release, read-only.

    Raises:
        ReleaseError: nothing is published yet.
        QueryError: the SQL cannot be run.
    """
    from include.release.queries import run_query

    return run_query(settings, sql)
