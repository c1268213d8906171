"""Command line: `python -m include.site --out FOLDER`."""

from __future__ import annotations

from pathlib import Path

from include.common.arguments import Parser
from include.common.errors import exit_cleanly
from include.settings import get_settings
from include.site import write_site


@exit_cleanly
def main() -> int:
    """Write the site and say where it is."""
    parser = Parser(prog="python -m include.site", description="Write the current release as a static site.")
    parser.add_argument("--out", required=True, type=Path, metavar="FOLDER", help="where it is written")
    arguments = parser.parse_args()
    print(write_site(get_settings(), arguments.out))
    return 0


if __name__ == "__main__":
    main()
