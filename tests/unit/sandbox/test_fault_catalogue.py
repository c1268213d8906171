"""The list of faults in docs/operating/faults.md is the catalogue."""

from __future__ import annotations

import re

from include.sandbox.faults.catalogue import CATALOGUE
from include.settings import REPOSITORY


def test_the_runbook_lists_every_fault_under_what_it_ends_in() -> None:
    runbook = (REPOSITORY / "docs" / "operating" / "faults.md").read_text()
    rows = re.findall(r"^\| ([a-z ]+) \| [^|]+ \| (`.+`) \|$", runbook, re.MULTILINE)
    listed = {name: ends.replace(" ", "_") for ends, names in rows for name in re.findall(r"`(\w+)`", names)}
    assert listed == {fault.name: fault.ends for fault in CATALOGUE.values()}
