"""The lineage of a release as one page: columns from the source to the release, and the way of a table by a click."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from include.common.errors import EntangledError
from include.common.files import ensure_dir, write_atomic
from include.contracts.release import Release
from include.lineage.graph import Dataset, Graph, Way
from include.lineage.names import NAMESPACE
from include.lineage.transport import lineage_folder
from include.settings import Settings

# with more batches than this, those of one kind are one box
MOST_BATCHES = 60
WIDTH, HEIGHT, BETWEEN, GAP, TOP = 214, 18, 5, 70, 34
# how often boxes are moved to the middle of what they are joined to
ROUNDS = 6

_COLUMNS = ("source", "raw batches", "typed batches", "tables read")


@dataclass
class Box:
    """A dataset, or several of one kind, where it is drawn. `column` counts from the source."""

    key: str
    title: str
    kind: str
    column: int
    rows: int | None = None
    members: int = 1
    x: int = 0
    y: int = 0

    @property
    def said(self) -> str:
        """What a pointer over it shows."""
        many = f" ({self.members:,})" if self.members > 1 else ""
        return f"{self.key}{many}" + (f": {self.rows:,} rows" if self.rows is not None else "")


@dataclass
class Drawing:
    """Boxes and lines between them, and how large the whole is."""

    boxes: dict[str, Box] = field(default_factory=dict)
    lines: set[tuple[str, str]] = field(default_factory=set)
    heads: list[tuple[int, str]] = field(default_factory=list)
    width: int = 0
    height: int = 0

    def path(self, line: tuple[str, str]) -> str:
        """The curve of a line, as SVG writes it."""
        start, end = self.boxes[line[0]], self.boxes[line[1]]
        x1, y1, x2, y2 = start.x + WIDTH, start.y + HEIGHT // 2, end.x, end.y + HEIGHT // 2
        middle = (x1 + x2) // 2
        return f"M{x1},{y1} C{middle},{y1} {middle},{y2} {x2},{y2}"


def write_picture(settings: Settings, release: Release, graph: Graph, table: str = "") -> tuple[Path, Drawing]:
    """Write `lineage/<release>.html`, or `lineage/<release>-<table>.html` for one table; returns where, and what.

    Raises:
        EntangledError: the release has no such table, or no event tells of it.
    """
    tables = [one.name for one in release.tables]
    if table and table not in tables:
        raise EntangledError(
            f"the release has no table {table}", where=release.release_id, fix="make query SQL='show tables' lists them"
        )
    ways = [graph.back_from(name, release.release_id) for name in ([table] if table else tables)]
    drawing = draw(ways, graph)
    page = _template().render(drawing=drawing, release=release, table=table, boxes=list(drawing.boxes.values()))
    name = f"{release.release_id}-{table}.html" if table else f"{release.release_id}.html"
    file = ensure_dir(lineage_folder(settings.home)) / name
    write_atomic(file, page)
    return file, drawing


def draw(ways: Iterable[Way], graph: Graph) -> Drawing:
    """The ways of some tables as one drawing. Candidates are left out: each is the release's table before its gate."""
    edges = {edge for way in ways for edge in way.edges}
    datasets = {one for way in ways for one in way.datasets} | {one for edge in edges for one in edge}
    rows = {one: count for run in graph.runs for one, count in run.rows.items()}
    behind = {after: before for before, after in edges if before[1].startswith("warehouse/")}
    joined = _short_cuts(edges, behind)
    batches = sum(name.startswith("raw/") for _, name in datasets)
    key = {one: _key(one, batches > MOST_BATCHES) for one in datasets if not one[1].startswith("candidate/")}

    drawing = Drawing(lines={(key[one], key[other]) for one, other in joined if key[one] != key[other]})
    depth = _depths(joined)
    for dataset, name in sorted(key.items()):
        _put(drawing, dataset, name, depth, rows)
    _lay_out(drawing)
    return drawing


def _short_cuts(edges: set[tuple[Dataset, Dataset]], behind: Mapping[Dataset, Dataset]) -> set[tuple[Dataset, Dataset]]:
    found = set()
    for before, after in edges:
        if after[1].startswith("candidate/"):
            continue
        if before[1].startswith("candidate/"):
            if before not in behind:
                continue
            before = behind[before]
        found.add((before, after))
    return found


