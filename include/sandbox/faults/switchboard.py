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
# requests that pass between two strikes when several faults are on, so that trying again gets through
_GAP = 2
_PLACES = {name: place for place, name in enumerate(CATALOGUE)}


class UnknownFault(EntangledError):
    """There is no such fault, or it has no such parameter. Nothing was changed."""


class Switchboard:
    """The faults that are on. Used by one event loop only."""

    def __init__(self, chosen: list[str] | None = None) -> None:
        self._on: dict[str, Fault | RecordFault] = {}
        self._struck: dict[str, Struck] = {}
        self._calm = 0
        self.switch(chosen or [])

    def __bool__(self) -> bool:
        return bool(self._on)

    def switch(self, chosen: list[str]) -> None:
        """Have these on, and no others; counting begins anew. `all` stands for every one.

        Raises:
            UnknownFault: nothing was changed.
        """
        faults = [fault for text in chosen for fault in _read(text)]
        # in the catalogue's order, whatever the order of asking
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
        faults = sorted(
            (fault for fault in self._on.values() if isinstance(fault, RecordFault)),
            # a work takes one fault; the rare ones choose first
            key=lambda fault: -fault.one_in,
        )
        if faults and exchange.holds_works:
            self._spoil_records(faults, exchange)
        self._spoil_answer(exchange)
        # last, because nobody here reads what is not strict JSON
        for fault in faults:
            if fault.loosen is not None:
                exchange.body = fault.loosen(exchange.body)

    def _spoil_answer(self, exchange: Exchange) -> None:
        faults = [fault for fault in self._on.values() if isinstance(fault, Fault) and fault.concerns(exchange)]
        self._calm -= 1
        if len(self._on) > 1 and self._calm >= 0:
            return
        # whoever struck least comes first, so that each gets its turn in a short run
        for fault in sorted(faults, key=lambda fault: self._struck[fault.name].requests):
            struck = self._struck[fault.name]
            struck.concerned += 1
            since_first = struck.concerned - fault.first
            if struck.requests < fault.times and since_first >= 0 and since_first % fault.every == 0:
                struck.requests += 1
                self._calm = _GAP
                fault.spoil(exchange, struck.requests)
                return

    def _spoil_records(self, faults: list[RecordFault], exchange: Exchange) -> None:
        document = orjson.loads(exchange.body)
        works = document["results"] if exchange.is_works_page else [document]
        struck: set[str] = set()
        for place, work in enumerate(works):
            for fault in faults:
                # by the fault's name too, so that with all on each has works of its own
                number = zlib.crc32(f"{fault.name} {work['id']}".encode())
                if number % fault.one_in == 0:
                    works[place] = fault.spoil(work, number // fault.one_in)
                    self._struck[fault.name].records.add(work["id"].rsplit("/", 1)[-1])
                    struck.add(fault.name)
                    break
        for name in struck:
            self._struck[name].requests += 1
        if struck:
            exchange.body = orjson.dumps(document if exchange.is_works_page else works[0])


def _read(text: str) -> list[Fault | RecordFault]:
    """`throttled:times=3,every=7` -> that fault; `all` -> all."""
    name, _, rest = text.partition(":")
    changes = {
        key: _number(text, value) for key, _, value in (one.partition("=") for one in filter(None, rest.split(",")))
    }
    if name == ALL:
        return list(CATALOGUE.values())
    if name not in CATALOGUE:
        raise UnknownFault(f"there is no fault `{name}`", where=text, fix=f"known are {ALL}, {', '.join(CATALOGUE)}")
    fault = CATALOGUE[name]
    known = {"one_in"} if isinstance(fault, RecordFault) else {"times", "first", "every"}
    if set(changes) - known:
        raise UnknownFault(f"the fault {name} has no `{min(set(changes) - known)}`", where=text, fix=", ".join(known))
    return [dataclasses.replace(fault, **cast(Any, changes))]


def _number(text: str, value: str) -> int:
    if not value.isdigit() or int(value) < 1:
        raise UnknownFault(f"`{value}` is no number above 0", where=text, fix="NAME[:key=number,key=number]")
    return int(value)
