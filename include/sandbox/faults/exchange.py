"""One request with the answer that it would get, and what a fault is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

# how the answer is sent (delivery.py)
Delivery = Literal["whole", "reset", "cut", "truncated_gzip", "drip", "silent"]
# what the pipeline is expected to do about a fault:
#   retried      the same request is made again, and the run ends as if nothing had been
#   swept_again  the window is swept again, and the run ends as if nothing had been
#   stopped      the run ends with an error that says what to do; the next run goes on
#   quarantined  the record is put aside with a reason; once the source has mended it, the next sweep loads it
#   kept         the record is loaded as it is
Ends = Literal["retried", "swept_again", "stopped", "quarantined", "kept"]

Record = dict[str, Any]


@dataclass
class Exchange:
    """A request, and the answer as the API gives it. Faults change the answer; `body` is plain, not yet compressed."""

    path: str
    parameters: dict[str, str]
    status: int
    headers: dict[str, str]
    body: bytes
    delivery: Delivery = "whole"

    @property
    def is_works_page(self) -> bool:
        """A page of a crawl through works."""
        return (
            self.path == "/works"
            and "cursor" in self.parameters
            and not ({"group_by", "group-by"} & set(self.parameters))
        )

    @property
    def holds_works(self) -> bool:
        """A page of a crawl through works, or a single work."""
        return self.status == 200 and (self.is_works_page or self.path.startswith("/works/"))


@dataclass(frozen=True)
class Fault:
    """A fault of an answer or a page. `spoil` changes the exchange; `concerns` says which requests it may strike.

    It strikes `times` times: the requests that concern it from the `first` on, every `every`-th.
    """

    name: str
    what: str
    ends: Ends
    spoil: Callable[[Exchange, int], None]
    concerns: Callable[[Exchange], bool] = lambda exchange: exchange.status == 200
    times: int = 2
    first: int = 2
    every: int = 1


@dataclass(frozen=True)
class RecordFault:
    """A fault of single works: of one in `one_in`, chosen by id, the same in every answer until it is switched off.

    `spoil` gives the spoilt record (any JSON value), `loosen` may make the written page something else than strict
    JSON.
    """

    name: str
    what: str
    ends: Ends
    spoil: Callable[[Record, int], Any]
    one_in: int = 40
    loosen: Callable[[bytes], bytes] | None = None


@dataclass
class Struck:
    """What a fault that is on has done so far."""

    requests: int = 0
    concerned: int = 0
    records: set[str] = field(default_factory=set)
