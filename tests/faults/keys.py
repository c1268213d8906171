"""Looks for an API key in everything that a run left behind."""

from __future__ import annotations

import base64
from pathlib import Path


def files_that_hold(key: str, *folders: Path) -> list[str]:
    """Files below the folders in whose bytes (or name) the key stands, plain or in Base64."""
    forms = [key.encode(), *(base64.b64encode(b"x" * shift + key.encode())[4:-4] for shift in range(3))]
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    assert files, "there is nothing to look at"
    return [str(file) for file in files if key in str(file) or any(form in file.read_bytes() for form in forms)]
