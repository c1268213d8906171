"""One home, several sources: data never mixes, nothing is lost, and an interrupted switch is completed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from include.common.errors import EntangledError, SettingsError
from include.local import sources
from include.local.sources import ZONES, generated_source, real_source, recorded_source, use_source
from include.sandbox.generator import GENERATOR_VERSION
from include.settings import Settings


def _settings(home: Path, **more: object) -> Settings:
    return Settings.model_validate({"ENTANGLED_HOME": home, **more})


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return _settings(tmp_path / "var")


def _fill(settings: Settings, source: str) -> None:
    for zone in ("raw", "typed", "warehouse"):
        (settings.home / zone).mkdir(parents=True, exist_ok=True)
        (settings.home / zone / "of").write_text(source)


def _held(settings: Settings) -> set[str]:
    return {(settings.home / zone / "of").read_text() for zone in ZONES if (settings.home / zone / "of").exists()}


def test_a_new_source_parks_the_earlier_one_and_releases_stay(settings: Settings) -> None:
    use_source(settings, "study")
    _fill(settings, "study")
    (settings.releases_dir / "r1").mkdir(parents=True)
    assert use_source(settings, "recorded") == "study"
    assert _held(settings) == set()
    assert (settings.releases_dir / "r1").is_dir()
    assert (settings.home / "parked" / "study" / "raw" / "of").read_text() == "study"


def test_the_same_source_again_moves_nothing(settings: Settings) -> None:
    use_source(settings, "study")
    _fill(settings, "study")
    assert use_source(settings, "study") is None
    assert _held(settings) == {"study"}


def test_going_back_takes_back_what_was_parked(settings: Settings) -> None:
    for source in ("study", "recorded"):
        use_source(settings, source)
        _fill(settings, source)
    assert use_source(settings, "study") == "recorded"
    assert _held(settings) == {"study"}


def test_batches_of_the_command_line_are_parked_rather_than_mixed(settings: Settings) -> None:
    _fill(settings, "by hand")
    assert use_source(settings, "study") == "command-line"
    assert _held(settings) == set()


def test_two_data_sets_of_one_source_are_an_error_and_nothing_is_overwritten(settings: Settings) -> None:
    use_source(settings, "study")
    _fill(settings, "study")
    _fill(_settings(settings.home / "parked" / "study"), "study, older")
    with pytest.raises(EntangledError, match="nothing here may mix them"):
        use_source(settings, "recorded")
    assert _held(settings) == {"study"}


class _Stopped(Exception):
    pass


# a busy machine makes single renames slow; the number of examples bounds the time
@hypothesis_settings(deadline=None)
@given(moves=st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.integers(0, 8)), min_size=1, max_size=8))
def test_a_switch_that_is_interrupted_anywhere_never_mixes_and_never_loses(
    tmp_path_factory: pytest.TempPathFactory, moves: list[tuple[str, int]]
) -> None:
    settings = _settings(tmp_path_factory.mktemp("home") / "var")
    filled: set[str] = set()
    rename = Path.rename
    for wanted, renames in moves:
        left = renames

        def some(self: Path, target: Path) -> Path:
            nonlocal left
            if left == 0:
                raise _Stopped
            left -= 1
            return rename(self, target)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Path, "rename", some)
            try:
                use_source(settings, wanted)
            except _Stopped:
                continue
        assert _held(settings) <= {wanted}
        assert _held(settings) == {wanted} or wanted not in filled
        _fill(settings, wanted)
        filled.add(wanted)
    for source in filled:
        use_source(settings, source)
        assert _held(settings) == {source}


def test_a_generated_source_brings_its_overlay_lists_and_the_sandbox_address(settings: Settings) -> None:
    source = generated_source(settings, seed=4, scale=0.25)
    environment = source.environment(settings)
    assert source.key == f"generated-v{GENERATOR_VERSION}-seed-4-scale-0.25"
    assert environment["ENTANGLED_SCOPE"] == "demo"
    assert environment["OPENALEX_BASE_URL"] == f"http://127.0.0.1:{settings.sandbox_port}"
    assert environment["ENTANGLED_EXTRA_LISTS"] == str(settings.sandbox_dir / source.key / "overlay")


def test_recorded_works_are_admitted_whole_and_have_no_overlay(settings: Settings, tmp_path: Path) -> None:
    works = tmp_path / "works.jsonl"
    works.write_text("{}\n")
    environment = recorded_source(settings, works).environment(settings)
    assert environment["ENTANGLED_SCOPE"] == "recorded"
    assert "ENTANGLED_EXTRA_LISTS" not in environment


def test_a_recording_is_another_source_as_soon_as_it_holds_something_else(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "My 'works' 50%"
    folder.mkdir()
    (folder / "works.jsonl").write_text("{}\n")
    first = recorded_source(settings, folder)
    assert re.fullmatch(r"recorded-My-works-50-[0-9a-f]{10}", first.key)
    assert first.corpus == settings.sandbox_dir / first.key
    assert recorded_source(settings, folder) == first
    (folder / "works.jsonl").write_text("[]\n")
    changed = recorded_source(settings, folder)
    (folder / "more.jsonl").write_text("{}\n")
    more = recorded_source(settings, folder)
    (folder / ".DS_Store").write_bytes(b"\0")
    assert recorded_source(settings, folder) == more
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (folder / "linked").symlink_to(elsewhere)
    (elsewhere / "works.jsonl").write_text("{}\n")
    assert len({first.key, changed.key, more.key, recorded_source(settings, folder).key}) == 4


def test_a_missing_corpus_is_named(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no such corpus"):
        recorded_source(settings, tmp_path / "nowhere.jsonl")


def test_a_scale_of_nothing_is_refused(settings: Settings) -> None:
    with pytest.raises(SettingsError, match="SCALE must be above 0"):
        generated_source(settings, seed=1, scale=0)


def test_the_real_api_needs_a_key_and_says_where_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    monkeypatch.delenv("OPENALEX_API_KEY", raising=False)
    with pytest.raises(SettingsError, match=r"get a free key at openalex\.org"):
        real_source(_settings(tmp_path))
    source = real_source(_settings(tmp_path, OPENALEX_API_KEY="k"))
    assert source.corpus is None
    assert "OPENALEX_BASE_URL" not in source.environment(_settings(tmp_path))


def test_parked_and_current_zones_are_the_folders_of_the_settings(settings: Settings) -> None:
    folders = {settings.raw_zone, settings.typed_zone, settings.affiliations, settings.warehouse_file.parent}
    assert {settings.home / zone for zone in sources.ZONES} == folders | {
        settings.build_dir,
        settings.resolved_scope_file,
    }
