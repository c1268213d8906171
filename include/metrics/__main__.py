"""Command line: `python -m include.metrics`: what is measured now, and send it if ENTANGLED_METRICS says where to."""

from __future__ import annotations

from include.common.arguments import Parser
from include.common.clock import utc_now
from include.common.errors import exit_cleanly
from include.settings import get_settings


@exit_cleanly
def main() -> int:
    """Print a line a value; 1 when it was to be sent and was not taken."""
    Parser(prog="python -m include.metrics", description="What is measured of this home now.").parse_args()
    from include.metrics import INSTRUMENTS, measure, push

    settings = get_settings()
    for one in measure(settings, utc_now()):
        of = ", ".join(one.attributes.values())
        print(f"{one.name:<34} {of:<40} {one.value:>16,.0f} {INSTRUMENTS[one.name].unit}".rstrip())
    return 0 if not settings.metrics or push(settings) else 1


if __name__ == "__main__":
    main()
