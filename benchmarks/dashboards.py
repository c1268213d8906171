"""How long a reader of the dashboards waits: the SQL of every chart, Superset's answer to it, each dashboard whole.

    python benchmarks/dashboards.py [--rounds 20] [--works 1000000]

The SQL is what Superset asks for a reader who opens every tab of every dashboard on the current release: of every
chart, and of the filters. It is asked of the release's marts.duckdb, opened read-only as Superset opens it, warm, each
chart so many times. With --works it is also asked of a marts.duckdb of so many works: the typed zone of this home is
multiplied as benchmarks/build.py does it, built, exported and written as a release is; what a release says of itself
is the same there. A dashboard is there when its last chart is: all charts that stand on the page as it opens, in a
browser that has opened it before.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import chain
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from build import measure, multiplied
from queries import FEWEST_ROUNDS, Timing, timed

from include.bi import serving
from include.bi.checking import Asked, Opened, find_browser, time_dashboards
from include.common.arguments import Parser, count
from include.common.errors import exit_cleanly
from include.common.sql import identifier, quoted
from include.contracts.candidate import LINEAGE, MARTS, Lineage
from include.release.database import write_database
from include.settings import Settings, get_settings

ROUNDS = 20
# of dashboards and of Superset's own answers, which take a hundred times as long
OPENINGS = 5
SLOWEST_SHOWN = 10
# as bi/superset/superset_config.py opens a release
_AS_SUPERSET = {"access_mode": "READ_ONLY", "enable_external_access": "false", "threads": "2"}


@exit_cleanly
def main() -> None:
    """Look at every dashboard, ask every query, print what each took."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=count, default=ROUNDS, help=f"how often each is asked (default: {ROUNDS})")
    parser.add_argument("--works", type=count, help="ask a marts.duckdb of so many works as well")
    arguments = parser.parse_args()
    if arguments.rounds < FEWEST_ROUNDS:
        sys.exit(f"error: --rounds {arguments.rounds} is too few for a percentile; at least {FEWEST_ROUNDS}")
    settings = get_settings()
    if settings.bi_postgres is not None:
        sys.exit("error: Superset reads Postgres here, and this asks the files; unset ENTANGLED_BI_POSTGRES")
    opened = _look(settings)
    asked = _distinct(chain.from_iterable(dashboard.asked for dashboard in opened))
    release = settings.releases_dir / "current" / "marts.duckdb"
    timings = _ask(release, asked, arguments.rounds)
    large = _ask_many_works(settings, asked, arguments.works, arguments.rounds) if arguments.works else []

    _show("SQL on the current release", timings)
    if large:
        _show(f"SQL on {arguments.works:,} works", large)
    answers = sorted((Timing(one.title, len(one.sql), *_figures(one.taken_ms)) for one in asked), key=_slowest_first)
    _show("Superset's answer, one at a time", answers, SLOWEST_SHOWN)
    for dashboard in opened:
        print(f"{statistics.median(dashboard.seconds):8.2f} s to the last chart of {dashboard.slug}")
    figures = {
        "charts": len({one.title for one in asked if one.is_chart}),
        "marts_mb": f"{release.stat().st_size / 1e6:.1f}",
        "p95_ms": f"{timings[0].p95_ms:.1f}",
        **({"works": arguments.works, "works_p95_ms": f"{large[0].p95_ms:.1f}"} if large else {}),
        "superset_p95_ms": f"{_figures(list(chain.from_iterable(one.taken_ms for one in asked)))[1]:.0f}",
        "dashboards_s": f"{max(statistics.median(dashboard.seconds) for dashboard in opened):.2f}",
    }
    print(" ".join(f"{name}={value}" for name, value in figures.items()))


def _look(settings: Settings) -> list[Opened]:
    """What Superset asks and how long it takes; Superset is stopped again when it did not run before."""
    browser, ran = find_browser(), serving.is_up(settings)
    try:
        return time_dashboards(settings, browser, serving.up(settings), OPENINGS)
    finally:
        if not ran:
            serving.down(settings)


def _distinct(asked: Iterable[Asked]) -> list[Asked]:
    """Each query of each chart once, however often it was sent."""
    return list({(one.title, one.sql): one for one in asked}.values())


def _ask(file: Path, asked: list[Asked], rounds: int) -> list[Timing]:
    with duckdb.connect(str(file.resolve()), config=_AS_SUPERSET) as db:

        def fetched(statements: tuple[str, ...]) -> list[tuple[object, ...]]:
            return list(chain.from_iterable(db.execute(sql).fetchall() for sql in statements))

        timings = []
        for one in asked:
            # warm, as the other queries of a page leave it
            fetched(one.sql)
            timings.append(timed(one.title, partial(fetched, one.sql), rounds))
    return sorted(timings, key=_slowest_first)


def _ask_many_works(settings: Settings, asked: list[Asked], works: int, rounds: int) -> list[Timing]:
    with multiplied(settings.home, works) as home:
        for step in (["build"], ["check"], ["export", "--run", "benchmark"]):
            measure([sys.executable, "-m", "include.warehouse", *step], home.environment)
        candidate = home.settings.build_dir / "benchmark"
        tables = Lineage.load(candidate / LINEAGE).tables
        file = home.settings.home / "marts.duckdb"
        write_database(home.settings, file, candidate / MARTS, tables, synthetic=True)
        _add_tables_of_release(file, settings.releases_dir / "current" / "marts.duckdb")
        print(f"{home.works:,} works: marts.duckdb has {file.stat().st_size / 1e6:,.0f} MB", flush=True)
        return _ask(file, asked, rounds)


def _add_tables_of_release(file: Path, release: Path) -> None:
    """What audit and publication add, from the release that is current: checks, releases, movements."""
    with duckdb.connect(str(file)) as db:
        db.execute(f"attach {quoted(release.resolve())} as current_release (read_only)")
        missing = db.execute(
            "select table_name from information_schema.tables where table_catalog = 'current_release'"
            " except select table_name from information_schema.tables where table_catalog = current_database()"
        ).fetchall()
        for (name,) in missing:
            db.execute(f"create table {identifier(name)} as from current_release.{identifier(name)}")


def _show(title: str, timings: list[Timing], most: int | None = None) -> None:
    print(f"{title}: p95 ms, p50 ms")
    for one in timings[:most]:
        print(f"{one.p95_ms:8.1f} {one.p50_ms:8.1f}  {one.question}")


def _figures(taken_ms: Sequence[float]) -> tuple[float, float]:
    return statistics.median(taken_ms), statistics.quantiles(taken_ms, n=20, method="inclusive")[-1]


def _slowest_first(timing: Timing) -> float:
    return -timing.p95_ms


if __name__ == "__main__":
    main()