def _key(dataset: Dataset, together: bool) -> str:
    namespace, name = dataset
    if namespace != NAMESPACE:
        return f"{namespace} {name.split('/')[0]}" if together else f"{namespace} {name}"
    if together and name.startswith("raw/"):
        return name.rpartition("/")[0]
    return "typed batches" if together and name.startswith("typed/batch=") else name


def _depths(edges: set[tuple[Dataset, Dataset]]) -> dict[Dataset, int]:
    """Of tables of the warehouse, how many others lie between each and what it reads at the most."""
    before = defaultdict(set)
    for one, other in edges:
        if one[1].startswith("warehouse/") and other[1].startswith("warehouse/"):
            before[other].add(one)
    depth: dict[Dataset, int] = {}

    def of(dataset: Dataset) -> int:
        if dataset not in depth:
            depth[dataset] = 0
            depth[dataset] = max((of(one) + 1 for one in before[dataset]), default=0)
        return depth[dataset]

    for _, after in edges:
        of(after)
    return depth


def _put(
    drawing: Drawing, dataset: Dataset, key: str, depth: Mapping[Dataset, int], rows: Mapping[Dataset, int]
) -> None:
    namespace, name = dataset
    if key in drawing.boxes:
        box = drawing.boxes[key]
        box.members += 1
        box.rows = box.rows + rows[dataset] if box.rows is not None and dataset in rows else box.rows
        return
    if namespace != NAMESPACE:
        kind, column = "source", 0
    elif name.startswith("raw/"):
        kind, column = "raw", 1
    elif name.startswith("typed/batch="):
        kind, column = "typed", 2
    elif name.startswith("warehouse/"):
        kind, column = "table", len(_COLUMNS) + depth.get(dataset, 0)
    elif name.startswith("published/"):
        kind, column = "release", 10_000
    else:
        kind, column = "read", 3
    drawing.boxes[key] = Box(key, _title(key), kind, column, rows.get(dataset))


def _title(key: str) -> str:
    name = key.rpartition("/")[2] if " " not in key else key.rpartition(" ")[2].rpartition("/")[2]
    name = name.removeprefix("batch=")
    return name if len(name) <= 34 else f"{name[:33]}\u2026"


def _lay_out(drawing: Drawing) -> None:
    columns: dict[int, list[Box]] = defaultdict(list)
    numbers = {number: place for place, number in enumerate(sorted({box.column for box in drawing.boxes.values()}))}
    for box in drawing.boxes.values():
        columns[numbers[box.column]].append(box)
    near = defaultdict(list)
    for one, other in drawing.lines:
        near[one].append(other)
        near[other].append(one)
    for column in columns.values():
        column.sort(key=lambda box: box.key)
        _stack(column)
    for _ in range(ROUNDS):
        for place in sorted(columns):
            columns[place].sort(key=lambda box: (_middle(box, near[box.key], drawing), box.key))
            _stack(columns[place])
    for place, column in columns.items():
        for box in column:
            box.x = place * (WIDTH + GAP) + BETWEEN
        drawing.heads.append((place * (WIDTH + GAP) + BETWEEN, _head(column[0])))
    drawing.width = len(columns) * (WIDTH + GAP)
    drawing.height = max((box.y for box in drawing.boxes.values()), default=0) + HEIGHT + BETWEEN


def _stack(column: list[Box]) -> None:
    for place, box in enumerate(column):
        box.y = TOP + place * (HEIGHT + BETWEEN)


def _middle(box: Box, near: list[str], drawing: Drawing) -> float:
    return sum(drawing.boxes[one].y for one in near) / len(near) if near else box.y


def _head(box: Box) -> str:
    if box.kind == "release":
        return "release"
    return _COLUMNS[box.column] if box.column < len(_COLUMNS) else f"warehouse {box.column - len(_COLUMNS) + 1}"


def _template() -> Template:
    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return environment.get_template("picture.html")
