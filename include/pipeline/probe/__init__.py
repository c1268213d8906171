"""The probe: asks the source what the pipeline asks, about fifteen credits' worth, before a run depends on it.

The same questions go to a sandbox with a small invented corpus, which answers as the pipeline expects. Form, fields,
headers, errors and meaning are compared, and flatten reads the records; every difference is a sentence with what to do.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from include.common.clock import utc_now
from include.common.errors import SettingsError
from include.contracts.scope import ResolvedScope
from include.openalex.client import Answer, Client, judge
from include.openalex.errors import BudgetExhausted, SourceError, Unauthorised, Unreachable
from include.openalex.scope import read_scope
from include.pipeline.probe.flattening import check_flattening
from include.pipeline.probe.forms import Difference, body_of, compare
from include.pipeline.probe.meanings import check_meaning
from include.pipeline.probe.questions import Asking, Memory, NotAskable, Question, questions
from include.pipeline.truth import command, serving
from include.settings import Settings, child_environment

log = logging.getLogger("entangled")

# enough works of each year for two pages, generated in some seconds
_SCALE = "0.003"
# after these there is nothing more to learn
_ENDS = (Unreachable, Unauthorised, BudgetExhausted)


class _Source:
    """One side of the comparison: its client and scope, and what it answered."""

    def __init__(self, settings: Settings, scope: ResolvedScope) -> None:
        self.settings, self.scope = settings, scope
        self.client = Client(settings)
        self.memory = Memory()
        self.credits = 0
        self.asking = questions(scope, utc_now().date())

    def ask(self, asking: Asking) -> tuple[Question, Answer]:
        """Raises NotAskable; SourceError when no answer came, or one that every further call would get too."""
        name, make = asking
        question = make(self.memory)
        answer = self.client.exchange(question.path, question.parameters)
        fault = judge(answer, name, utc_now())
        if isinstance(fault, _ENDS):
            raise fault
        body = body_of(answer)
        if answer.status == 200 and body is not None:
            self.memory.bodies[name] = body
        used = answer.headers.get("x-ratelimit-credits-used", "0")
        self.credits += int(used) if used.isdigit() else 0
        return question, answer


def check_source(settings: Settings) -> bool:
    """Ask every question, print what came, and end with `calls: n, as expected: n`. True when all is as expected.

    Raises:
        SettingsError: there is no key. Nothing was asked.
        Unreachable, Unauthorised, BudgetExhausted: the source cannot be asked. What was asked before is told.
    """
    if settings.api_key is None:
        raise SettingsError(
            "OPENALEX_API_KEY is not set, and the probe asks the source with it",
            fix="get a free key at openalex.org and put OPENALEX_API_KEY=<key> into .env; to try it without one, "
            "start `make sandbox CORPUS=<folder>`, then: OPENALEX_BASE_URL=<its address> OPENALEX_API_KEY=sandbox "
            "make probe",
        )
    source = _Source(settings, read_scope(settings))
    print(f"asking {settings.api_url} about {source.scope.title}, and a sandbox for comparison", flush=True)
    with _sandbox(settings) as sandbox:
        asked = [(name, list(_differences(source, sandbox, at))) for at, (name, _) in enumerate(source.asking)]
    as_expected = sum(not found for _, found in asked)
    print(f"\n{source.credits} credits used")
    for name, found in asked:
        for difference in found:
            print(f"{name}: {difference.what}\n  what to do: {difference.fix}")
    print(f"calls: {len(asked)}, as expected: {as_expected}", flush=True)
    return as_expected == len(asked)


def _differences(source: _Source, sandbox: _Source, at: int) -> Iterator[Difference]:
    """Ask question number `at` on both sides; tell on one line how it went."""
    found: list[Difference] = []
    name = source.asking[at][0]
    status = "-"
    try:
        _, expected = sandbox.ask(sandbox.asking[at])
        question, answer = source.ask(source.asking[at])
        status = str(answer.status)
        found += compare(question, expected, answer, source.memory.forms, sandbox.memory.forms)
        if name in source.memory.bodies:
            found += check_meaning(question, source.scope, source.memory)
            records = source.memory.records(name) if "results" in source.memory.bodies[name] else []
            if question.entity is not None and records:
                found += check_flattening(source.settings, question.entity, records)
    except NotAskable as missing:
        found.append(Difference(f"was not asked: {missing}", "mend what the calls before it say, and probe again"))
    except _ENDS:
        raise
    except SourceError as error:
        found.append(Difference(error.what, error.fix))
    print(f"{name:<32} {status:>4}  {'as expected' if not found else f'differs ({len(found)})'}", flush=True)
    yield from found


@contextmanager
def _sandbox(settings: Settings) -> Iterator[_Source]:
    """A sandbox with a small corpus of its own, while the block runs."""
    with tempfile.TemporaryDirectory(prefix="probe-") as name:
        folder = Path(name)
        corpus, log_file = folder / "corpus", folder / "sandbox.log"
        command(
            ["include.sandbox", "generate", "--out", str(corpus), "--scale", _SCALE],
            {**child_environment(), "ENTANGLED_HOME": str(folder / "home")},
            log_file,
        )
        with serving(corpus, log_file=log_file) as url:
            aside = Settings(
                _env_file=None,
                ENTANGLED_HOME=folder / "home",
                ENTANGLED_SCOPE="demo",
                OPENALEX_BASE_URL=url,
                OPENALEX_API_KEY="sandbox",
                OPENALEX_REQUESTS_PER_SECOND=100,
            )
            yield _Source(aside, read_scope(aside))
