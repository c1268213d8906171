"""What `make status` says: the home, what it holds, how it is, and the log-in of a local Airflow."""

from __future__ import annotations

from collections.abc import Iterator

from include.common.clock import utc_now
from include.health.facts import gather
from include.health.looking import note
from include.health.report import health_of, lines
from include.local import airflow
from include.local.processes import read_register
from include.local.sources import current_key
from include.settings import Settings


def status(settings: Settings) -> str:
    """The lines. What is found wrong is noted, so that it is shown here without anybody watching; nobody is told."""
    facts = gather(settings, utc_now())
    note(settings, facts)
    told = [("home", str(settings.home)), ("source", current_key(settings) or "none yet")]
    told += [(name, text) for name, text in _of_release(settings) if text]
    entries, _ = read_register(settings)
    if any(entry.process() for entry in entries):
        told.append(("Airflow", airflow.url(settings)))
        told.append(("log-in", f"{airflow.USER}, password {airflow.Secrets.of(settings).password}"))
    else:
        told.append(("Airflow", "not running (make up starts it)"))
    if facts.began_at is None:
        told.append(("watched", "by nobody, so that nobody is told when a release is late (make up, make watch)"))
    health = lines(health_of(facts, settings))
    width = max(len(name) for name, _ in [*told, *health]) + 1
    return "\n".join(f"{f'{name}:' if name else '':<{width}} {text}" for name, text in [*told, *health])


def _of_release(settings: Settings) -> Iterator[tuple[str, str]]:
    from include.release.catalogue import ReleaseError, current_release
    from include.release.show import hold_lines, refusal_lines, versions

    try:
        release = current_release(settings)
    except ReleaseError as error:
        yield "release", f"{error.what}; {error.fix}"
    else:
        yield "release", release.release_id if release else "none yet"
        if release is not None:
            yield "", versions(release)
            for check in release.accepted:
                yield "", f"accepted: {check.name}: {check.accepted}"
    for line in (*hold_lines(settings), *refusal_lines(settings)):
        yield "", line
