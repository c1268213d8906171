"""Which faults are on, and whom they struck."""

from __future__ import annotations

import dataclasses
import zlib
from typing import Any, cast

import orjson

from include.common.errors import EntangledError
from include.sandbox.faults.catalogue import CATALOGUE
from include.sandbox.faults.exchange import Exchange, Fault, RecordFault, Struck

ALL = "all"
# with all faults on, each strikes once in so many requests, so that five tries of one request get through
_EVERY_OF_ALL = 23
_PLACES = {name: place for place, name in enumerate(CATALOGUE)}


class UnknownFault(EntangledError):
    """There is no such fault, or it has no such parameter. Nothing was changed."""


class Switchboard:
    """The faults that are on. Used by one event loop only."""

    def __init__(self, chosen: list[str] | None = None) -> None:
        self._on: dict[str, Fault | RecordFault] = {}
        self._struck: dict[str, Struck] = {}
        self.switch(chosen or [])

    def __bool__(self) -> bool:
        return bool(self._on)

    def switch(self, chosen: list[str]) -> None:
        """Have these on, and no others; counting begins anew. `all` stands for every one.

        Raises:
            UnknownFault: nothing was changed.
        """
        faults = [fault for text in chosen for fault in _read(text)]
        # in the catalogue's order: what makes a page something else than strict JSON comes last there
        self._on = {fault.name: fault for fault in sorted(faults, key=lambda fault: _PLACES[fault.name])}
        self._struck = {name: Struck() for name in self._on}

    def report(self) -> dict[str, Any]:
        """The catalogue, what is on, and what was struck: requests, and ids of works."""
        return {
            "catalogue": [{"name": each.name, "what": each.what, "ends": each.ends} for each in CATALOGUE.values()],
            "on": list(self._on),
            "struck": {
                name: {"requests": struck.requests, "records": sorted(struck.records)}
                for name, struck in self._struck.items()
            },
        }

    def apply(self, exchange: Exchange) -> None:
        """Spoil the answer as the faults that are on say: records first, then the page or the whole answer once."""
        if exchange.holds_works:
            for fault in self._on.values():
                if isinstance(fault, RecordFault):
                    self._spoil_records(fault, exchange)
        for fault in self._on.values():
            if isinstance(fault, Fault) and fault.concerns(exchange):
                struck = self._struck[fault.name]
                struck.concerned += 1
                if (
                    struck.requests < fault.times
                    and (struck.concerned - fault.first) % fault.every == 0
                    and (struck.concerned >= fault.first)
                ):
                    struck.requests += 1
                    fault.spoil(exchange, struck.requests)
                    return

    def _spoil_records(self, fault: RecordFault, exchange: Exchange) -> None:
        document = orjson.loads(exchange.body)
        works = document["results"] if exchange.is_works_page else [document]
        spoilt = [self._spoilt(fault, work) for work in works]
        if spoilt == works:
            return
        self._struck[fault.name].requests += 1
        if exchange.is_works_page:
            document["results"] = spoilt
            exchange.body = orjson.dumps(document)
        else:
            exchange.body = orjson.dumps(spoilt[0])
        if fault.loosen is not None:
            exchange.body = fault.loosen(exchange.body)

    def _spoilt(self, fault: RecordFault, work: Any) -> Any:
        work_id = work.get("id") if isinstance(work, dict) else None
        if not isinstance(work_id, str):
            return work
        # by the fault's name too, so that with all on each has works of its own
        number = zlib.crc32(f"{fault.name} {work_id}".encode())
        if number % fault.one_in:
            return work
        self._struck[fault.name].records.add(work_id.rsplit("/", 1)[-1])
        return fault.spoil(work, number // fault.one_in)


def _read(text: str) -> list[Fault | RecordFault]:
    """`throttled:times=3,every=7` -> that fault; `all` -> all, spread out."""
    name, _, rest = text.partition(":")
    changes = {
        key: _number(text, value) for key, _, value in (one.partition("=") for one in filter(None, rest.split(",")))
    }
    if name == ALL:
        return [_spread(fault, place) for place, fault in enumerate(CATALOGUE.values())]
    if name not in CATALOGUE:
        raise UnknownFault(f"there is no fault `{name}`", where=text, fix=f"known are {ALL}, {', '.join(CATALOGUE)}")
    fault = CATALOGUE[name]
    known = {"one_in"} if isinstance(fault, RecordFault) else {"times", "first", "every"}
    if set(changes) - known:
        raise UnknownFault(f"the fault {name} has no `{min(set(changes) - known)}`", where=text, fix=", ".join(known))
    return [dataclasses.replace(fault, **cast(Any, changes))]


def _spread(fault: Fault | RecordFault, place: int) -> Fault | RecordFault:
    return (
        fault
        if isinstance(fault, RecordFault)
        else dataclasses.replace(fault, first=1 + place % 5, every=_EVERY_OF_ALL)
    )


def _number(text: str, value: str) -> int:
    if not value.isdigit() or int(value) < 1:
        raise UnknownFault(f"`{value}` is no number above 0", where=text, fix="NAME[:key=number,key=number]")
    return int(value)
