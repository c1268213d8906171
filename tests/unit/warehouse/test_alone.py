"""What the program that runs dbt for Cosmos does besides."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from include.common.files import ensure_dir
from include.settings import Settings, get_settings
from include.warehouse import alone
from include.warehouse.alone import _let_cosmos_find_compiled_sql
from include.warehouse.dbt import keep_manifest
from include.warehouse.environment import dbt_dir, manifest_file


def test_cosmos_finds_the_compiled_sql_below_its_copy_of_the_project(tmp_path: Path) -> None:
    settings = Settings.model_validate({"ENTANGLED_HOME": str(tmp_path / "var")})
    compiled = dbt_dir(settings) / "target" / "compiled"
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "dbt_project.yml").write_text("")
    for _ in range(2):
        # before the first build, and again
        _let_cosmos_find_compiled_sql(settings, copy, dbt_dir(settings))
    model = compiled / "entangled" / "models" / "a.sql"
    model.parent.mkdir(parents=True)
    model.write_text("select 1")
    assert (copy / "target" / "compiled" / "entangled" / "models" / "a.sql").read_text() == "select 1"


def test_the_project_itself_and_other_folders_are_left_alone(tmp_path: Path) -> None:
    settings = Settings.model_validate({"ENTANGLED_HOME": str(tmp_path / "var")})
    for folder in (settings.dbt_project, tmp_path):
        _let_cosmos_find_compiled_sql(settings, folder, dbt_dir(settings))
        assert not (folder / "target" / "compiled").is_symlink()


def test_a_manifest_that_a_full_disk_tore_does_not_take_the_place_of_a_whole_one(tmp_path: Path) -> None:
    settings = Settings.model_validate({"ENTANGLED_HOME": str(tmp_path / "var")})
    written = ensure_dir(dbt_dir(settings) / "target") / "manifest.json"
    written.write_text('{"nodes": {}}')
    keep_manifest(settings)
    for torn in ('{"nodes": {"model.', ""):
        written.write_text(torn)
        keep_manifest(settings)
        assert manifest_file(settings).read_text() == '{"nodes": {}}'
    written.unlink()
    keep_manifest(settings)
    assert manifest_file(settings).read_text() == '{"nodes": {}}'


def test_a_build_on_spark_writes_its_lines_as_cosmos_reads_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[str, ...]] = []

    def build_on_spark(settings: Settings, *flags: str, tell: Any) -> None:
        asked.append(flags)
        tell('{"info": {"name": "LogModelResult"}}')

    monkeypatch.setattr(alone, "build_on_spark", build_on_spark)
    monkeypatch.setenv("ENTANGLED_HOME", str(tmp_path))
    monkeypatch.setenv("DBT_TARGET", "spark")
    # what Cosmos asks for (DbtProducerWatcherOperator)
    monkeypatch.setattr(sys, "argv", ["dbt_alone", "--log-format", "json", "build", "--target", "dev"])
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dbt_project.yml").write_text("")
    get_settings.cache_clear()
    with pytest.raises(SystemExit) as ended:
        alone.main()
    get_settings.cache_clear()
    assert ended.value.code == 0
    assert asked == [("--log-format", "json")]
    assert capfd.readouterr().out.splitlines() == ['{"info": {"name": "LogModelResult"}}']
    assert (tmp_path / "target" / "compiled").readlink() == tmp_path / "spark" / "target" / "compiled"
