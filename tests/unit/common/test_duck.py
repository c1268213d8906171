"""DuckDB connections: with the limits of the settings, and never from the network."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from include.common.duck import connect
from include.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(ENTANGLED_HOME=tmp_path, ENTANGLED_THREADS=1, ENTANGLED_MEMORY_LIMIT="100MB")  # type: ignore[call-arg]


def test_a_connection_has_the_limits_of_the_settings(settings: Settings) -> None:
    with connect(settings) as connection:
        threads, memory, spill = connection.execute(
            "select current_setting('threads'), current_setting('memory_limit'), current_setting('temp_directory')"
        ).fetchall()[0]
    assert (threads, memory) == (1, "95.3 MiB")
    assert Path(spill).is_relative_to(settings.home)


def test_an_extension_that_is_not_there_is_not_fetched(settings: Settings) -> None:
    with connect(settings) as connection, pytest.raises(duckdb.Error):
        connection.execute("from read_parquet('s3://bucket/file.parquet')")


def test_a_file_opened_for_reading_cannot_be_changed(settings: Settings, tmp_path: Path) -> None:
    with connect(settings, tmp_path / "file.duckdb") as connection:
        connection.execute("create table one as select 1 as n")
    with connect(settings, tmp_path / "file.duckdb", read_only=True) as connection:
        assert connection.execute("from one").fetchall() == [(1,)]
        with pytest.raises(duckdb.InvalidInputException):
            connection.execute("drop table one")
