"""The current release as a static site: report, pages of countries and institutions, method, dictionary, downloads, the
list of releases with what moved between them, and a feed. Links are relative, so any web server or object store serves
it, and it opens from disk."""

from __future__ import annotations

from pathlib import Path

from include.settings import Settings

__all__ = ["write_site"]


def write_site(settings: Settings, out: Path) -> Path:
    """Write the site into the folder `out` and return its first page, `index.html`.

    A site that stands there is replaced as a whole. A folder that holds anything else is refused.

    Raises:
        EntangledError: there is no release, or the folder holds something that is no site.
    """
    # imported late: `--help` must not pay for the templates
    from include.site.writing import write

    return write(settings, out)
