"""`python -m include.notebook`: run the notebook of bi/ and hold its ten answers against the facts."""

from __future__ import annotations

from include.common.arguments import Parser
from include.common.errors import exit_cleanly
from include.notebook import run
from include.settings import get_settings


@exit_cleanly
def main() -> int:
    """Run it; 1 when an answer differs."""
    Parser(prog="python -m include.notebook", description=(__doc__ or "").partition(": ")[2]).parse_args()
    ran = run(get_settings())
    print("\n".join(ran.lines))
    return 0 if ran.is_equal else 1


if __name__ == "__main__":
    main()
