"""Reads the limits of single checks from thresholds.yml, where all limits of gate 3 stand."""

from __future__ import annotations

from pathlib import Path

import yaml

from include.audit.registry import CheckFileError

FILE = Path(__file__).parent / "thresholds.yml"


def load_thresholds(file: Path = FILE) -> dict[str, float]:
    """Name -> value, of the section `checks`.

    Raises:
        CheckFileError: the file cannot be read, or a value is no number.
    """
    try:
        told = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise _wrong(file, f"cannot be read: {' '.join(str(error).split())}") from None
    limits = told.get("checks") if isinstance(told, dict) else None
    if not isinstance(limits, dict):
        raise _wrong(file, "have no section `checks` with names and numbers")
    for name, value in limits.items():
        if not isinstance(name, str) or not isinstance(value, int | float) or isinstance(value, bool):
            raise _wrong(file, f"have `{name}: {value}`, which is not a number")
    return {name: float(value) for name, value in limits.items()}


def _wrong(file: Path, what: str) -> CheckFileError:
    return CheckFileError(f"the thresholds {what}", where=str(file), fix="mend the file: one `name: number` a line")
