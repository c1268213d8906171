"""Settings: names that are none are told once, values that cannot be used are refused with a sentence."""

from __future__ import annotations

import subprocess
import sys

import pytest

from include.settings import REPOSITORY, Settings, child_environment, unknown_names

ASK_TWICE = """
import subprocess, sys
from include.settings import get_settings, child_environment
get_settings()
again = "from include.settings import get_settings; get_settings()"
subprocess.run([sys.executable, "-c", again], env=child_environment(), check=True)
"""


def test_a_name_that_is_no_setting_is_told_with_the_nearest_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ENTANGLED_HOEM", "OPENALEX_APIKEY", "ENTANGLED_ZQXW", "entangled_scop"):
        monkeypatch.setenv(name, "x")
    assert unknown_names() == {
        "ENTANGLED_HOEM": "ENTANGLED_HOME",
        "OPENALEX_APIKEY": "OPENALEX_API_KEY",
        "ENTANGLED_SCOP": "ENTANGLED_SCOPE",
        "ENTANGLED_ZQXW": "",
    }


def test_no_setting_of_ours_counts_as_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    for line in (REPOSITORY / ".env.example").read_text().splitlines():
        name, is_setting, _ = line.partition("=")
        if is_setting and not line.startswith("#"):
            monkeypatch.setenv(name, "x")
    assert unknown_names() == {}


def test_it_is_told_once_and_not_by_every_child() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", ASK_TWICE],
        cwd=REPOSITORY,
        env=child_environment(ENTANGLED_KEEP_RELEASE="3"),
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr.count("ENTANGLED_KEEP_RELEASE is no setting") == 1
    assert "did you mean ENTANGLED_KEEP_RELEASES?" in ended.stderr


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("ENTANGLED_MEMORY_LIMIT", "2gigs", "`2gigs` is no size; write 2GB or 500MB"),
        ("ENTANGLED_MEMORY_LIMIT", "-1", "`-1` is no size"),
        ("ENTANGLED_MEMORY_LIMIT", "10MB", "`10MB` is too little"),
        ("ENTANGLED_HOME", "/tmp/a\\b", "a backslash or a line break"),
        ("ENTANGLED_HOME", "/tmp/a\nb", "a backslash or a line break"),
        ("ENTANGLED_THREADS", "many", "ENTANGLED_THREADS"),
        ("ENTANGLED_AIRFLOW_PORT", "99999", "ENTANGLED_AIRFLOW_PORT"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_with_a_sentence(name: str, value: str, told: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "include.local", "status"],
        cwd=REPOSITORY,
        env=child_environment(**{name: value}),
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: a setting cannot be used: ")
    assert told in ended.stderr
    assert "Value error" not in ended.stderr


@pytest.mark.parametrize("value", ["2GB", "500 mb", "1.5GiB", "100MB"])
def test_sizes_as_duckdb_takes_them_are_taken(value: str) -> None:
    assert Settings(_env_file=None, ENTANGLED_MEMORY_LIMIT=value).memory_limit == value  # type: ignore[call-arg]


def test_children_get_no_airflow_dbt_or_python_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    foreign = ("AIRFLOW_HOME", "AIRFLOW__CORE__DAGS_FOLDER", "DBT_PROFILES_DIR", "PYTHONPATH", "PYTHONSAFEPATH")
    for name in foreign:
        monkeypatch.setenv(name, "/elsewhere")
    made = child_environment(DBT_TARGET_PATH="/ours")
    assert not set(foreign) & set(made)
    assert made["DBT_TARGET_PATH"] == "/ours"
