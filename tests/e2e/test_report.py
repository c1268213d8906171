"""The report of a real run, and the site, looked at in chromium: nothing empty, no error, every number its mart's."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.common.errors import ContractError
from include.report.browser import browser, look
from include.report.checking import Findings
from include.report.proving import check_folder
from include.settings import Settings
from include.site import write_site

pytestmark = pytest.mark.verify


def test_every_page_is_right_and_can_be_read_by_everyone(released: Settings, tmp_path: Path) -> None:
    current = (released.releases_dir / "current").resolve()
    found, findings = check_folder(released, current, current / "report", tmp_path)
    assert found.faults == []
    assert findings == 0
    assert found.figures == found.equal > 1000
    assert len(list(tmp_path.glob("*.png"))) > 10


class NoMarts:
    """Stands where numbers are held against their marts elsewhere (tests/unit/site, which knows several releases)."""

    def figure(self, figure_id: str) -> tuple[float | None, str]:
        raise ContractError("not held against a mart here", where=figure_id)


def test_the_pages_of_the_site_can_be_read_by_everyone(released: Settings, tmp_path: Path) -> None:
    site = write_site(released, tmp_path / "site").parent
    found = Findings()
    with browser() as opened:
        findings = look(opened, site, ["index.html", "releases.html", "method.html"], NoMarts(), found)
    assert [fault for fault in found.faults if "not held against a mart here" not in fault] == []
    assert findings == 0
