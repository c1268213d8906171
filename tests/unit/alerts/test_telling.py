"""Messages arrive once a day and cause, and once more when it is over, at a real mail server and a real webhook."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from include.alerts import Alert, deliver, in_words, open_alerts, problems_of_receivers, settle
from include.alerts.ledger import all_alerts
from include.health.drill.receivers import Received, mail_server, webhook
from include.settings import Settings, get_settings

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def alert(**changes: object) -> Alert:
    given: dict[str, object] = {
        "cause": "task.ingest_openalex.plan",
        "severity": "failure",
        "sentence": "plan of ingest_openalex failed for good: the key is wrong",
        "what_to_do": "correct OPENALEX_API_KEY",
        "look": "make status",
    }
    return Alert(**(given | changes))  # type: ignore[arg-type]


@pytest.fixture
def hook() -> Iterator[Received]:
    with webhook() as received:
        yield received


@pytest.fixture
def mail() -> Iterator[Received]:
    with mail_server() as received:
        yield received


@pytest.fixture
def settings(tmp_path: Path, hook: Received) -> Settings:
    return settings_with(tmp_path, hook.address)


def settings_with(tmp_path: Path, addresses: str) -> Settings:
    return Settings.model_validate({"ENTANGLED_HOME": tmp_path / "var", "ENTANGLED_ALERTS": addresses})


def look(settings: Settings, now: datetime, *alerts: Alert, kinds: tuple[str, ...] = ("task",)) -> list[str]:
    found: dict[str, list[Alert]] = {kind: [] for kind in kinds}
    for one in alerts:
        found[one.kind].append(one)
    settle(settings, found, now)
    return deliver(settings, now)


def titles(received: Received) -> list[str]:
    return [message.title for message in received.messages]


def test_mail_and_webhook_get_the_same_message_whose_last_line_is_where_to_look(
    tmp_path: Path, hook: Received, mail: Received
) -> None:
    settings = settings_with(tmp_path, f"{hook.address}  {mail.address}")
    assert look(settings, NOON, alert(details=("where: there",))) == []
    (posted,), (mailed,) = hook.messages, mail.messages
    assert (posted.title, posted.text) == (mailed.title, mailed.text)
    assert posted.title == "entangled: plan of ingest_openalex failed for good: the key is wrong"
    assert posted.text.splitlines()[1:3] == ["where: there", "what to do: correct OPENALEX_API_KEY"]
    assert posted.text.splitlines()[-1] == "look: make status"


def test_a_cause_is_told_once_a_day_and_once_when_it_is_over(settings: Settings, hook: Received) -> None:
    for hours in range(30):
        look(settings, NOON + hours * HOUR, alert())
    assert len(hook.messages) == 2, "on the first day, and after midnight"
    look(settings, NOON + 31 * HOUR)
    look(settings, NOON + 32 * HOUR)
    assert len(hook.messages) == 3
    over = hook.messages[-1]
    assert over.title.startswith("entangled: over: plan of ingest_openalex")
    assert "since 2026-03-02 12:00 UTC, until 2026-03-03 19:00 UTC" in over.text
    assert open_alerts(settings) == []


def test_what_comes_back_on_the_same_day_is_told_on_the_next(settings: Settings, hook: Received) -> None:
    look(settings, NOON, alert())
    look(settings, NOON + HOUR)
    look(settings, NOON + 2 * HOUR, alert())
    assert len(hook.messages) == 2
    look(settings, NOON + DAY, alert())
    assert len(hook.messages) == 3


def test_another_matter_of_a_cause_is_told_on_the_same_day(settings: Settings, hook: Received) -> None:
    look(settings, NOON, alert(matter="a"))
    look(settings, NOON + HOUR, alert(matter="b", sentence="something else"))
    assert titles(hook)[-1] == "entangled: something else"


def test_an_event_is_told_once_and_not_every_day(settings: Settings, hook: Received) -> None:
    for day in range(5):
        look(settings, NOON + day * DAY, alert(is_event=True, matter="release 1"))
    assert len(hook.messages) == 1
    look(settings, NOON + 5 * DAY, alert(is_event=True, matter="release 2"))
    assert len(hook.messages) == 2


def test_what_goes_away_within_its_patience_is_never_told(settings: Settings, hook: Received) -> None:
    patient = alert(patience=timedelta(minutes=4))
    look(settings, NOON, patient)
    # nobody has seen it for so long
    look(settings, NOON + timedelta(minutes=5))
    assert hook.messages == []
    assert all_alerts(settings) == []
    look(settings, NOON + HOUR, patient)
    assert open_alerts(settings) == []
    look(settings, NOON + HOUR + timedelta(minutes=4), patient)
    assert len(hook.messages) == 1


def test_who_cannot_see_a_kind_closes_nothing_of_it(settings: Settings, hook: Received) -> None:
    look(settings, NOON, alert(cause="service.scheduler"), kinds=("task", "service"))
    look(settings, NOON + HOUR, kinds=("task",))
    assert len(open_alerts(settings)) == len(hook.messages) == 1


@pytest.mark.parametrize("way", ["webhook", "mail"])
def test_a_receiver_that_is_away_is_said_and_tried_again(
    tmp_path: Path, hook: Received, mail: Received, way: str
) -> None:
    away, other = (hook, mail) if way == "webhook" else (mail, hook)
    settings = settings_with(tmp_path, f"{hook.address} {mail.address}")
    away.is_away = True
    (problem,) = look(settings, NOON, alert(), alert(cause="task.other.task"))
    assert "did not take a message; it is tried again at the next look" in problem
    assert away.refused == 1, "it is not asked again in the same look"
    assert len(other.messages) == 2, "the other one is told all the same"
    away.is_away = False
    assert look(settings, NOON + HOUR, alert(), alert(cause="task.other.task")) == []
    assert len(away.messages) == len(other.messages) == 2, "and nobody is told twice"


def test_what_was_over_before_the_receiver_came_back_is_told_in_one_message(settings: Settings, hook: Received) -> None:
    hook.is_away = True
    look(settings, NOON, alert())
    look(settings, NOON + HOUR)
    hook.is_away = False
    look(settings, NOON + 2 * HOUR)
    assert titles(hook) == ["entangled: over: plan of ingest_openalex failed for good: the key is wrong"]
    look(settings, NOON + DAY)
    assert all_alerts(settings) == []


def test_nothing_of_an_address_reaches_a_log(
    tmp_path: Path, hook: Received, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    unreadable = "nosuchscheme://another-hidden"
    nobody = "json://me:third-hidden@127.0.0.1:1/fourth-hidden"
    settings = settings_with(tmp_path, f"{hook.address} {unreadable} {nobody}")
    hook.is_away = True
    problems = look(settings, NOON, alert())
    told = [*problems, *problems_of_receivers(settings), repr(settings), caplog.text, *capfd.readouterr()]
    told += [file.read_text() for file in (tmp_path / "var").rglob("*.json")]
    assert len(problems) == 3
    assert problems_of_receivers(settings) == [
        "receiver 2 of ENTANGLED_ALERTS (nosuchscheme) is no address that Apprise takes"
    ]
    assert not [text for text in told if "hidden" in text]


def test_a_wrong_setting_is_said_without_what_stands_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTANGLED_ALERTS", "mail hidden-word")
    get_settings.cache_clear()
    try:
        with pytest.raises(Exception, match="ENTANGLED_ALERTS: it holds something that is no address") as raised:
            get_settings()
    finally:
        get_settings.cache_clear()
    assert "hidden-word" not in str(raised.value)


def test_a_note_that_is_torn_stops_nothing(settings: Settings, hook: Received) -> None:
    look(settings, NOON, alert())
    (file,) = (settings.home / "alerts").glob("*.json")
    file.write_text("{")
    assert look(settings, NOON + HOUR, alert(cause="task.other.task")) == []
    assert len(hook.messages) == 2


def test_a_message_is_no_longer_than_a_person_reads(settings: Settings) -> None:
    long = alert(sentence="x" * 900, details=tuple(f"row {number}" for number in range(40)))
    settle(settings, {"task": [long]}, NOON)
    title, text = in_words(open_alerts(settings)[0], settings)
    assert len(title) < 520
    assert "and 28 more" in text
    assert max(map(len, text.splitlines())) < 520
