"""All faults by name."""

from __future__ import annotations

from include.sandbox.faults.answers import ANSWERS
from include.sandbox.faults.exchange import Fault, RecordFault
from include.sandbox.faults.pages import PAGES
from include.sandbox.faults.records import RECORDS

CATALOGUE: dict[str, Fault | RecordFault] = {fault.name: fault for fault in (*ANSWERS, *PAGES, *RECORDS)}
