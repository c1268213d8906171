"""Releases: what readers see. Made aside, shown with one rename, pointed at with another; the last few are kept.

`fitness.py` says whether a candidate may be published, `publishing.py` makes a release of it, `database.py` its
marts.duckdb, `downloads.py` its CSV and dictionary, `workbook.py` its Excel file, `ops.py` its tables about itself,
`postgres.py` serves the current one from Postgres, if there is one. `catalogue.py` knows which releases there are and
points `current`, `holding.py` takes readers back and forward, `verifying.py` reads releases against their records,
`opening.py` is how programs open one, `queries.py` and `show.py` how people do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.contracts.hold import Hold
from include.contracts.release import Release
from include.settings import Settings, get_settings

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from include.release.postgres import Served
    from include.release.queries import QueryResult
    from include.release.verifying import Verification

__all__ = [
    "current",
    "current_folder",
    "hold",
    "is_served",
    "list_releases",
    "open_current",
    "publish",
    "query",
    "rollback",
    "rollforward",
    "serve",
    "verify",
    "waiting_runs",
]


def open_current(settings: Settings | None = None) -> duckdb.DuckDBPyConnection:
    """A read-only connection to the current release; `with open_current() as db: ...` closes it.

    The link is followed once: every statement of the connection is answered by the same release, whatever is published
    meanwhile. `settings`: those of the environment when None.

    Raises:
        ReleaseError: nothing is published yet, or the database is torn.
    """
    from include.release.opening import open_current_database

    return open_current_database(settings or get_settings())


def current_folder(settings: Settings | None = None) -> Path:
    """The folder of the current release, for whoever reads several of its files: all below it is of one release.

    It stays at least ENTANGLED_READER_GRACE_MINUTES after another release took its place.

    Raises:
        ReleaseError: nothing is published yet.
    """
    from include.release.catalogue import current_folder as folder

    return folder(settings or get_settings())


def publish(settings: Settings, run_id: str) -> Release:
    """Make the candidate `build/<run_id>/` the current release; the same again changes nothing.

    While a release is held, it stays the current one and is returned; the candidate waits for `rollforward`.

    Raises:
        GateFailed: the candidate has no verdict, or one that did not pass.
        ContractError: the candidate is torn, not the one that was audited, or of another scope or origin.
        ReleaseError: a release of a younger candidate is published already, or the release that is held is gone.
        BusyError: another process publishes or rolls back.
    """
    from include.release.publishing import publish_candidate

    return publish_candidate(settings, run_id)


def current(settings: Settings) -> Release | None:
    """The release that readers see; None before the first, and when it is torn (which is logged)."""
    from include.release.catalogue import readable_current

    return readable_current(settings)


def list_releases(settings: Settings) -> list[Release]:
    """Every release that is kept and can be read, newest first."""
    from include.release.catalogue import kept_releases

    return kept_releases(settings)


def rollback(settings: Settings, to: str | None = None, reason: str = "") -> Release:
    """Point `current` at release `to`, and hold it there until `rollforward`. Nothing is removed.

    Without `to`: at the newest whole release before the current one that is of its origin, source and scope.

    Raises:
        ReleaseError: there is no such release, or it is torn.
        BusyError: another process publishes or rolls back.
    """
    from include.release.holding import roll_back

    return roll_back(settings, to, reason)


def rollforward(settings: Settings) -> Release:
    """Lift the hold. The newest candidate that passed meanwhile is published; without one, the newest whole release is
    the current one again.

    Raises:
        ReleaseError: there is no whole release.
        BusyError: another process publishes or rolls back.
    """
    from include.release.holding import roll_forward

    return roll_forward(settings)


def hold(settings: Settings) -> Hold | None:
    """The hold, None when nothing is held.

    Raises:
        ContractError: it cannot be read.
    """
    from include.contracts.hold import hold_in

    return hold_in(settings.releases_dir)


def waiting_runs(settings: Settings) -> list[str]:
    """Runs that passed their audit and are younger than every release, newest first: while a release is held, they
    wait."""
    from include.release.holding import waiting_runs as runs

    return runs(settings)


def verify(settings: Settings, release_id: str | None = None) -> Verification:
    """Read every file of all kept releases (or of one) against its record, and look at the link and the hold.

    Raises:
        ReleaseError: there is no release of that name.
    """
    from include.release.verifying import verify_releases

    return verify_releases(settings, release_id)


def is_served(settings: Settings) -> bool:
    """Whether releases are served from Postgres: ENTANGLED_PUBLISH_POSTGRES."""
    return settings.publish_postgres is not None


def serve(settings: Settings, *, replace_source: bool = False) -> Served:
    """Let Postgres serve what `current` names: load it if it is not there, switch the views, remove what is not kept.

    Whatever was published, rolled back, or missed while the server was away: it is the same command, and done again it
    changes nothing. Killed anywhere, or when the server dies, Postgres serves what it served before. Readers who are
    served data of another origin or scope are led to these with `replace_source` alone.

    Raises:
        SettingsError: there is no Postgres to publish into.
        ReleaseError: nothing is published yet, or the current release is torn.
        ServerAway: it cannot be reached, or went away meanwhile.
        PostgresError: it refuses what we ask, serves data of another origin or scope, or readers' transactions keep the
            views from being switched.
        BusyError: another process publishes into it.
    """
    from include.release.postgres import serve_current

    return serve_current(settings, replace_source=replace_source)


def query(settings: Settings, sql: str) -> QueryResult:
    """Run SQL on the current release, read-only.

    Raises:
        ReleaseError: nothing is published yet, or the release is torn.
        QueryError: the SQL cannot be run.
    """
    from include.release.queries import run_query

    return run_query(settings, sql)
