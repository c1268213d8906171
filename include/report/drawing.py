"""How pictures are drawn: Vega-Lite specifications, rendered to SVG that stands in the page.

Colours are the page's CSS variables, so one drawing follows the reader's colour scheme. The same specification is taken
over by Vega-Lite in the browser where there is script. A text mark that shows a number has the id of its figure as its
`description`; other marks have words as theirs, which become tool tips.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from include.report.figures import Figure
from include.report.reading import Row, Rows

Spec = dict[str, Any]

INK, MUTED, RULE, PAPER, ALERT = "var(--ink)", "var(--muted)", "var(--rule)", "var(--paper)", "var(--alert)"
SIDE_A, SIDE_B, BOTH, NONE, OTHER = (f"var(--{name})" for name in ("side-a", "side-b", "both", "none", "other"))
# definitions of a link, narrow to wide
DEFINITIONS = [f"var(--d{number})" for number in range(1, 5)]
# classes of a map, low to high
STEPS = [f"var(--q{number})" for number in range(1, 6)]

_FONT = 13
# the page's letters can be wider than those that are measured here
_PADDING = {"left": 6, "top": 4, "right": 12, "bottom": 4}

# a letter beyond the first plane of Unicode is two units: Vega cuts a long name between them, and half a letter cannot
# be drawn. The table of the picture has the name as it is
_TWO_UNITS = re.compile("[\U00010000-\U0010ffff]")

_CONFIG: Spec = {
    "background": "transparent",
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": MUTED,
        "labelFontSize": _FONT,
        "titleColor": MUTED,
        "titleFontSize": _FONT,
        "titleFontWeight": "normal",
        "gridColor": RULE,
        "domain": False,
        "ticks": False,
        "labelPadding": 6,
    },
    "header": {"labelColor": INK, "labelFontSize": _FONT, "title": None},
    "legend": {"labelColor": INK, "labelFontSize": _FONT, "titleColor": MUTED, "titleFontSize": _FONT},
    "title": {"color": INK, "fontSize": 13.5, "fontWeight": 600, "anchor": "start", "offset": 10},
    "text": {"fill": INK, "fontSize": _FONT},
    "concat": {"spacing": 36},
}
NOTHING = Markup("")
MARKS_OF_ORIGIN = {"synthetic": "SYNTHETIC: invented data", "recorded": "A small recorded sample"}


@dataclass(frozen=True)
class Column:
    """A column of a picture's table: its heading, and what stands in a row: a figure, a name, years or markup."""

    title: str
    cell: Callable[[Row], Any]
    is_number: bool = False


@dataclass(frozen=True)
class Picture:
    """A picture of a page.

    `reading_line` says base and way of counting, `definition` what is counted and `coverage` how much of it is known.
    `description` says in words what the picture looks like, for those who cannot see it. `rows` and `columns` are its
    table.
    """

    picture_id: str
    title: str
    reading_line: Markup
    description: str
    spec: Spec
    rows: Rows
    columns: tuple[Column, ...]
    definition: Markup = NOTHING
    coverage: Markup = NOTHING
    is_folded: bool = False
    # names stand at its left, which the page's letters may make wider than measured
    has_names: bool = False
    note: Markup = NOTHING


@dataclass
class Gallery:
    """Draws pictures for pages, marked with where their data comes from."""

    data_origin: str

    def spec(self, picture: Picture) -> Spec:
        """The whole specification, as the browser gets it too."""
        mark = MARKS_OF_ORIGIN.get(self.data_origin)
        # inside the drawing, so that a picture cut out of the page still says it
        title = {"title": {"text": mark, "color": ALERT, "fontSize": 12, "anchor": "start"}} if mark else {}
        padding = {**_PADDING, "left": 36} if picture.has_names else _PADDING
        whole = {**picture.spec, **title, "config": _CONFIG, "padding": padding}
        return {"$schema": "https://vega.github.io/schema/vega-lite/v6.json", **whole}

    def svg(self, picture: Picture) -> Markup:
        """The picture as SVG of fluid width with a title and a description."""
        import vl_convert

        drawn = vl_convert.vegalite_to_svg(self._told(picture))
        return Markup(_for_page(drawn, picture.picture_id, picture.title, picture.description))

    def script(self, picture: Picture) -> Markup:
        """The specification as JSON that can stand in a script element, whatever names say."""
        return Markup(self._told(picture).replace("<", "\\u003c"))

    def _told(self, picture: Picture) -> str:
        """The specification as JSON."""
        return _TWO_UNITS.sub("\ufffd", json.dumps(self.spec(picture), ensure_ascii=False, default=str))


