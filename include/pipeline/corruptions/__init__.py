"""`make corruptions`: the gates against everything that could be wrong, and against nothing being wrong.

Each corruption of the catalogue is made in a copy of a saved stage and goes on through the real pipeline. It must be
stopped by the gate that the catalogue names, or warned of where that is enough. Clean evolutions must be published.

    catalogue/      the corruptions, a row each, by place
    evolutions.py   the clean evolutions, a row each
    stages.py       the saved stages that corruptions begin with
    bench.py        how a corruption is made
    source.py       a source that lies
    outcome.py      what became of a corruption
    table.py        what is printed
    page.py         docs/GATES.md
"""

from __future__ import annotations

from include.pipeline.corruptions.command import Wanted, check_corruptions

__all__ = ["Wanted", "check_corruptions"]
