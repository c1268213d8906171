"""A rollback holds until it is lifted: later runs are audited and wait, and everybody who asks is told."""

from __future__ import annotations

import logging
import os
import re
import shutil
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from include import release
from include.common.errors import BusyError, ContractError, StorageError
from include.common.files import only_one
from include.contracts.candidate import Lineage
from include.contracts.hold import hold_file
from include.contracts.release import RECORD, Release
from include.release import __main__ as command
from include.release import catalogue, holding
from include.release.catalogue import ReleaseError
from include.release.show import releases_table, show
from include.settings import Settings
from tests.unit.candidates import pass_audit, raising_after
from tests.unit.release.conftest import FIRST, keeping

MakeRun = Callable[[int], str]


def run_command(settings: Settings, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(command, "get_settings", lambda: settings)
    monkeypatch.setattr("sys.argv", ["include.release", *arguments])
    with pytest.raises(SystemExit) as ended:
        command.main()
    return int(str(ended.value.code))


def test_a_rollback_holds_and_the_next_run_waits(
    settings: Settings, two: tuple[Release, Release], next_run: MakeRun, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = two
    assert release.rollback(settings, reason="the source lost a publisher") == first == release.current(settings)
    hold = release.hold(settings)
    assert hold is not None
    assert (hold.release_id, hold.rolled_back_from) == (first.release_id, (second.release_id,))
    run_id = next_run(2)
    with caplog.at_level(logging.WARNING, "entangled"):
        assert release.publish(settings, run_id) == first == release.current(settings)
    assert f"run {run_id} passed its audit and is not published" in caplog.text
    assert "the source lost a publisher" in caplog.text
    assert release.list_releases(settings) == [second, first]
    assert release.waiting_runs(settings) == [run_id]
    for told in (releases_table(settings), show(settings)):
        assert f"release {first.release_id} is held since" in told
        assert run_id in told


def test_rollforward_publishes_what_waits(settings: Settings, two: tuple[Release, Release], next_run: MakeRun) -> None:
    first, _ = two
    release.rollback(settings)
    release.publish(settings, next_run(2))
    newest = next_run(3)
    made = release.rollforward(settings)
    assert made.run_id == newest
    assert made == release.current(settings)
    assert made.previous == first.release_id
    assert release.hold(settings) is None
    # and publishing goes on
    assert release.publish(settings, next_run(4)) == release.current(settings)


def test_rollforward_without_anything_that_waits_returns_to_the_newest(
    settings: Settings, two: tuple[Release, Release]
) -> None:
    release.rollback(settings)
    assert release.rollforward(settings) == two[1] == release.current(settings)
    assert release.hold(settings) is None
    # the same again changes nothing
    assert release.rollforward(settings) == two[1]


def test_rollforward_leaves_out_what_is_torn_and_what_does_not_fit(
    settings: Settings, two: tuple[Release, Release], next_run: MakeRun, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = two
    third = release.publish(settings, next_run(2))
    release.rollback(settings, first.release_id)
    (settings.releases_dir / third.release_id / "marts.duckdb").unlink()
    waits = next_run(3)
    (settings.build_dir / waits / "report" / "index.html").write_text("edited")
    with caplog.at_level(logging.WARNING, "entangled"):
        assert release.rollforward(settings) == second
    assert f"release {third.release_id} is torn and left out: marts.duckdb is missing" in caplog.text
    assert f"run {waits} waits and cannot be published: the candidate is not the one that was audited" in caplog.text


def test_rollforward_returns_to_the_kind_of_data_that_readers_had(
    settings: Settings, two: tuple[Release, Release], next_run: MakeRun
) -> None:
    """A demo beside real data may be the newest of all; nobody who lifts a hold asks for it."""
    first, second = two
    demo = release.publish(settings, next_run(2)).model_copy(update={"source": "a demo", "data_origin": "recorded"})
    demo.save(settings.releases_dir / demo.release_id / RECORD)
    catalogue.point_at(settings, second)
    assert release.rollback(settings) == first
    assert release.rollforward(settings) == second
    # from the demo itself by name, and further: back to it
    catalogue.point_at(settings, demo)
    release.rollback(settings, second.release_id)
    release.rollback(settings)
    assert release.rollforward(settings) == demo


def test_further_back_and_forth_by_name(settings: Settings, two: tuple[Release, Release], next_run: MakeRun) -> None:
    first, second = two
    third = release.publish(settings, next_run(2))
    assert release.rollback(settings) == second
    assert release.rollback(settings) == first
    hold = release.hold(settings)
    assert hold is not None
    assert set(hold.rolled_back_from) == {second.release_id, third.release_id}
    with pytest.raises(ReleaseError, match="no release before"):
        release.rollback(settings)
    assert release.rollback(settings, second.release_id) == second == release.current(settings)
    hold = release.hold(settings)
    assert hold is not None
    assert hold.rolled_back_from == (third.release_id,)
    assert len(release.list_releases(settings)) == 3


def test_a_current_release_can_be_held_where_it_is(settings: Settings, two: tuple[Release, Release]) -> None:
    _, second = two
    assert release.rollback(settings, second.release_id) == second
    hold = release.hold(settings)
    assert hold is not None
    assert (hold.release_id, hold.rolled_back_from) == (second.release_id, ())


def test_rollback_to_an_unknown_release_changes_nothing(settings: Settings, two: tuple[Release, Release]) -> None:
    with pytest.raises(ReleaseError, match="there is no release 20000101T000000Z-nobody") as caught:
        release.rollback(settings, "20000101T000000Z-nobody")
    assert two[0].release_id in caught.value.fix
    assert release.current(settings) == two[1]
    assert release.hold(settings) is None


@pytest.mark.parametrize("tear", ["record", "database", "page"])
def test_rollback_never_leads_to_a_torn_release(
    settings: Settings, two: tuple[Release, Release], next_run: MakeRun, tear: str
) -> None:
    first, second = two
    third = release.publish(settings, next_run(2))
    folder = settings.releases_dir / second.release_id
    if tear == "record":
        (folder / RECORD).write_text("{")
    elif tear == "database":
        (folder / "marts.duckdb").write_bytes(b"nothing")
    else:
        (folder / "report" / "index.html").unlink()
    with pytest.raises(ReleaseError, match=f"release {second.release_id} is torn"):
        release.rollback(settings, second.release_id)
    assert release.current(settings) == third
    assert release.hold(settings) is None
    # the one before it is whole
    assert release.rollback(settings) == first


def test_rollback_from_a_torn_release_and_publishing_over_one(
    settings: Settings, two: tuple[Release, Release], next_run: MakeRun
) -> None:
    first, second = two
    (settings.releases_dir / second.release_id / RECORD).write_text("{")
    assert release.current(settings) is None
    table = releases_table(settings)
    assert f"* {second.release_id}  TORN: " in table
    made = release.publish(settings, next_run(2))
    assert made == release.current(settings)
    (settings.releases_dir / made.release_id / RECORD).unlink()
    assert release.rollback(settings) == first == release.current(settings)


def test_rollback_from_a_release_that_is_gone(settings: Settings, two: tuple[Release, Release]) -> None:
    shutil.rmtree(settings.releases_dir / two[1].release_id)
    with pytest.raises(ReleaseError, match="which is not there") as caught:
        show(settings)
    assert "rollback" in caught.value.fix
    assert release.rollback(settings) == two[0] == release.current(settings)


def test_without_a_link_readers_are_led_by_name_or_to_the_newest(
    settings: Settings, two: tuple[Release, Release]
) -> None:
    link = settings.releases_dir / "current"
    link.unlink()
    for change in (release.rollback, show):
        with pytest.raises(ReleaseError, match="no link `current`"):
            change(settings)
    assert release.rollforward(settings) == two[1] == release.current(settings)
    link.unlink()
    link.mkdir()
    with pytest.raises(StorageError, match="a folder stands where a file is needed"):
        release.rollback(settings, two[0].release_id)
    link.rmdir()
    assert release.rollback(settings, two[0].release_id) == two[0] == release.current(settings)


def test_rollback_does_not_lead_to_another_source_by_itself(settings: Settings, two: tuple[Release, Release]) -> None:
    first, second = two
    first.model_copy(update={"data_origin": "openalex"}).save(settings.releases_dir / first.release_id / RECORD)
    with pytest.raises(ReleaseError, match="of the same origin, source and scope") as caught:
        release.rollback(settings)
    assert f"TO={first.release_id}" in caught.value.fix
    assert "data: openalex" in caught.value.fix
    assert release.current(settings) == second
    assert release.rollback(settings, first.release_id).data_origin == "openalex"


def test_the_command_says_what_readers_get(
    settings: Settings,
    two: tuple[Release, Release],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    next_run: MakeRun,
) -> None:
    assert run_command(settings, monkeypatch, "rollback", "--reason", "a wrong list") == 0
    told = capsys.readouterr().out
    assert f"current release: {two[0].release_id} (data: SYNTHETIC, invented data, scope: test, published " in told
    assert re.search(r", \d+ (minute|hour)s? old\)", told), "the release is older than the test: all of a run share it"
    assert "because a wrong list" in told
    assert run_command(settings, monkeypatch, "publish", "--run", next_run(2)) == 0
    assert "later runs are not published over it" in capsys.readouterr().out
    assert run_command(settings, monkeypatch, "list") == 0
    assert "waiting: run " in capsys.readouterr().out
    assert run_command(settings, monkeypatch, "rollforward") == 0
    told = capsys.readouterr().out
    assert "held" not in told
    assert two[1].release_id not in told


KILLED = {
    "before the hold": (holding.Hold, "save", 0),
    "between hold and switch": (holding, "point_at", 0),
    "within the switch": (catalogue, "point_link", 0),
}


@pytest.mark.parametrize("step", KILLED)
@pytest.mark.parametrize("then", ["rollback", "publish"])
def test_a_rollback_that_was_killed_is_finished_by_whatever_comes_next(
    settings: Settings,
    two: tuple[Release, Release],
    next_run: MakeRun,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    then: str,
) -> None:
    first, second = two
    target, name, calls = KILLED[step]
    with raising_after(target, name, calls, monkeypatch) as seen, pytest.raises(KeyboardInterrupt):
        release.rollback(settings)
    assert seen() == calls + 1
    assert release.current(settings) == second
    begun = release.hold(settings) is not None
    if begun:
        assert "`current` points elsewhere" in releases_table(settings)
    if then == "rollback":
        assert release.rollback(settings) == first
    else:
        made = release.publish(settings, next_run(2))
        assert (made == first) == begun
    assert release.current(settings) == (first if begun or then == "rollback" else made)


@pytest.mark.parametrize("name", ["point_at", "publish_fit"])
def test_a_rollforward_that_was_killed_holds_nothing(
    settings: Settings, two: tuple[Release, Release], next_run: MakeRun, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    first, second = two
    release.rollback(settings)
    waits = next_run(2) if name == "publish_fit" else None
    with raising_after(holding, name, 0, monkeypatch), pytest.raises(KeyboardInterrupt):
        release.rollforward(settings)
    assert release.current(settings) == first
    assert release.hold(settings) is None
    assert release.rollforward(settings).run_id == (waits or second.run_id)


def test_a_hold_on_a_release_that_is_gone_is_told(
    settings: Settings, two: tuple[Release, Release], next_run: MakeRun
) -> None:
    first, second = two
    release.rollback(settings)
    shutil.rmtree(settings.releases_dir / first.release_id)
    waits = next_run(2)
    with pytest.raises(ReleaseError, match=f"is held since .* there is no release {first.release_id}") as caught:
        release.publish(settings, waits)
    assert "rollforward" in caught.value.fix
    found = release.verify(settings)
    assert any(f"there is no release {first.release_id}" in problem for problem in found.problems)
    assert release.rollback(settings, second.release_id) == second
    assert release.rollforward(settings).run_id == waits


def test_a_hold_that_cannot_be_read_still_holds_and_is_told(
    settings: Settings, two: tuple[Release, Release], next_run: MakeRun
) -> None:
    hold_file(settings.releases_dir).write_text("{")
    waits = next_run(2)
    with pytest.raises(ContractError, match="note of a rollback cannot be read") as caught:
        release.publish(settings, waits)
    assert "rollforward" in caught.value.fix
    assert "note of a rollback cannot be read" in releases_table(settings)
    assert not release.verify(settings).is_whole
    assert release.rollforward(settings).run_id == waits
    assert release.verify(settings).is_whole


def test_a_held_release_is_never_removed(
    settings: Settings, next_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = keeping(settings, 9)
    made = [release.publish(patient, run) for run in (FIRST, *map(next_run, (1, 2, 3)))]
    # killed before its switch: the oldest is held and not current
    with raising_after(holding, "point_at", 0, monkeypatch), pytest.raises(KeyboardInterrupt):
        release.rollback(patient, made[0].release_id)
    catalogue.remove_old(keeping(settings, 1))
    assert release.list_releases(settings) == [made[3], made[2], made[0]]


def test_what_was_just_replaced_stays_for_those_who_read_it(
    settings: Settings, two: tuple[Release, Release], next_run: MakeRun
) -> None:
    patient = keeping(settings, 1).model_copy(update={"reader_grace_minutes": 10})
    first, second = two
    folder = release.current_folder(settings)
    third = release.publish(patient, next_run(2))
    fourth = release.publish(patient, next_run(3))
    assert folder.is_dir()
    # eleven minutes later
    for old in (first, second):
        then = time.time() - timedelta(minutes=11).total_seconds()
        os.utime(settings.releases_dir / old.release_id, (then, then))
    fifth = release.publish(patient, next_run(4))
    assert [one.release_id for one in release.list_releases(settings)] == [
        one.release_id for one in (fifth, fourth, third)
    ]


def test_a_replaced_release_ceases_when_it_is_replaced(settings: Settings, two: tuple[Release, Release]) -> None:
    long_ago = time.time() - 100_000
    folder = settings.releases_dir / two[1].release_id
    os.utime(folder, (long_ago, long_ago))
    release.rollback(settings)
    assert time.time() - folder.stat().st_mtime < 60


def test_nobody_rolls_back_while_another_publishes(settings: Settings, two: tuple[Release, Release]) -> None:
    with only_one(catalogue.lock_file(settings), "a test"):
        for change in (release.rollback, release.rollforward):
            with pytest.raises(BusyError):
                change(settings)
    assert release.hold(settings) is None


def test_a_run_without_a_name_for_its_user_rolls_back_too(
    settings: Settings, two: tuple[Release, Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody() -> Any:
        raise KeyError("getpwuid(): uid not found: 4711")

    monkeypatch.setattr("getpass.getuser", nobody)
    release.rollback(settings)
    hold = release.hold(settings)
    assert hold is not None
    assert hold.who == f"user {os.getuid()}"


def test_what_waits_is_what_is_younger_than_every_release(
    settings: Settings, two: tuple[Release, Release], next_run: MakeRun
) -> None:
    refused, passed = next_run(2), next_run(3)
    pass_audit(settings, refused, passed=False)
    assert release.waiting_runs(settings) == [passed]
    assert FIRST in {one.run_id for one in release.list_releases(settings)}
    assert Lineage.load(settings.build_dir / passed / "lineage.json").built_at > two[1].published_at
