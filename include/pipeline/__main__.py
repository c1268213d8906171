"""Command line: `python -m include.pipeline run|go-on|accept|waiting|probe|truth|faults|crash|...`."""

from __future__ import annotations

import argparse
import logging
from typing import TYPE_CHECKING

from include.common.arguments import Parser, count, day, size
from include.common.errors import exit_cleanly
from include.settings import Settings, get_settings, serve_nobody

if TYPE_CHECKING:
    from include.pipeline.run import RunResult


# they run the whole pipeline on invented works
_CHECKS = ("changes", "corruptions", "truth", "faults", "crash", "switches", "postgres-check", "cases", "restore-drill")


def _arguments() -> argparse.Namespace:
    parser = Parser(prog="python -m include.pipeline", description="The whole way of the data, without Airflow.")
    commands = parser.add_subparsers(dest="command", required=True)
    runs = commands.add_parser("run", help="bring the release up to date with the source")
    runs.add_argument("--full-sweep", action="store_true", help="ask for every window again, whatever its age")
    runs.add_argument("--full-refresh", action="store_true", help="rebuild the warehouse from the typed batches")
    runs.add_argument("--plan", action="store_true", help="show what it would ask of the source, and fetch nothing")
    accepts = commands.add_parser("accept", help="accept findings that a gate refused, and go on with what has them")
    accepts.add_argument("--finding", nargs="+", required=True, metavar="CHECK#DIGEST", help="as the gate names them")
    accepts.add_argument("--reason", required=True, help="why it is right")
    accepts.add_argument("--who", required=True, help="who accepts it")
    accepts.add_argument("--until", required=True, type=day, help="last day that it may be published with that")
    accepts.add_argument("--run", metavar="ID", help="run, build or window that was refused (default: the newest)")
    going = commands.add_parser("go-on", help="go on with a run from one of its later steps")
    going.add_argument("--run", required=True, metavar="ID", help="the run: build/<ID>/ is or will be its candidate")
    going.add_argument(
        "--from",
        dest="first",
        required=True,
        choices=("build", "check", "audit", "publish"),
        help="the first step to do",
    )
    commands.add_parser("waiting", help="list the typed batches that the current release was not built from")
    commands.add_parser("probe", help="ask the source what a run asks, and say what is not as expected (15 credits)")
    truth = commands.add_parser("truth", help="compare the marts with the truth of generated corpora")
    truth.add_argument("--seeds", type=count, default=3, help="how many seeds, from 1 (default: 3)")
    truth.add_argument("--scale", type=size, default=0.05, help="corpus size as a share of the study (default: 0.05)")
    faults = commands.add_parser("faults", help="hold every fault of the sandbox against a run without it")
    faults.add_argument("--scale", type=size, default=0.01, help="corpus size as a share of the study (default: 0.01)")
    crash = commands.add_parser("crash", help="kill runs at random moments, and compare what they end in")
    crash.add_argument("--kills", type=count, default=200, help="how many kills (default: 200)")
    crash.add_argument("--scale", type=size, default=0.01, help="corpus size as a share of the study (default: 0.01)")
    crash.add_argument("--seed", type=int, help="of the moments (default: another one each time; it is printed)")
    switches = commands.add_parser("switches", help="switch releases under readers, with kill -9 in publish")
    switches.add_argument("--switches", type=count, default=10_000, help="how many switches (default: 10000)")
    switches.add_argument("--seed", type=int, help="of the moments (default: another one each time; it is printed)")
    served = commands.add_parser("postgres-check", help="switch releases in a Postgres under readers, with kills")
    served.add_argument("--switches", type=count, default=50, help="how many switches (default: 50)")
    served.add_argument("--seed", type=int, help="of the moments (default: another one each time; it is printed)")
    restore = commands.add_parser("restore-drill", help="lose parts of a home, bring them back, compare the marts")
    restore.add_argument("--scale", type=size, default=0.01, help="corpus size as a share of the study (default: 0.01)")
    restore.add_argument("--without-airflow", action="store_true", help="leave out the loss of Airflow's metadata")
    changes = commands.add_parser(
        "changes", help="every kind of change: an increment after it against a rebuild from raw"
    )
    changes.add_argument("--scale", type=size, default=0.01, help="corpus size as a share of the study (default: 0.01)")
    changes.add_argument("names", nargs="*", metavar="CHANGE", help="names of changes (default: all)")
    corruptions = commands.add_parser("corruptions", help="every corruption must be stopped, no evolution may be")
    corruptions.add_argument("--scale", type=size, default=0.05, help="corpus size as a share of the study (0.05)")
    corruptions.add_argument("--sample", type=count, help="so many corruptions and a sixth of it evolutions, at random")
    corruptions.add_argument("--seed", type=int, default=1, help="of the sample (default: 1)")
    corruptions.add_argument("--write", action="store_true", help="only write the catalogue into docs/GATES.md")
    corruptions.add_argument("names", nargs="*", metavar="NAME", help="corruptions and evolutions (default: all)")
    cases = commands.add_parser("cases", help="small inputs with their right answers, each through the whole pipeline")
    cases.add_argument("names", nargs="*", metavar="CASE", help="files of tests/cases (default: all)")
    return parser.parse_args()


