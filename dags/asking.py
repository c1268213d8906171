"""A task that asks a person, in Airflow, to accept what a gate refused. Holds no DAG.

The task always exists. It skips itself when nothing was refused. While ENTANGLED_ASK_TO_ACCEPT_HOURS is 0, a refusal
fails the gate's own task, as it does when any of it is a fault of integrity.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Literal, TypeVar

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Context, Param
from airflow.sdk.exceptions import AirflowSkipException

from dags.shared import FollowsFailure, look_around
from include.settings import get_settings

log = logging.getLogger("entangled")

T = TypeVar("T")

APPROVE, REJECT = "Approve", "Reject"
# what a person fills in
FORM = {
    "reason": Param("", type="string", title="Reason", description="Why it is right. It is told in the release."),
    "until": Param(
        None,
        type=["null", "string"],
        format="date",
        title="Until",
        description="Last day that it may be published with that.",
    ),
}


# the note of a gate whose refusal a person may lift
ASKED = "refused; a person is asked whether it is right"


def or_ask(judge: Callable[[], T]) -> T | None:
    """Let a gate `judge`, and return what it says. What it refuses is no failure of its task, and None is returned,
    when the next one asks a person about all of it."""
    from include.common.errors import GateFailed
    from include.pipeline.accepting import can_be_accepted

    try:
        return judge()
    except GateFailed as refused:
        if not get_settings().ask_hours or not can_be_accepted(refused):
            raise
        log.warning("a person is asked: %s", refused)
        # the run waits, so nothing that comes at its end tells of it
        look_around()
        return None


class AskToAccept(HITLOperator):
    """Shows the findings that a gate refused, and waits. Approve accepts them in the name of who answers, and the gate
    judges again; Reject, and no answer in time, end the run as refused."""

    template_fields = (*HITLOperator.template_fields, "candidate")

    def __init__(self, *, gate: Literal["gate_2", "gate_3"], candidate: str = "", **kwargs: Any) -> None:
        # Airflow hands the DAG's parameters in, which are no questions of this form
        kwargs["params"] = FORM
        super().__init__(
            subject=f"{gate.replace('_', ' ').capitalize()} refused what a person may judge",
            options=[APPROVE, REJECT],
            # asked twice, a person would answer twice
            retries=0,
            # a person takes as long as the settings say
            execution_timeout=None,
            **kwargs,
        )
        self.gate = gate
        self.candidate = candidate

    def execute(self, context: Context) -> Any:
        """Ask, when there is something to ask."""
        from include.pipeline.accepting import in_words, refusal_of, usual_until

        refusal = refusal_of(get_settings(), self.gate, self.candidate)
        if refusal is None:
            raise AirflowSkipException("there is nothing to accept")
        self.body = in_words(refusal)
        self.params["until"] = str(usual_until())
        self.response_timeout = timedelta(hours=get_settings().ask_hours)
        return super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Do as the person said."""
        from include.pipeline.accepting import accept, refusal_of

        answer = super().execute_complete(context, event)
        who = (answer["responded_by_user"] or {}).get("name", "")
        if answer["chosen_options"] != [APPROVE]:
            raise FollowsFailure(f"{who} does not accept it: the run stays refused, readers keep the last release")
        refusal = refusal_of(get_settings(), self.gate, self.candidate)
        if refusal is None:
            log.info("it was accepted elsewhere meanwhile")
            return who
        told = answer["params_input"]
        # the form gives a date or nothing; nothing is over, and `accept` says what would do
        until = date.fromisoformat(told["until"]) if told.get("until") else date.min
        names = [check.name for check in refusal.checks]
        accept(get_settings(), refusal, names, reason=told.get("reason") or "", who=who, until=until)
        self._judge()
        return who

    def _judge(self) -> None:
        from include import audit, warehouse

        if self.gate == "gate_2":
            warehouse.check_build(get_settings())
        else:
            audit.audit(get_settings(), self.candidate)
