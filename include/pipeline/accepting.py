"""Accepting findings: a person takes over what a gate asked, and what was refused goes on to its release."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, timedelta
from difflib import get_close_matches

from include.common.clock import utc_now
from include.common.errors import EntangledError
from include.common.files import ensure_dir, only_one
from include.common.ids import new_ulid
from include.contracts.acceptance import (
    LONGEST_DAYS,
    USUAL_DAYS,
    Acceptance,
    GateName,
    Refusal,
    Refused,
    Subject,
    refusals_in,
    refused_folder,
)
from include.pipeline.run import RunResult, Steps, publish_built, publish_candidate, run_lock
from include.settings import Settings

log = logging.getLogger("entangled")


class NotAccepted(EntangledError):
    """What somebody wants to accept cannot be accepted so. Nothing was written."""

    exit_code = 2


def find_refusal(settings: Settings, findings: Sequence[str], run: str | None = None) -> Refusal:
    """The refusal that has these findings: that of `run`, or the newest one.

    Windows that gate 1 refused stand beside each other, so the newest run does not hide them.

    Raises:
        NotAccepted: nothing was refused, or there is no such run, or it has no such finding.
    """
    refusals = refusals_in(settings.home)
    where = str(refused_folder(settings.home))
    if not refusals:
        raise NotAccepted("nothing was refused here", where=where, fix="`make status` shows what a home holds")
    if run is None:
        newest = next((one for one in refusals if one.gate != "gate_1"), None)
        asked = [one for one in refusals if one is newest or one.gate == "gate_1"]
    else:
        asked = [one for one in refusals if one.subject == run]
    if not asked:
        there = ", ".join(one.subject for one in refusals)
        raise NotAccepted(f"nothing of `{run}` was refused", where=where, fix=f"refused are: {there}")
    for refusal in asked:
        if set(findings) <= {check.name for check in refusal.checks}:
            return refusal
    names = [check.name for refusal in asked for check in refusal.checks]
    missing = next((name for name in findings if name not in names), findings[0])
    near = get_close_matches(missing, names, n=3, cutoff=0.5)
    raise NotAccepted(
        f"{' and '.join(str(_subject(settings, one)) for one in asked)} has no finding `{missing}`"
        + (" together with the others" if missing in names else ""),
        where=where,
        fix=f"did you mean {' or '.join(near)}?" if near else f"its findings are: {', '.join(names)}",
    )


def accept(
    settings: Settings, refusal: Refusal, findings: Sequence[str], *, reason: str, who: str, until: date
) -> None:
    """Write down that `who` accepts these findings of a refusal, because of `reason`, until that day (UTC, included).

    Raises:
        NotAccepted: a reason or name is missing, the day is over or more than a month away, or a finding is a fault of
            integrity.
    """
    subject = _subject(settings, refusal)
    reason, who = " ".join(reason.split()), " ".join(who.split())
    if not findings:
        raise NotAccepted("no finding is named", where="FINDING", fix="name one: FINDING=check#3fa9c1")
    for text, name, what in ((reason, "REASON", "why"), (who, "WHO", "who accepts it")):
        if not text:
            raise NotAccepted(f"it is not said {what}", where=name, fix=f'say it: {name}="..."')
    today = utc_now().date()
    if not today <= until <= today + timedelta(days=LONGEST_DAYS):
        problem = "is over" if until < today else f"is more than {LONGEST_DAYS} days away"
        raise NotAccepted(
            f"the day {until} {problem}",
            where="UNTIL",
            fix=f"name a day from {today} to {today + timedelta(days=LONGEST_DAYS)}; then a person judges again",
        )
    checks = {check.name: check for check in refusal.checks}
    faults = [name for name in findings if checks[name].kind != "judgement"]
    if faults:
        raise NotAccepted(
            f"{', '.join(faults)} is a fault of integrity: the data contradicts itself, and nobody can accept that",
            where=str(subject),
            fix=f"mend the cause and build again; found was: {checks[faults[0]].observed}",
        )
    for name in findings:
        acceptance = Acceptance(
            gate=refusal.gate,
            subject=refusal.subject,
            finding=name,
            observed=checks[name].observed,
            reason=reason,
            who=who,
            accepted_at=utc_now(),
            until=until,
        )
        file = subject.acceptance_file(name)
        ensure_dir(file.parent)
        acceptance.save(file)
        log.info("accepted in %s: %s, by %s until %s: %s", subject, name, who, until, reason)


def go_on(settings: Settings, refusal: Refusal) -> RunResult | None:
    """Judge again what was refused, and bring it to its release; None for a window, which the next run sweeps again.

    Raises:
        BusyError: another run works in the same home.
        EntangledError: a gate refuses again, or a step failed; readers keep the last release.
    """
    if refusal.gate == "gate_1":
        return None
    steps = Steps(settings)
    with only_one(run_lock(settings), f"a run in {settings.home}"), steps.noted():
        if refusal.gate == "gate_2":
            return publish_built(settings, new_ulid(), steps)
        return publish_candidate(settings, refusal.subject, steps)


def can_be_accepted(error: EntangledError) -> bool:
    """Whether a gate raised this because of judgements alone."""
    return isinstance(error, Refused) and error.is_of_judgements


def refusal_of(settings: Settings, gate: GateName, subject: str = "") -> Refusal | None:
    """What this gate refused of `subject`, or last; None when it has passed since."""
    refusals = [one for one in refusals_in(settings.home) if one.gate == gate and subject in ("", one.subject)]
    return refusals[0] if refusals else None


def in_words(refusal: Refusal) -> str:
    """The findings for a person to read, as Markdown."""
    return "\n\n".join(f"**{check.name}**: {check.observed} (expected: {check.expected})" for check in refusal.checks)


def usual_until() -> date:
    """The last day that is proposed to a person."""
    return utc_now().date() + timedelta(days=USUAL_DAYS)


def _subject(settings: Settings, refusal: Refusal) -> Subject:
    return Subject(settings.home, refusal.gate, refusal.subject)
