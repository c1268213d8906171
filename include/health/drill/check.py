"""Both parts of the drill, and the two lines that they end with."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

from include.health.drill.breaks import breaks, make, staged
from include.health.drill.days import broken_days, clean_days, home_for, play
from include.health.drill.receivers import Message, Received, mail_server, webhook
from include.settings import Settings


def check_alerts(settings: Settings, names: Sequence[str] = (), *, seed: int = 1) -> bool:
    """Break a run in every way (or those of `names`), and play forty days; prints what arrived. True when everything
    was told that had to be, and nothing else."""
    folder = settings.home / "alerts-drill"
    shutil.rmtree(folder, ignore_errors=True)
    with mail_server() as mail, webhook() as hook:
        are_right, line = _break_runs(settings, [hook, mail], names)
    with mail_server() as mail, webhook() as hook:
        tally = play(home_for(folder / "days", [hook, mail]), [*clean_days(), *broken_days()], [hook, mail], seed=seed)
    for problem in [*tally.missed, *tally.false]:
        print(f"WRONG: {problem}", flush=True)
    print(
        f"clean days: {tally.clean}, broken days: {tally.broken}, missed: {len(tally.missed)}, "
        f"false: {len(tally.false)}"
    )
    print(line, flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    return are_right and not tally.missed and not tally.false


def _break_runs(settings: Settings, receivers: Sequence[Received], names: Sequence[str]) -> tuple[bool, str]:
    wanted = [one for one in breaks() if not names or one.cause in names]
    messages = false = 0
    are_right = True
    with staged(settings.home / "alerts-drill", receivers) as stage:
        for one in wanted:
            told, problems = make(stage, one)
            print(f"\n== {one.name}", flush=True)
            for message in told:
                print(_shown(message), flush=True)
            for problem in problems:
                print(f"WRONG: {problem}", flush=True)
            are_right = are_right and not problems
            messages += sum(message.cause == one.cause for message in told)
            false += sum(message.cause not in {one.cause, *one.also} for message in told)
    print()
    return are_right, f"breaks: {len(wanted)}, messages: {messages}, false: {false}"


def _shown(message: Message) -> str:
    return "\n".join([message.title, *(f"    {line}" for line in message.text.splitlines())])