def numbers(figures: Mapping[str, Figure]) -> Row:
    """Fields of a row for figures by name: `<name>` the value, `<name>_text` as written, `<name>_id` the figure's
    id."""
    found: Row = {}
    for name, figure in figures.items():
        found |= {name: figure.value, f"{name}_text": figure.text, f"{name}_id": figure.figure_id}
    return found


def number_text(name: str, **mark: Any) -> Spec:
    """A layer of texts that show the figure `name` of each row."""
    return {
        "mark": {"type": "text", **mark},
        "encoding": {"text": {"field": f"{name}_text", "type": "nominal"}, "description": {"field": f"{name}_id"}},
    }


def name_text(field_name: str, **mark: Any) -> Spec:
    """A layer of texts that show a name of each row."""
    return {
        "name": f"names_{field_name}",
        # not read aloud: the picture is described as a whole
        "mark": {"type": "text", "aria": False, **mark},
        "encoding": {"text": {"field": field_name, "type": "nominal"}},
    }


def values(rows: Sequence[Row]) -> Spec:
    """Rows as inline data, without what only their table needs."""
    return {"values": [drawn(row) if "type" not in row else row for row in rows]}


def drawn(row: Row) -> Row:
    """A row without what only its table needs."""
    plain = (str, int, float, type(None))
    return {key: value for key, value in row.items() if isinstance(value, plain) and not isinstance(value, Markup)}


def placed(layer: Spec, **channels: Spec) -> Spec:
    """A layer with more channels: where it stands, how it is coloured."""
    return {**layer, "encoding": {**layer["encoding"], **channels}}


def names_axis(order: Sequence[str], limit: int) -> Spec:
    """The y of names, in this order; `limit`: pixels that a name may take."""
    axis = {"labelLimit": limit, "labelColor": INK}
    return {"field": "name", "type": "nominal", "sort": list(order), "title": None, "axis": axis}


def lengths_axis(field_name: str, highest: float) -> Spec:
    """The x of bars from nothing, without a scale: each bar has its number at its end, where there is room for it."""
    scale = {"domain": [0, highest * 1.2]}
    return {"field": field_name, "type": "quantitative", "axis": None, "scale": scale}


def years_axis(count: int, **more: Any) -> Spec:
    """The x of years: labels stand upright and leave each other out where there is no room."""
    axis = {"labelAngle": 0, "labelOverlap": "greedy" if count > 12 else False, "title": None, **more}
    return {"field": "year", "type": "ordinal", "axis": axis}


def spread(ends: Rows, value: str, highest: float, gap: float = 0.075) -> Rows:
    """The rows with `place`: their value, moved apart where two labels would lie on each other."""
    step, lowest = highest * gap, -highest
    found: Rows = []
    for row in sorted(ends, key=lambda row: float(row[value])):
        lowest = max(float(row[value]), lowest + step)
        found.append({**row, "place": lowest})
    # too high: push the topmost down again
    top = highest * 1.06
    for row in reversed(found):
        row["place"] = min(row["place"], top)
        top = row["place"] - step
    return found


def _for_page(svg: str, picture_id: str, title: str, description: str) -> str:
    """The drawing with figure ids and tool tips for what Vega calls labels, a name and a description, and fluid
    width."""
    svg = re.sub(r'<text aria-label="([^"]*)"', _marked, svg)
    svg = re.sub(r'<path aria-label="([^"]*)"([^>]*)/>', _with_tip, svg)
    # the parts are described as a whole; read one by one they are noise
    svg = re.sub(r'\s(?:role|aria-[a-z]+)="[^"]*"', "", svg)
    # clip paths are named alike in every drawing
    svg = re.sub(r"(id=\"|url\(#)(clip|gradient)", rf"\1{picture_id}-\2", svg)
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    width = f' style="max-width:{float(size[1]) * 1.06:.0f}px"' if size else ""
    svg = re.sub(r'\s(width|height)="[\d.]+"', "", svg, count=2)
    names = f"{picture_id}-title {picture_id}-description"
    opened = f'<svg role="img" aria-labelledby="{names}"{width} '
    told = (
        f'<title id="{picture_id}-title">{html.escape(title)}</title>'
        f'<desc id="{picture_id}-description">{html.escape(description)}</desc>'
    )
    return re.sub(r"<svg ([^>]*)>", lambda found: f"{opened}{found[1]}>{told}", svg, count=1)


def _marked(found: re.Match[str]) -> str:
    return f'<text data-figure="{found[1]}"' if found[1] else "<text"


def _with_tip(found: re.Match[str]) -> str:
    # marks without words of their own get Vega's, `year: 2017; n: 3300`
    if not found[1] or (": " in found[1].split(";")[0] and found[1].split(":")[0].isidentifier()):
        return f"<path{found[2]}/>"
    return f"<path{found[2]}><title>{found[1]}</title></path>"
