"""Settings: names that are none are told once, values that cannot be used are refused with a sentence."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from include.common.errors import SettingsError
from include.settings import REPOSITORY, Settings, child_environment, get_settings, unknown_names

A_KEY = "abc-a-key-0815"

ASK_TWICE = """
import subprocess, sys
from include.settings import get_settings, child_environment
get_settings()
again = "from include.settings import get_settings; get_settings()"
subprocess.run([sys.executable, "-c", again], env=child_environment(), check=True)
"""


@pytest.fixture
def read() -> Iterator[Callable[[], Settings]]:
    """Read the settings anew."""
    get_settings.cache_clear()
    yield get_settings
    get_settings.cache_clear()


def test_a_name_that_is_no_setting_is_told_with_the_nearest_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ENTANGLED_HOEM", "OPENALEX_APIKEY", "ENTANGLED_ZQXW", "entangled_scop", "ENTANGELD_THREADS"):
        monkeypatch.setenv(name, "x")
    assert unknown_names() == {
        "ENTANGLED_HOEM": "ENTANGLED_HOME",
        "OPENALEX_APIKEY": "OPENALEX_API_KEY",
        "ENTANGLED_SCOP": "ENTANGLED_SCOPE",
        "ENTANGLED_ZQXW": "",
        "ENTANGELD_THREADS": "ENTANGLED_THREADS",
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
        ("ENTANGLED_HOME", "~nobody-of-this-name/x", "there is no such user"),
        ("OPENALEX_API_KEY", f"{A_KEY}\u2013", "a character that no key has"),
        ("ENTANGLED_STORE_URL", "ftp://somewhere/x", "ENTANGLED_STORE_URL"),
        ("ENTANGLED_PUBLISH_POSTGRES", f"mysql://me:{A_KEY}@there/marts", "it is no address of a database"),
        ("ENTANGLED_PUBLISH_POSTGRES", f"postgresql://me:{A_KEY}@there", "it is no address of a database"),
        ("ENTANGLED_BI_POSTGRES", f"postgresql://me:{A_KEY}@there:x/marts", "it is no address of a database"),
        # as Postgres's own library reads it
        ("ENTANGLED_PUBLISH_POSTGRES", f"postgresql://me:50%{A_KEY}@there/marts", "%25 for %"),
        ("ENTANGLED_PUBLISH_POSTGRES", f"postgresql://me:a@{A_KEY}@there/marts", "%40 for @"),
        ("ENTANGLED_BI_POSTGRES", f"postgresql://me@work:{A_KEY}@there/marts", "%40 for @"),
        ("ENTANGLED_BI_POSTGRES", f"POSTGRESQL://me:{A_KEY}@there/marts", "it is no address of a database"),
        ("ENTANGLED_BI_POSTGRES", f"postgresql://me@there/marts?passwort={A_KEY}", "it is no address of a database"),
        ("OPENALEX_API_KEY", f"key {A_KEY}", "a character that no key has"),
        ("OPENALEX_BASE_URL", f"http://127.0.0.1:1/?api_key={A_KEY}", "the key belongs into OPENALEX_API_KEY"),
        ("OPENALEX_BASE_URL", f"http://me:{A_KEY}@127.0.0.1:1", "the key belongs into OPENALEX_API_KEY"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_with_a_sentence(
    read: Callable[[], Settings], monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=r"^a setting cannot be used: ") as refused:
        read()
    assert told in str(refused.value)
    assert "Value error" not in str(refused.value)
    assert A_KEY not in str(refused.value)


def test_a_command_ends_with_that_sentence() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "include.health", "status"],
        cwd=REPOSITORY,
        env=child_environment(ENTANGLED_MEMORY_LIMIT="2gigs"),
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: a setting cannot be used: ")


def test_blanks_and_line_ends_around_a_key_are_none_of_it(
    read: Callable[[], Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENALEX_API_KEY", f" {A_KEY}\r\n")
    key = read().api_key
    assert key is not None
    assert key.get_secret_value() == A_KEY


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (f"ENTANGLED_HOME /x\nOPENALEX_API_KEY: {A_KEY}\n", "line 1 is no setting"),
        (f"# ours\n\nOPENALEX_API_KEY: {A_KEY}\n", "line 3 is no setting"),
        (None, "the settings cannot be read: Is a directory"),
    ],
)
def test_a_file_that_cannot_be_read_as_settings_is_named_with_the_line(
    read: Callable[[], Settings], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | None, told: str
) -> None:
    file = tmp_path / "own.env"
    file.mkdir() if content is None else file.write_text(content)
    monkeypatch.setenv("ENTANGLED_ENV_FILE", str(file))
    with pytest.raises(SettingsError, match=told) as refused:
        read()
    assert str(file) in str(refused.value)
    assert A_KEY not in str(refused.value)


def test_a_file_that_is_named_must_be_there(
    read: Callable[[], Settings], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ENTANGLED_ENV_FILE", str(tmp_path / "none.env"))
    with pytest.raises(SettingsError, match="No such file"):
        read()


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


def test_checks_publish_nowhere_whatever_environment_and_file_name(tmp_path: Path) -> None:
    """A check that runs the pipeline on invented works must not lead the readers of a real Postgres to them."""
    file = tmp_path / "env"
    file.write_text("ENTANGLED_STORE_URL=file:///real\nENTANGLED_MEMORY_LIMIT=3GB\nENTANGLED_KEEP_RELEASES=9\n")
    asks = "from include.settings import get_settings; s = get_settings()"
    shows = "print(s.publish_postgres, [s.store_url], s.memory_limit, flush=True)"
    checks = (
        "import subprocess, sys; from include.settings import child_environment, get_settings, serve_nobody;"
        f"s = serve_nobody(get_settings()); {shows};"
        f"subprocess.run([sys.executable, '-c', {f'{asks}; {shows}'!r}], env=child_environment(), check=True)"
    )
    environment = child_environment(
        ENTANGLED_ENV_FILE=str(file), entangled_publish_postgres="postgresql://me@there/marts"
    )
    ended = subprocess.run(
        [sys.executable, "-c", checks], cwd=REPOSITORY, env=environment, capture_output=True, text=True
    )
    assert ended.stdout.splitlines() == ["None [''] 3GB"] * 2, ended.stderr
