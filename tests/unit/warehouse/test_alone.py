"""What the program that runs dbt for Cosmos does besides."""

from __future__ import annotations

from pathlib import Path

from include.common.files import ensure_dir
from include.settings import Settings
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
        _let_cosmos_find_compiled_sql(settings, copy)
    model = compiled / "entangled" / "models" / "a.sql"
    model.parent.mkdir(parents=True)
    model.write_text("select 1")
    assert (copy / "target" / "compiled" / "entangled" / "models" / "a.sql").read_text() == "select 1"


def test_the_project_itself_and_other_folders_are_left_alone(tmp_path: Path) -> None:
    settings = Settings.model_validate({"ENTANGLED_HOME": str(tmp_path / "var")})
    for folder in (settings.dbt_project, tmp_path):
        _let_cosmos_find_compiled_sql(settings, folder)
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