@exit_cleanly
def main() -> int:
    """Run the chosen command; 0 when it did what it says."""
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    settings = get_settings()
    if arguments.command in _CHECKS:
        settings = serve_nobody(settings)
    if arguments.command == "probe":
        from include.pipeline.probe import check_source

        logging.getLogger().setLevel(logging.ERROR)
        return 0 if check_source(settings) else 1

    if arguments.command == "restore-drill":
        from include.pipeline.restoring import check_restoring

        return 0 if check_restoring(settings, arguments.scale, with_airflow=not arguments.without_airflow) else 1

    if arguments.command == "changes":
        from include.pipeline.changes import check_changes

        return 0 if check_changes(settings, arguments.scale, arguments.names) else 1

    if arguments.command == "corruptions":
        from include.pipeline.corruptions import Wanted, check_corruptions

        logging.getLogger().setLevel(logging.ERROR)
        if arguments.write:
            from include.pipeline.corruptions.page import write_page

            print(f"{write_page()} written")
            return 0
        wanted = Wanted(tuple(arguments.names), arguments.sample, arguments.seed)
        return 0 if check_corruptions(settings, arguments.scale, wanted) else 1

    if arguments.command == "truth":
        from include.pipeline.truth import check_seeds

        return 0 if check_seeds(settings, arguments.seeds, arguments.scale) else 1

    if arguments.command == "faults":
        from include.pipeline.faults import check_faults

        logging.getLogger().setLevel(logging.ERROR)
        return 0 if check_faults(settings, arguments.scale) else 1

    if arguments.command == "crash":
        from include.pipeline.crash import check_crashes

        return 0 if check_crashes(settings, arguments.kills, arguments.scale, arguments.seed) else 1

    if arguments.command == "switches":
        from include.pipeline.switches import check_switches

        logging.getLogger().setLevel(logging.ERROR)
        return 0 if check_switches(settings, arguments.switches, arguments.seed) else 1

    if arguments.command == "postgres-check":
        from include.pipeline.postgres_check import check_postgres

        logging.getLogger().setLevel(logging.ERROR)
        return 0 if check_postgres(settings, arguments.switches, arguments.seed) else 1

    if arguments.command == "cases":
        from include.pipeline.cases import check_cases

        return 0 if check_cases(settings, arguments.names) else 1

    if arguments.command == "waiting":
        from include.pipeline.waiting import waiting

        print("\n".join(waiting(settings)) or "nothing waits")
        return 0

    if arguments.command == "accept":
        return _accept(settings, arguments)

    from include.pipeline.run import go_on, run, show_plan

    if arguments.command == "go-on":
        _tell(go_on(settings, arguments.run, arguments.first))
        return 0
    if arguments.plan:
        print(show_plan(settings, full_sweep=arguments.full_sweep))
        return 0

    _tell(run(settings, full_sweep=arguments.full_sweep, full_refresh=arguments.full_refresh))
    return 0


def _accept(settings: Settings, arguments: argparse.Namespace) -> int:
    from include.pipeline.accepting import accept, find_refusal, go_on

    refusal = find_refusal(settings, arguments.finding, arguments.run)
    accept(
        settings,
        refusal,
        arguments.finding,
        reason=arguments.reason,
        who=arguments.who,
        until=arguments.until,
    )
    result = go_on(settings, refusal)
    if result is None:
        print(f"accepted; the next run sweeps window {refusal.subject} again")
    else:
        _tell(result)
    return 0


def _tell(result: RunResult) -> None:
    for step, seconds in result.seconds.items():
        print(f"{step:<20} {seconds:>8.2f} s")
    if result.held:
        print(result.held)
        return
    state = "published" if result.is_new else "is current, nothing new"
    print(f"release {result.release.release_id} {state} after {result.total_seconds:.1f} s")


if __name__ == "__main__":
    main()
