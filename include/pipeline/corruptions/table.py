"""What `make corruptions` prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from include.pipeline.corruptions.evolutions import Step
from include.pipeline.corruptions.outcome import Outcome

# of the checks that found a corruption
_NAMED = 3
# steps of a run that are gates (include/pipeline/run.py); gate 1 is part of extract and flatten
_GATES = ("check (gate 2)", "audit (gate 3)")


def show_heading() -> None:
    """Print the head of the table."""
    print(f"{'end':<9} {'gate':<8} {'corruption':<40} {'seconds':>7}  found by", flush=True)


def show_outcome(outcome: Outcome) -> None:
    """Print a line, and what is not as it should be."""
    named = ", ".join(outcome.found[:_NAMED])
    more = f" and {len(outcome.found) - _NAMED} more" if len(outcome.found) > _NAMED else ""
    print(
        f"{outcome.end:<9} {outcome.gate or '':<8} {outcome.corruption.name:<40} {outcome.seconds:>7.1f}  "
        f"{named}{more}",
        flush=True,
    )
    if outcome.fault:
        print(f"    NOT AS EXPECTED: {outcome.fault}. {outcome.corruption.sentence}", flush=True)


def show_step(step: Step) -> None:
    """Print a line of an evolution."""
    found = ", ".join(step.refused_by or step.warnings) or "no warning"
    end = "REFUSED" if step.refused_by else "clean"
    print(f"{end:<9} seed {step.seed:<3} {step.evolution.name:<40} {step.seconds:>7.1f}  {found}", flush=True)


def show_sums(outcomes: Sequence[Outcome], steps: Sequence[Step], seconds: Mapping[str, float]) -> bool:
    """Print the last lines; whether all is as it should be."""
    ends = Counter(outcome.end for outcome in outcomes)
    as_expected = sum(not outcome.fault for outcome in outcomes)
    alarms = sum(bool(step.refused_by) for step in steps)
    if seconds:
        gates, whole = sum(seconds.get(name, 0) for name in _GATES), sum(seconds.values())
        print(f"gates 2 and 3 of a run of this size: {gates:.1f} of {whole:.1f} s ({gates / whole:.0%})")
    for end in ("no trace", "broken"):
        if ends[end]:
            print(f"{end}: {ends[end]}")
    print(f"stopped: {ends['stopped']}, warned: {ends['warned']}, silent: {ends['silent']}")
    print(f"corruptions: {len(outcomes)}, as expected: {as_expected}, false alarms: {alarms} of {len(steps)}")
    return as_expected == len(outcomes) and not alarms
