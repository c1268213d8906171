"""The bill of materials holds what is locked, with licences."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from include.local.bill import licences, write_bill
from include.settings import REPOSITORY, Settings


@pytest.mark.verify
def test_every_package_that_is_locked_for_this_machine_is_on_the_bill(tmp_path: Path) -> None:
    bill = write_bill(Settings.model_validate({"ENTANGLED_HOME": str(tmp_path)}))
    told = json.loads(bill.read_bytes())
    assert told["bomFormat"] == "CycloneDX"
    found = {re.sub(r"[-_.]+", "-", each["name"]).lower(): each["version"] for each in told["components"]}
    lines = (REPOSITORY / "requirements.txt").read_text(encoding="utf-8").splitlines()
    everywhere = [line.split()[0].split("==") for line in lines if "==" in line and ";" not in line]
    assert len(everywhere) > 150
    assert [name for name, version in everywhere if found.get(name) != version] == []
    # what only tests and lint need is not on it
    assert "pytest" not in found
    assert sum(count for _, count, _ in licences(bill)) == len(found)
    refs = {each["bom-ref"] for each in told["components"]}
    assert all(needed in refs for each in told["dependencies"] for needed in each.get("dependsOn", ()))
