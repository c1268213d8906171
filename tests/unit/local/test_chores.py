"""Secrets for docker-compose, and what `make clean` removes and keeps."""

from __future__ import annotations

import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from include.common.errors import BusyError, EntangledError, SettingsError
from include.common.files import only_one
from include.contracts.acceptance import accepted_folder, refused_folder
from include.local import chores
from include.settings import REPOSITORY, Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.model_validate({"ENTANGLED_HOME": tmp_path / "var"})


def test_the_secrets_made_are_those_that_the_compose_file_asks_for() -> None:
    asked = set(re.findall(r"\{environment: (\w+)\}", (REPOSITORY / "docker-compose.yaml").read_text()))
    assert asked == set(chores.COMPOSE_SECRETS)


def test_secrets_are_added_once_for_the_owner_only_and_other_lines_stay(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# mine\nOPENALEX_API_KEY=abc\nPOSTGRES_PASSWORD=\n")
    assert set(chores.compose_init(file)) == set(chores.COMPOSE_SECRETS)
    first = file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert first.startswith("# mine\nOPENALEX_API_KEY=abc\n")
    values = dict(line.split("=", 1) for line in first.splitlines() if not line.startswith("#"))
    assert all(len(values[name]) >= 40 for name in chores.COMPOSE_SECRETS)
    assert len(set(values.values())) == len(values)
    assert chores.compose_init(file) == []
    assert file.read_text() == first


def test_a_secret_is_lacking_where_its_value_is_empty_however_that_is_written(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text('\ufeffREDIS_PASSWORD=""\nAIRFLOW_JWT_SECRET= # todo\nexport POSTGRES_PASSWORD=mine\n')
    added = chores.compose_init(file)
    assert {"REDIS_PASSWORD", "AIRFLOW_JWT_SECRET"} <= set(added)
    assert "POSTGRES_PASSWORD" not in added
    assert [line for line in file.read_text().splitlines() if "POSTGRES" in line] == ["export POSTGRES_PASSWORD=mine"]
    assert chores.compose_init(file) == []


def test_cleaning_keeps_batches_releases_and_parked_sources(settings: Settings) -> None:
    for name in ("raw", "typed", "warehouse", "releases", "parked", "airflow"):
        (settings.home / name).mkdir(parents=True)
    chores.clean(settings)
    assert sorted(path.name for path in settings.home.iterdir()) == ["locks", "parked", "raw", "releases"]


def test_what_a_run_and_a_refusal_leave_is_a_home(released: Settings) -> None:
    for folder in (refused_folder(released.home), accepted_folder(released.home)):
        folder.mkdir(exist_ok=True)
    chores.clean(released)
    assert not released.typed_zone.exists()
    assert (released.releases_dir / "current" / "release.json").exists()


@pytest.mark.parametrize("everything", [True, False])
@pytest.mark.parametrize("lock", ["local.lock", "run.lock", "warehouse.lock"])
def test_nothing_is_cleaned_while_something_works_there(settings: Settings, lock: str, everything: bool) -> None:
    for name in ("raw", "typed"):
        (settings.home / name).mkdir(parents=True)
    with only_one(settings.locks_dir / lock, "a run"), pytest.raises(BusyError):
        chores.clean(settings, everything=everything)
    assert (settings.home / "typed").is_dir()


@pytest.mark.parametrize("everything", [True, False])
@pytest.mark.parametrize(
    ("entries", "told"),
    [
        (["tmp", "docs"], "is no home of a run"),
        (["locks", "tmp", "docs"], "is no home of a run"),
        (["raw", "releases", "tmp", "thesis"], "holds thesis, which no run made"),
    ],
)
def test_a_folder_that_is_used_for_something_else_is_not_cleaned(
    settings: Settings, entries: list[str], told: str, everything: bool
) -> None:
    for name in entries:
        (settings.home / name).mkdir(parents=True)
    with pytest.raises(SettingsError, match=told):
        chores.clean(settings, everything=everything)
    assert sorted(path.name for path in settings.home.iterdir()) == sorted(entries)


def test_cleaning_everything_removes_the_home(settings: Settings) -> None:
    (settings.home / "raw").mkdir(parents=True)
    chores.clean(settings, everything=True)
    assert not settings.home.exists()


def test_a_report_without_a_release_says_how_to_make_one(settings: Settings) -> None:
    with pytest.raises(EntangledError, match="there is no release yet"):
        chores.report(settings)


def test_the_documentation_is_written_before_there_is_a_warehouse_and_makes_none(settings: Settings) -> None:
    page = chores.docs(settings).read_text()
    assert "exposure.entangled.report_page" in page
    assert "metric.entangled.military_share" in page
    assert not settings.warehouse_file.exists()


def test_the_documentation_is_served_on_loopback_until_ctrl_c(tmp_path: Path) -> None:
    page = tmp_path / "static_index.html"
    page.write_text("<h1>marts</h1>")
    (tmp_path / "other.txt").write_text("not for readers")
    program = (
        f"from pathlib import Path; from include.local.chores import serve_page; serve_page(Path({str(page)!r}), 0)"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        url = child.stdout.readline().split()[0]
        assert url.startswith("http://127.0.0.1:")
        session = requests.Session()
        session.trust_env = False
        assert session.get(url, timeout=300).text == "<h1>marts</h1>"
        assert "not for readers" not in session.get(url + "other.txt", timeout=300).text
        with pytest.raises(EntangledError, match="cannot be served"):
            chores.serve_page(page, int(url.rstrip("/").rsplit(":", 1)[1]))
        child.send_signal(signal.SIGINT)
        assert child.wait(timeout=300) == 0
