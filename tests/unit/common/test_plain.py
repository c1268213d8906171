"""A path that Airflow or Spark would misread reaches it as a link to the folder."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from include.common.errors import StorageError
from include.common.plain import plain_path


@pytest.fixture(autouse=True)
def temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_a_plain_path_stays_as_it_is(tmp_path: Path) -> None:
    assert plain_path(tmp_path / "数据" / "a-b_c.d") == tmp_path / "数据" / "a-b_c.d"


@pytest.mark.parametrize("name", ["o'brien", 'a "b"', "50 %", "$HOME", "what?", "~me", "a[b]{c}", "a#b", "a=b", "a;b"])
def test_another_is_reached_by_a_link_that_only_this_user_can_change(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    (folder / "file").write_text("content")
    link = plain_path(folder)
    assert (link / "file").read_text() == "content"
    assert not set(str(link)) & set("'\" %$?~[]{}#=;")
    assert stat.S_IMODE(link.parent.stat().st_mode) == 0o700
    assert plain_path(folder) == link


def test_a_link_that_leads_elsewhere_is_set_right(tmp_path: Path) -> None:
    link = plain_path(tmp_path / "a b")
    link.unlink()
    link.symlink_to("/nowhere")
    assert plain_path(tmp_path / "a b") == link
    assert link.readlink() == tmp_path / "a b"


def test_a_folder_of_links_that_is_a_link_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / f"entangled-{os.getuid()}").symlink_to("/tmp")
    with pytest.raises(StorageError, match="not this user's own"):
        plain_path(tmp_path / "a b")
