"""What can go wrong between us and the source, one type for each thing to do about it.

Raised by the client (client.py) unless the docstring says otherwise, after the retries that make sense for the type.
Nobody inside this package swallows them: the command line prints them, and Airflow retries or gives up by type. On disk
there is always the same: committed batches are untouched, and a batch in progress keeps every page up to its cursor, so
the same command goes on where it stopped. No error ever holds the key.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from include.common.errors import EntangledError


class SourceError(EntangledError):
    """Any of the errors below."""

    def __reduce__(self) -> tuple[object, ...]:
        # a worker process hands the error over whole, with what its type adds
        return (_restored, (type(self), self.args, dict(self.__dict__)))


class Throttled(SourceError):
    """Too many requests a second (429). The client waits and tries again; raised when that did not help, or when the
    source asks for a pause too long to sleep. Caught by Airflow: retry in minutes."""

    def __init__(self, what: str, *, retry_after: float = 1.0, where: str = "", fix: str = "") -> None:
        super().__init__(what, where=where, fix=fix)
        self.retry_after = retry_after


class BudgetExhausted(SourceError):
    """The day's credits are spent (429). Never slept through. Caught by the ingest flow, which ends for today and goes
    on after `resets_at`."""

    exit_code = 5

    def __init__(self, what: str, *, resets_at: datetime, where: str = "", fix: str = "") -> None:
        super().__init__(what, where=where, fix=fix)
        self.resets_at = resets_at


class PlanRequired(SourceError):
    """The request needs a paid plan (429 or 403). Never retried: it will be refused again."""


class BadRequest(SourceError):
    """The source does not understand the request (400 and kin). Never retried: the scope or the code must change."""


class NotFound(SourceError):
    """There is no such record (404). Caught where single records are asked for; elsewhere a wrong base URL."""


class Unauthorised(SourceError):
    """The key is missing, wrong or may not do this (401, 403). Never retried."""

    exit_code = 2


class UpstreamTimeout(SourceError):
    """The query took the source too long (504), or no whole answer came within the time limit. Retried by the client;
    then caught by `extract`, which splits the window, and raised when it cannot be split further."""


class MalformedPage(SourceError):
    """A 200 whose body is no JSON list page: HTML, cut off, or without `meta` and `results`. Retried by the client."""


class AnswerTooLarge(SourceError):
    """The answer is longer than the client reads, or the source refuses to give one that long (503 "too large", 413).
    Caught by `list_pages` and the sync of references, which ask for fewer records at a time; raised for one record."""


class Unreachable(SourceError):
    """No connection, or the source answers 5xx. Retried by the client for some seconds."""

    def __init__(self, what: str, *, retry_after: float = 0.0, where: str = "", fix: str = "") -> None:
        super().__init__(what, where=where, fix=fix)
        self.retry_after = retry_after


class IncompleteWindow(SourceError):
    """A sweep ended with fewer or more records than the source counts. Raised by the sweep loop (runner.py) when a
    second sweep did not help; caught by `extract`, which splits the window. The incomplete batch is thrown away."""


class UnreliableSource(SourceError):
    """The source contradicts itself. About single works: raised by the check of vanished works (vanished.py) before
    anything is taken back; the next run checks the same works again. About counts: raised by the planner (planner.py)
    before anything is asked for."""


class CursorLost(SourceError):
    """The source does not accept a cursor that it gave (400), or its cursors lead nowhere. Raised by the client and the
    worker; caught by the sweep loop, which throws the batch in progress away and begins the window anew; raised when
    that did not help."""


class SnapshotFault(SourceError):
    """The snapshot is not there, or a file of it is not what its manifest says. Never retried."""


class SnapshotChanged(SourceError):
    """The snapshot was replaced while it was read. What was loaded is kept; the new release is loaded over it. Never
    retried at once: the new release takes hours to appear."""


class MixedOrigins(SourceError):
    """The source's data is of another kind (synthetic, recorded, real) than the batches of this home. Raised by the
    sweep loop before anything is written."""


def _restored(kind: type[SourceError], arguments: tuple[Any, ...], state: dict[str, Any]) -> SourceError:
    error = kind.__new__(kind)
    error.args = arguments
    error.__dict__.update(state)
    return error
