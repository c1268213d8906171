"""The site holds what a release holds, links to nothing that is not there, and leaves other folders alone."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import duckdb
import pytest

from include import release
from include.common.clock import utc_now
from include.common.errors import EntangledError
from include.common.sql import read_parquet
from include.contracts.release import Release
from include.report import write_report
from include.report.checking import Findings, compare, numbers_of
from include.report.registry import Marts, works_of
from include.settings import Settings
from include.site import write_site
from tests.unit.candidates import change_lineage, make_candidate, pass_audit, rewrite, test_settings

FIRST, SECOND = "01RUN0000000000000000000A1", "01RUN0000000000000000000A2"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home with two releases: in the second, Germany has a paper more."""
    made = test_settings(tmp_path_factory.mktemp("home"), ENTANGLED_KEEP_RELEASES=3)
    for run_id in (FIRST, SECOND):
        make_candidate(made, run_id=run_id)
        if run_id == SECOND:
            rewrite(
                made,
                run_id,
                "mart_headline_figures",
                "select * replace (if(figure_id = 'joint_papers', 54321, computed_value) as computed_value) from it",
            )
            change_lineage(made, run_id, built_at=utc_now())
        pass_audit(made, run_id)
        write_report(made, run_id)
        release.publish(made, run_id)
    return made


@pytest.fixture(scope="module")
def site(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site") / "public site"
    assert write_site(settings, out) == out / "index.html"
    return out


class Shelf:
    """The marts of each release, for ids that begin with `@<release>/`."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.releases_dir
        self._marts: dict[str, Marts] = {}

    def figure(self, figure_id: str) -> tuple[float | None, str]:
        release_id, _, rest = figure_id.removeprefix("@").partition("/")
        if release_id not in self._marts:
            db = duckdb.connect()
            for file in (self._folder / release_id / "parquet").glob("*.parquet"):
                db.execute(f'create view "{file.stem}" as from {read_parquet(file)}')
            told = Release.load(self._folder / release_id / "release.json")
            self._marts[release_id] = Marts(db, works_of(told))
        return self._marts[release_id].figure(rest)


def test_every_relative_link_of_every_page_leads_to_a_file(site: Path) -> None:
    pages = [file for file in site.rglob("*.html") if "data_docs" not in file.parts]
    assert len(pages) > 15
    for page in pages:
        markup = re.sub(r"<script\b.*?</script>", "", page.read_text(), flags=re.DOTALL)
        for target in re.findall(r'(?:href|src)="([^"]+)"', markup):
            if re.match(r"(https?|data|mailto):|#", target):
                continue
            path, _, anchor = target.partition("#")
            file = (page.parent / path).resolve()
            assert file.is_file() and file.is_relative_to(site.resolve()), (page.name, target)
            if anchor and file.suffix == ".html":
                assert f'id="{anchor}"' in file.read_text(), (page.name, target)


def test_numbers_of_its_own_pages_are_the_marts(settings: Settings, site: Path) -> None:
    found, shelf = Findings(), Shelf(settings)
    for name in ("index.html", "releases.html", "method.html"):
        compare(shelf, name, numbers_of((site / name).read_text()), found)
    assert found.faults == []
    assert found.figures == found.equal >= 4


def test_the_list_of_releases_says_what_moved(site: Path) -> None:
    page = (site / "releases.html").read_text()
    assert page.count("<section id=") == 2
    assert "54,321" in page
    assert "there is nothing to compare it with" in page


def test_the_feed_has_an_entry_a_release(settings: Settings, site: Path) -> None:
    atom = "{http://www.w3.org/2005/Atom}"
    feed = ElementTree.parse(site / "feed.xml").getroot()
    entries = feed.findall(f"{atom}entry")
    ids = [f"urn:entangled:release:{one.release_id}" for one in release.list_releases(settings)]
    assert [entry.findtext(f"{atom}id") for entry in entries] == ids
    assert "1 headline figure moved" in str(entries[0].findtext(f"{atom}summary"))


def test_a_site_is_replaced_as_a_whole(settings: Settings, site: Path) -> None:
    (site / "left over.html").write_text("old")
    write_site(settings, site)
    assert not (site / "left over.html").exists()
    assert (site / "index.html").is_file()


def test_a_folder_with_other_things_is_left_alone(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(EntangledError, match="holds something that is no site"):
        write_site(settings, tmp_path)
    assert (tmp_path / "thesis.tex").read_text() == "mine"
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.tex"]


def test_without_a_release_there_is_no_site(tmp_path: Path) -> None:
    with pytest.raises(EntangledError, match="no release to make a site of"):
        write_site(test_settings(tmp_path / "home"), tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_the_releases_are_no_place_for_a_site(settings: Settings) -> None:
    before = sorted(settings.releases_dir.iterdir())
    with pytest.raises(EntangledError, match="cannot stand among the releases"):
        write_site(settings, settings.releases_dir / "site")
    assert sorted(settings.releases_dir.iterdir()) == before


def test_a_release_without_pages_is_told_and_no_half_site_is_made(settings: Settings, tmp_path: Path) -> None:
    current = tmp_path / "home" / "releases" / "current"
    current.mkdir(parents=True)
    (current / "report.html").write_text("as older versions wrote it")
    with pytest.raises(EntangledError, match="has no pages of the report"):
        write_site(test_settings(tmp_path / "home"), tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_a_place_that_cannot_hold_the_site_is_told(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(EntangledError, match="a file stands where a folder is needed"):
        write_site(settings, tmp_path / "file" / "site")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a file system that refuses new folders for root too")
def test_a_place_where_no_folder_can_be_made_is_told(settings: Settings) -> None:
    with pytest.raises(EntangledError, match="no folder can be made there"):
        write_site(settings, Path("/proc/none/site"))


def test_the_folder_may_be_named_as_one_stands_in_it(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_site(settings, Path())
    assert (tmp_path / "index.html").is_file()


def test_the_feed_says_where_there_is_nothing_to_compare(site: Path) -> None:
    feed = ElementTree.parse(site / "feed.xml").getroot()
    atom = "{http://www.w3.org/2005/Atom}"
    assert str(feed.findtext(f"{atom}title")).startswith("SYNTHETIC: ")
    assert "nothing to compare it with" in str(feed.findall(f"{atom}entry")[-1].findtext(f"{atom}summary"))
