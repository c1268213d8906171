"""The bill of materials: every package that runs here, with its version and licence, as CycloneDX (`make sbom`)."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from include.common.environments import SeparateEnvironment
from include.common.errors import EntangledError
from include.common.files import ensure_dir, write_atomic
from include.settings import REPOSITORY, Settings, child_environment

_FOLDER = REPOSITORY / "config" / "sbom"
TOOL = SeparateEnvironment("cyclonedx-bom", REPOSITORY / "var" / "sbom-env", _FOLDER / "requirements.txt")
# name, version and hashes of a package that the composed deployment and `make demo` run on
_LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)


def write_bill(settings: Settings) -> Path:
    """Write `sbom.json` below the home, of what is locked in requirements.txt and installed here; returns the file.

    Raises:
        EntangledError: the tool could not be installed or does not end well, or a locked package is not installed here.
    """
    TOOL.ensure()
    file = ensure_dir(settings.home) / "sbom.json"
    command = [str(TOOL.program("cyclonedx-py")), "environment", "--output-reproducible"]
    command += ["--output-format", "JSON", "--output-file", str(file), sys.executable]
    done = subprocess.run(command, env=child_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise EntangledError(
            f"the bill of materials could not be written:\n{done.stderr[-1500:].strip()}",
            where=str(file),
            fix="mend what it names, and run the same again",
        )
    bill = json.loads(file.read_bytes())
    bill["components"] = _locked(bill["components"])
    known = {component["bom-ref"] for component in bill["components"]}
    bill["dependencies"] = [
        {**each, "dependsOn": [needed for needed in each.get("dependsOn", ()) if needed in known]}
        for each in bill.get("dependencies", ())
        if each["ref"] in known
    ]
    write_atomic(file, json.dumps(bill, indent=2, ensure_ascii=False) + "\n")
    return file


def _locked(components: list[dict[str, Any]]) -> list[dict[str, Any]]:
    lock = (REPOSITORY / "requirements.txt").read_text(encoding="utf-8")
    names = {_plain(name) for name, _ in _LOCKED.findall(lock)}
    return [component for component in components if _plain(component["name"]) in names]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def licences(bill: Path) -> list[tuple[str, int, str]]:
    """Licence, how many packages have it, and the first of them by name; most packages first."""
    by_licence: dict[str, list[str]] = {}
    for component in json.loads(bill.read_bytes())["components"]:
        by_licence.setdefault(_licence(component), []).append(component["name"])
    counted = Counter({licence: len(names) for licence, names in by_licence.items()})
    return [(licence, count, ", ".join(sorted(by_licence[licence])[:4])) for licence, count in counted.most_common()]


def _licence(component: dict[str, Any]) -> str:
    told = component.get("licenses", ())
    names = [each.get("expression") or (each.get("license") or {}).get("id") for each in told]
    if not any(names):
        # one without an identifier is named as its package names it, which may be its whole text
        names = [(each.get("license") or {}).get("name", "").splitlines()[0][:60] for each in told if each]
    told_names = sorted({name.removeprefix("License :: OSI Approved :: ") for name in names if name})
    return " AND ".join(told_names) or "not told"
