"""Taking readers back to an earlier release, in a way that later runs do not undo, and forward again."""

from __future__ import annotations

import getpass
import logging
import os
from datetime import datetime

from include.common.clock import utc_now
from include.common.errors import ContractError, EntangledError
from include.common.files import only_one
from include.contracts.candidate import LINEAGE, Lineage, Verdict
from include.contracts.hold import Hold, hold_file, hold_in, lift_hold
from include.contracts.release import Release
from include.release.catalogue import (
    ReleaseError,
    built_at,
    current_folder,
    current_id,
    find_release,
    kept_releases,
    lock_file,
    point_at,
    readable_current,
    remove_leftovers,
    torn_releases,
)
from include.release.fitness import Candidate, fit_candidate
from include.release.publishing import publish_fit
from include.release.verifying import require_whole, verify_folder
from include.settings import Settings

log = logging.getLogger("entangled")


def roll_back(settings: Settings, to: str | None, reason: str) -> Release:
    """See `include.release.rollback`."""
    with only_one(lock_file(settings), "a change of releases"):
        if current_id(settings) is None and to is None:
            # says that there is no release
            current_folder(settings)
        remove_leftovers(settings)
        target = _one_before(settings) if to is None else require_whole(settings, find_release(settings, to))
        earlier = _readable_hold(settings)
        hold = Hold(
            release_id=target.release_id,
            since=utc_now(),
            who=_who(),
            reason=reason,
            before=(earlier.before if earlier else "") or current_id(settings) or "",
            rolled_back_from=_rolled_back_from(settings, target, earlier),
        )
        # the hold first: killed between the two, the next that publishes or rolls back makes the switch
        hold.save(hold_file(settings.releases_dir))
        point_at(settings, target)
    return target


def roll_forward(settings: Settings) -> Release:
    """See `include.release.rollforward`."""
    with only_one(lock_file(settings), "a change of releases"):
        remove_leftovers(settings)
        newest = _newest_whole(settings, like=_had_before(settings))
        candidate = _newest_fit(settings, like=newest)
        # lifted first: killed after it, nothing is held, and the same command or the next run goes on from there
        lift_hold(settings.releases_dir)
        if candidate is not None:
            return publish_fit(settings, candidate)
        point_at(settings, newest)
    return newest


def waiting_runs(settings: Settings) -> list[str]:
    """Runs that passed their audit, and were built after every release that is kept; newest first."""
    return [lineage.run_id for lineage in _waiting(settings)]


def _one_before(settings: Settings) -> Release:
    """The newest whole release before the current one, of the same origin, source and scope."""
    now, now_id = readable_current(settings), str(current_id(settings))
    others: list[Release] = []
    for release in kept_releases(settings):
        is_before = release.published_at < now.published_at if now else _second(release.release_id) <= _second(now_id)
        if not is_before or release.release_id == now_id:
            continue
        if now is not None and not is_alike(release, now):
            others.append(release)
            continue
        problems = verify_folder(settings, release).problems
        if not problems:
            return release
        log.warning("release %s is torn and left out: %s", release.release_id, problems[0])
    like = " of the same origin, source and scope" if others else ""
    raise ReleaseError(
        f"there is no release before {now_id}{like}",
        where=str(settings.releases_dir),
        fix=f"name another one: make rollback TO={others[0].release_id} ({describe(others[0])})"
        if others
        else "`make release-list` shows those that are kept; to hold the current one: make rollback TO=<id>",
    )


def is_alike(one: Release | Lineage, other: Release) -> bool:
    """Whether both say something about the same: origin, source and scope."""
    same_source = one.source == other.source or not one.source or not other.source
    return same_source and (one.data_origin, one.scope_id) == (other.data_origin, other.scope_id)


def describe(release: Release) -> str:
    """Origin, source, scope and age of a release: what somebody who goes back to it has to know."""
    source = f" ({release.source})" if release.source not in ("", release.data_origin) else ""
    mark = "SYNTHETIC, invented data" if release.data_origin == "synthetic" else release.data_origin
    return (
        f"data: {mark}{source}, scope: {release.scope_id}, published {release.published_at:%Y-%m-%d %H:%M} UTC, "
        f"{_age(utc_now(), release.published_at)} old"
    )


def _age(now: datetime, then: datetime) -> str:
    minutes = max(0, int((now - then).total_seconds() // 60))
    for size, unit in ((24 * 60, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size or size == 1:
            count = minutes // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    raise AssertionError("the last unit always fits")


def _rolled_back_from(settings: Settings, target: Release, earlier: Hold | None) -> tuple[str, ...]:
    """Every release that is newer than `target`: also one between, where readers could have been taken and were not."""
    kept = kept_releases(settings)
    newer = [release.release_id for release in kept if release.published_at > target.published_at]
    # those that are torn or gone say when they were made by their names alone
    known = {release.release_id for release in kept}
    named = [*(earlier.rolled_back_from if earlier else ()), current_id(settings) or ""]
    gone = [one for one in named if one not in known and _second(one) >= _second(target.release_id)]
    return tuple(dict.fromkeys([*newer, *gone]))


def _second(release_id: str) -> str:
    """When a release was made that is torn or gone: its name still says so."""
    return release_id.split("-")[0]


def _readable_hold(settings: Settings) -> Hold | None:
    try:
        return hold_in(settings.releases_dir)
    except ContractError as error:
        log.warning("%s, and is replaced", error.what)
        return None


def _had_before(settings: Settings) -> Release | None:
    """What readers had before the rollback; what they have now when nothing is held or that one is gone."""
    hold = _readable_hold(settings)
    kept = {release.release_id: release for release in kept_releases(settings)}
    named = (hold.before, hold.release_id) if hold else ()
    return next((kept[one] for one in named if one in kept), None) or readable_current(settings)


def _newest_whole(settings: Settings, *, like: Release | None) -> Release:
    """The newest whole release of the same origin, source and scope as `like`."""
    for release in kept_releases(settings):
        if like is not None and not is_alike(release, like):
            continue
        problems = verify_folder(settings, release).problems
        if not problems:
            return release
        log.warning("release %s is torn and left out: %s", release.release_id, problems[0])
    raise ReleaseError(
        "there is no whole release to go forward to",
        where=str(settings.releases_dir),
        fix="make one: make run, make demo"
        + (f"; torn are {', '.join(one.release_id for one in torn)}" if (torn := torn_releases(settings)) else ""),
    )


def _newest_fit(settings: Settings, *, like: Release) -> Candidate | None:
    """The newest candidate that waits and is of the same origin, source and scope as `like`."""
    for lineage in _waiting(settings):
        if not is_alike(lineage, like):
            continue
        try:
            return fit_candidate(settings, lineage.run_id)
        except EntangledError as error:
            log.warning("run %s waits and cannot be published: %s", lineage.run_id, error.what)
    return None


def _waiting(settings: Settings) -> list[Lineage]:
    """What passed its audit and was built after every release that is kept, newest first."""
    youngest = max(map(built_at, kept_releases(settings)), default=None)
    found = []
    for folder in settings.build_dir.glob("[!.]*"):
        try:
            lineage = Lineage.load(folder / LINEAGE)
            verdict = Verdict.load(folder / "verdict.json")
        except ContractError:
            # refused, not audited yet, or torn: not what this is about
            continue
        if verdict.passed and not verdict.blocking and (youngest is None or lineage.built_at > youngest):
            found.append(lineage)
    return sorted(found, key=lambda lineage: lineage.built_at, reverse=True)


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        # a container may run as a user without a name
        return f"user {os.getuid()}"
