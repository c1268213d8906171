"""Command line: `python -m include.warehouse build|check|export|manifest|check-lists|audit-reference|...`."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from include.common.arguments import Parser
from include.common.errors import exit_cleanly
from include.common.ids import new_ulid
from include.settings import get_settings


def _arguments() -> argparse.Namespace:
    parser = Parser(
        prog="python -m include.warehouse", description="Build the warehouse from typed batches and export a candidate."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    builds = commands.add_parser("build", help="load every typed batch not yet loaded and rebuild the marts")
    builds.add_argument("--full-refresh", action="store_true", help="rebuild everything from the typed batches")
    commands.add_parser("check", help="gate 2: judge the last build by dbt's results and by the data")
    exports = commands.add_parser("export", help="write the candidate: the marts as Parquet with their lineage")
    exports.add_argument("--run", default=None, help="run id (default: a new one)")
    commands.add_parser("manifest", help="write the dbt manifest; needs no data")
    lists = commands.add_parser("check-lists", help="check lists of your own before a build reads them")
    lists.add_argument("folder", type=Path, help="the folder that ENTANGLED_EXTRA_LISTS names")
    audits = commands.add_parser("audit-reference", help="hold the reference data against its audit and against itself")
    audits.add_argument("--write", action="store_true", help="write docs/AUDIT.md from docs/audit.csv")
    return parser.parse_args()


@exit_cleanly
def main() -> int:
    """Run the chosen command; 0 when it did what it says."""
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    settings = get_settings()
    from include import warehouse

    if arguments.command == "build":
        warehouse.build(settings, full_refresh=arguments.full_refresh)
    elif arguments.command == "check":
        for check in warehouse.check_build(settings):
            print(f"{'pass' if check.passed else check.severity:<5} {check.check_id:<20} {check.observed}")
    elif arguments.command == "export":
        lineage = warehouse.export_candidate(settings, arguments.run or new_ulid())
        print(f"candidate {lineage.run_id}: {len(lineage.tables)} tables, {lineage.works_loaded:,} works")
        print(settings.build_dir / lineage.run_id)
    elif arguments.command == "manifest":
        print(warehouse.write_manifest(settings))
    elif arguments.command == "check-lists":
        from include.warehouse.lists import check_lists

        for table, rows in check_lists(settings, arguments.folder).items():
            print(f"{table}: {rows} rows")
    elif arguments.command == "audit-reference":
        from include.warehouse.reference_audit import audit_reference, write_page

        if arguments.write:
            print(write_page())
        return 0 if audit_reference(settings) else 1
    return 0


if __name__ == "__main__":
    main()
