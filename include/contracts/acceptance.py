"""What a gate refused, and which of these findings a person accepted.

<home>/refused/<gate>-<subject>.json              what the gate refused there last (gate_2.json: the last build)
<home>/accepted/<gate>-<subject>-<finding>.json   one finding that a person accepted there (make accept)

A subject is what the gate judged: a window (gate 1), a dbt build (gate 2), a run (gate 3). An acceptance holds for
one finding of one subject. The gate itself reads it when it judges again, so it lets nothing else through, whatever
the file says: not another finding, no fault of integrity, and nothing after its last day.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import ClassVar, Literal

from include.common.clock import utc_now
from include.common.errors import ContractError, GateFailed
from include.common.files import ensure_dir, storage_errors
from include.contracts.base import HandOver
from include.contracts.batch import Check
from include.contracts.finding import Accepted

log = logging.getLogger("entangled")

GateName = Literal["gate_1", "gate_2", "gate_3"]

# for longer, a person judges again
LONGEST_DAYS = 31
# what the command in a message proposes
USUAL_DAYS = 7


@dataclass(frozen=True)
class Subject:
    """What a gate judges, in one home."""

    home: Path
    gate: GateName
    name: str

    def __str__(self) -> str:
        return {"gate_1": "window", "gate_2": "build", "gate_3": "run"}[self.gate] + f" {self.name}"

    @property
    def refusal_file(self) -> Path:
        """Where the gate says what it refused. Of builds only the last one is judged, so they share a file."""
        name = self.gate if self.gate == "gate_2" else self._prefix
        return refused_folder(self.home) / f"{name}.json"

    def acceptance_file(self, finding: str) -> Path:
        """Where a person's word on this finding lies."""
        return accepted_folder(self.home) / f"{self._prefix}-{finding.replace('#', '-')}.json"

    @property
    def _prefix(self) -> str:
        return f"{self.gate}-{re.sub(r'[^A-Za-z0-9_.=-]', '_', self.name)}"


def refused_folder(home: Path) -> Path:
    """What gates refused."""
    return home / "refused"


def accepted_folder(home: Path) -> Path:
    """What people accepted."""
    return home / "accepted"


class Refusal(HandOver):
    """`refused/*.json`: the checks that block a subject, each a finding."""

    what_it_is: ClassVar[str] = "note of a refusal"

    schema_version: Literal[1] = 1
    gate: GateName
    subject: str
    refused_at: datetime
    checks: tuple[Check, ...]

    @property
    def is_of_judgements(self) -> bool:
        """Whether a person could accept all of it."""
        return all(check.kind == "judgement" for check in self.checks)


class Acceptance(HandOver):
    """`accepted/*.json`: one finding of one subject. `until` is the last day, UTC."""

    what_it_is: ClassVar[str] = "note of an accepted finding"

    schema_version: Literal[1] = 1
    gate: GateName
    subject: str
    finding: str
    observed: str
    reason: str
    who: str
    accepted_at: datetime
    until: date


class Refused(GateFailed):
    """A gate found what blocks, and noted it. `is_of_judgements`: a person could accept all of it."""

    is_of_judgements = False


def judged(subject: Subject, checks: tuple[Check, ...]) -> tuple[Check, ...]:
    """The same checks, with what a person accepted of them. Logs every acceptance that lets nothing through.

    Raises:
        ContractError: an acceptance cannot be read.
    """
    failed = {check.finding: check for check in checks if not check.passed}
    accepted: dict[str, Accepted] = {}
    for told in _acceptances(subject):
        if problem := _problem(told, failed):
            log.warning("the acceptance of %s in %s lets nothing through: %s", told.finding, subject, problem)
        else:
            accepted[told.finding] = Accepted(
                reason=told.reason, who=told.who, accepted_at=told.accepted_at, until=told.until
            )
    return tuple(
        check.model_copy(update={"accepted": accepted[check.finding]})
        if not check.passed and check.finding in accepted
        else check
        for check in checks
    )


def _acceptances(subject: Subject) -> list[Acceptance]:
    found = []
    for file in sorted(accepted_folder(subject.home).glob("*.json")):
        try:
            told = Acceptance.load(file)
        except ContractError as error:
            raise ContractError(
                error.what, where=str(file), fix="remove the file; if the finding is still right, accept it again"
            ) from None
        if (told.gate, told.subject) == (subject.gate, subject.name):
            found.append(told)
    return found


def _problem(told: Acceptance, failed: dict[str, Check]) -> str:
    """Why an acceptance lets nothing through; empty when it does."""
    if told.finding not in failed:
        others = [name for name in failed if name.split("#")[0] == told.finding.split("#")[0]]
        return f"the check has found {others[0]} now" if others else "there is no such finding now"
    if failed[told.finding].kind != "judgement":
        return "it is a fault of integrity, which nobody can accept"
    if told.until < utc_now().date():
        return f"it ended on {told.until}"
    return ""


def refuse(subject: Subject, checks: Sequence[Check], *, what: str, where: str, fix: str) -> Refused:
    """Note what blocks, and return the error to raise. It names each finding, and says how to accept them."""
    blocking = tuple(check for check in checks if check.blocks)
    refusal = Refusal(gate=subject.gate, subject=subject.name, refused_at=utc_now(), checks=blocking)
    ensure_dir(subject.refusal_file.parent)
    refusal.save(subject.refusal_file)
    lines = [f"    {check.name}: {check.observed} (expected {check.expected})" for check in blocking]
    error = Refused("\n".join([what, *lines]), where=where, fix=f"{fix}. {how_to_accept(refusal)}")
    error.is_of_judgements = refusal.is_of_judgements
    return error


def how_to_accept(refusal: Refusal) -> str:
    """The command that accepts all of a refusal, or why nobody can."""
    faults = [check.name for check in refusal.checks if check.kind != "judgement"]
    if faults:
        return f"Nobody can accept {', '.join(faults)}, which is no matter of judgement"
    until = utc_now().date() + timedelta(days=USUAL_DAYS)
    names = " ".join(check.name for check in refusal.checks)
    return (
        f"If it is known and right, accept it, for {Subject(Path(), refusal.gate, refusal.subject)} alone: "
        f'make accept RUN={refusal.subject} FINDING="{names}" REASON="..." WHO="..." UNTIL={until}'
    )


def clear_refusal(subject: Subject) -> None:
    """What was refused has passed. A window is swept again and again, so what was accepted of it is used up."""
    used = [subject.acceptance_file(told.finding) for told in _acceptances(subject)] if subject.gate == "gate_1" else []
    for file in (subject.refusal_file, *used):
        with storage_errors(file):
            file.unlink(missing_ok=True)


def refusals_in(home: Path) -> list[Refusal]:
    """What gates refused and was not mended or accepted since, newest first. A note that cannot be read is left out."""
    found = []
    for file in refused_folder(home).glob("*.json"):
        try:
            found.append(Refusal.load(file))
        except ContractError as error:
            log.warning("%s: %s", error.what, file)
    return sorted(found, key=lambda refusal: refusal.refused_at, reverse=True)
