"""What must be right before anything starts: ports, disk, Python."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from include.common.errors import SettingsError, StorageError
from include.local import checks
from include.settings import Settings


def _settings(home: Path) -> Settings:
    return Settings.model_validate({"ENTANGLED_HOME": home})


def test_a_taken_port_is_named_with_its_setting_and_its_holder() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(checks.PortTakenError) as refused:
            checks.check_port("127.0.0.1", port, "ENTANGLED_AIRFLOW_PORT")
    message = str(refused.value)
    assert f"port {port} is taken by" in message
    assert f"process {os.getpid()}" in message
    assert "ENTANGLED_AIRFLOW_PORT=<port>" in message


def test_a_port_that_was_just_let_go_is_free() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(checks.PortTakenError):
            checks.check_port("127.0.0.1", port, "ENTANGLED_AIRFLOW_PORT")
    checks.check_port("127.0.0.1", port, "ENTANGLED_AIRFLOW_PORT")


@pytest.mark.parametrize(
    ("host", "told"), [("999.1.1.1", "it is no address"), ("192.0.2.7", "this machine does not have it")]
)
def test_an_address_that_nothing_can_listen_on_is_no_taken_port(host: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told) as refused:
        checks.check_port(host, 18999, "ENTANGLED_AIRFLOW_PORT")
    assert "ENTANGLED_BIND" in str(refused.value)


def test_it_is_said_when_others_reach_the_services() -> None:
    for near in ("127.0.0.1", "127.0.0.53", "::1", "localhost"):
        assert checks.beyond_this_machine(near) == ""
    for far in ("0.0.0.0", "::", "192.0.2.7", "host.example"):
        assert far in checks.beyond_this_machine(far)


def test_an_address_that_others_reach_is_warned_of_once(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        with pytest.raises(SettingsError):
            checks.check_port("192.0.2.8", 18999, "ENTANGLED_AIRFLOW_PORT")
    assert [record.message.split(":")[0] for record in caplog.records] == ["services listen on 192.0.2.8"]


def test_a_home_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="a file stands where a folder is needed"):
        checks.check_disk(_settings(tmp_path / "file" / "var"))


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a file system that refuses new folders for root too")
def test_a_home_that_cannot_be_made_is_refused() -> None:
    with pytest.raises(StorageError, match="the folder cannot be made there"):
        checks.check_disk(_settings(Path("/proc/entangled")))


def test_too_little_room_is_refused_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="GB are free, a run needs"):
        checks.check_disk(_settings(tmp_path / "var"), scale=1e9)
    assert list((tmp_path / "var").iterdir()) == []


def test_a_python_outside_the_lock_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 0))
    with pytest.raises(SettingsError, match=r"Python 3\.9 cannot run this"):
        checks.check_python()


def test_the_oldest_and_newest_python_are_those_of_the_project_file() -> None:
    text = (Path(__file__).parents[3] / "pyproject.toml").read_text()
    assert f'requires-python = ">={_dotted(checks.OLDEST)},<3.{checks.NEWEST[1] + 1}"' in text


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"
