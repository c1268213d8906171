"""A table of printed addresses (a CSV with a column `address`) as works, one an address.

So anybody can see which bodies the pipeline finds in addresses of their own. Such a work says nothing but its address:
its number is beyond all of the source, its year is 1900, and it has no country, topic or funder.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from typing import Any

COLUMN = "address"
# the source's own numbers have ten digits
FIRST_NUMBER = 98_000_000_001
_YEAR = 1900
_DELIMITERS = ",;\t"
# names of columns are short
_LONGEST_HEADER = 10_000


def delimiter_of(header: str) -> str | None:
    """What parts the columns of the table that begins with this line; None when it is no table of addresses."""
    # a torn record may hold the word between commas as well
    if len(header) > _LONGEST_HEADER or re.search(r"[{}\[\]]|\w\s*\"\s*:", header):
        return None
    for delimiter in _DELIMITERS:
        columns = next(csv.reader([header], delimiter=delimiter), [])
        if COLUMN in [column.strip().lower() for column in columns]:
            return delimiter
    return None


def works_of(lines: Iterable[str], delimiter: str, numbers: Iterator[int]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The row (from 1) and the work of each address.

    Raises:
        csv.Error: the table cannot be read on.
    """
    rows = csv.reader(lines, delimiter=delimiter)
    place = [column.strip().lower() for column in next(rows)].index(COLUMN)
    for row_number, row in enumerate(rows, start=1):
        address = row[place].strip() if len(row) > place else ""
        if address:
            yield row_number, _work(next(numbers), address)


def _work(number: int, address: str) -> dict[str, Any]:
    return {
        "id": f"https://openalex.org/W{number}",
        "display_name": "A printed address, as a work",
        "publication_year": _YEAR,
        "publication_date": f"{_YEAR}-01-01",
        "type": "other",
        "is_retracted": False,
        "is_paratext": False,
        "authorships": [
            {
                "author_position": "first",
                "author": {"id": None},
                "institutions": [],
                "countries": [],
                "raw_affiliation_strings": [address],
                "affiliations": [{"raw_affiliation_string": address, "institution_ids": []}],
            }
        ],
    }
