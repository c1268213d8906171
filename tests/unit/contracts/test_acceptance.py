"""An acceptance holds for one finding of one subject, for judgements alone, until its last day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from include.common.clock import utc_now
from include.common.errors import ContractError
from include.contracts.acceptance import (
    Acceptance,
    Refused,
    Subject,
    accepted_folder,
    clear_refusal,
    judged,
    refusals_in,
    refuse,
)
from include.contracts.batch import Check
from include.contracts.finding import Kind, finding_name

TODAY = utc_now().date()


def _failed(check_id: str, found: str, kind: Kind = "judgement") -> Check:
    return Check(
        check_id=check_id,
        severity="fail",
        kind=kind,
        passed=False,
        observed=found,
        expected="less",
        finding=finding_name(check_id, found),
    )


MOVED, FEW = _failed("moved", "DE 5 -> 9"), _failed("few", "0.3")
TORN = _failed("torn", "7 rows", kind="integrity")


@pytest.fixture
def run(tmp_path: Path) -> Subject:
    return Subject(tmp_path, "gate_3", "01RUN")


@pytest.fixture
def note(run: Subject) -> Callable[..., None]:
    """Writes an acceptance without any of the questions that `make accept` asks."""

    def write(check: Check, subject: Subject = run, until: date = TODAY) -> None:
        file = subject.acceptance_file(check.finding)
        file.parent.mkdir(exist_ok=True)
        Acceptance(
            gate=subject.gate,
            subject=subject.name,
            finding=check.finding,
            observed=check.observed,
            reason="known",
            who="A",
            accepted_at=utc_now(),
            until=until,
        ).save(file)

    return write


def _blocking(run: Subject, *checks: Check) -> list[str]:
    return [check.check_id for check in judged(run, checks) if check.blocks]


def test_an_accepted_finding_does_not_block_and_the_others_do(run: Subject, note: Callable[..., None]) -> None:
    assert _blocking(run, MOVED, FEW) == ["moved", "few"]
    note(MOVED)
    assert _blocking(run, MOVED, FEW) == ["few"]
    (accepted, _) = judged(run, (MOVED, FEW))
    assert (accepted.passed, str(accepted.accepted)) == (False, f"known, A, until {TODAY}")


def test_an_acceptance_that_fits_nothing_lets_nothing_through_and_the_log_says_why(
    run: Subject, note: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    note(MOVED)
    note(FEW, until=TODAY - timedelta(days=1))
    note(TORN)
    note(_failed("gone", "3"))
    other = _failed("moved", "DE 5 -> 10")
    assert _blocking(run, other, FEW, TORN) == ["moved", "few", "torn"]
    said = "the acceptance of {} in run 01RUN lets nothing through: {}"
    for check, why in (
        (MOVED, f"the check has found {other.finding} now"),
        (FEW, f"it ended on {TODAY - timedelta(days=1)}"),
        (TORN, "it is a fault of integrity, which nobody can accept"),
        (_failed("gone", "3"), "there is no such finding now"),
    ):
        assert said.format(check.finding, why) in caplog.text


@pytest.mark.parametrize("gate", ["gate_2", "gate_3"])
def test_what_was_accepted_elsewhere_lets_nothing_through(run: Subject, note: Callable[..., None], gate: str) -> None:
    note(MOVED, Subject(run.home, gate, "01RUN" if gate == "gate_2" else "01OTHER"))  # type: ignore[arg-type]
    assert _blocking(run, MOVED) == ["moved"]


def test_an_acceptance_that_is_written_into_a_check_of_integrity_changes_nothing(
    run: Subject, note: Callable[..., None]
) -> None:
    note(MOVED)
    (accepted,) = judged(run, (MOVED,))
    assert not accepted.blocks
    assert accepted.model_copy(update={"kind": "integrity"}).blocks


def test_an_acceptance_that_cannot_be_read_is_a_sentence(run: Subject) -> None:
    accepted_folder(run.home).mkdir()
    (accepted_folder(run.home) / "torn.json").write_text("{")
    with pytest.raises(ContractError, match="the note of an accepted finding cannot be read") as caught:
        judged(run, (MOVED,))
    assert "remove the file" in caught.value.fix


def _refuse(subject: Subject, *checks: Check) -> Refused:
    return refuse(subject, checks, what="refused", where="here", fix="mend it")


def test_a_refusal_names_its_findings_and_the_command(run: Subject) -> None:
    error = _refuse(run, MOVED, FEW.model_copy(update={"severity": "warn"}))
    assert error.what == f"refused\n    {MOVED.finding}: DE 5 -> 9 (expected less)"
    until = TODAY + timedelta(days=7)
    assert f'make accept RUN=01RUN FINDING="{MOVED.finding}" REASON="..." WHO="..." UNTIL={until}' in error.fix
    assert error.is_of_judgements
    (refusal,) = refusals_in(run.home)
    assert refusal.checks == (MOVED,)
    clear_refusal(run)
    assert refusals_in(run.home) == []


def test_a_refusal_with_a_fault_of_integrity_proposes_no_command(run: Subject) -> None:
    error = _refuse(run, MOVED, TORN)
    assert "make accept" not in error.fix
    assert f"Nobody can accept {TORN.finding}" in error.fix
    assert not error.is_of_judgements


def test_what_was_accepted_of_a_window_is_used_up_by_the_next_sweep_that_passes(
    tmp_path: Path, note: Callable[..., None]
) -> None:
    window, other = Subject(tmp_path, "gate_1", "works-2019"), Subject(tmp_path, "gate_1", "works-2020")
    note(MOVED, window)
    note(MOVED, other)
    clear_refusal(window)
    assert _blocking(window, MOVED) == ["moved"]
    assert _blocking(other, MOVED) == []


def test_of_builds_the_last_refusal_stays_of_runs_and_windows_each(tmp_path: Path) -> None:
    for gate in ("gate_1", "gate_2", "gate_3"):
        for name in ("a/b", "c"):
            _refuse(Subject(tmp_path, gate, name), MOVED)  # type: ignore[arg-type]
    found = sorted((refusal.gate, refusal.subject) for refusal in refusals_in(tmp_path))
    assert found == [("gate_1", "a/b"), ("gate_1", "c"), ("gate_2", "c"), ("gate_3", "a/b"), ("gate_3", "c")]
