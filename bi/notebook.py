"""Ten questions of the study, answered from the current release: a marimo notebook.

    .venv/bin/python -m marimo edit bi/notebook.py      in the folder of the repository
    make notebook                                       runs it whole and holds its answers against the facts

Every answer is a query on the BI layer, a sentence with its base, a chart and a table. Shares of fewer than 25 papers
are not shown. `name` of an answer is a question in include/questions/asked, whose second query gives the same rows
from the facts; the columns of `rows` are those of that query.
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Ten questions of the study")

with app.setup:
    import html
    import json
    from collections.abc import Sequence
    from dataclasses import dataclass
    from pathlib import Path
    from typing import Any

    import altair as alt
    import marimo as mo
    import pandas as pd

    from include.release import open_current

    SMALL = 25
    # Okabe and Ito's, which the colour-blind tell apart
    BLUE, ORANGE = "#0072B2", "#D55E00"


@app.class_definition
@dataclass(frozen=True)
class Answer:
    """An answer: what is said, of what, and the rows that it rests on, largest first or by year."""

    name: str
    question: str
    sentence: str
    base: str
    rows: Sequence[tuple[Any, ...]]
    table: pd.DataFrame
    chart: alt.LayerChart

    def shown(self) -> mo.Html:
        """Names come from the source: nothing of them is markup."""
        said = (
            f"<h2>{html.escape(self.question)}</h2><p><b>{html.escape(self.sentence)}</b></p>"
            f"<p>Base: {html.escape(self.base)}</p>"
        )
        return mo.vstack([mo.Html(said), self.chart, mo.Html(self.table.to_html(index=False, na_rep="", border=0))])

    def told(self) -> dict[str, Any]:
        """The same for whoever writes a page of it, or holds it against the facts."""
        return {
            "name": self.name,
            "question": self.question,
            "sentence": self.sentence,
            "base": self.base,
            "rows": self.rows,
            "columns": [str(column) for column in self.table.columns],
            "table": self.table.astype(object).where(self.table.notna(), "").values.tolist(),
            "chart": self.chart.to_dict(),
        }


@app.function
def ratio(part: float, whole: float) -> float | None:
    """A share as it is, for who compares; nothing where its whole is unknown or nothing."""
    return None if pd.isna(whole) or not whole else part / whole


@app.function
def share_of(part: float, whole: float) -> float | None:
    """A share to be shown: nothing where it would rest on too few papers."""
    return None if pd.isna(whole) or whole < SMALL else part / whole


@app.function
def percent(share: float | None) -> str:
    return f"no share below {SMALL} papers" if share is None or pd.isna(share) else f"{100 * share:.1f} %"


@app.cell
def _():
    db = open_current()

    def ask(sql: str) -> pd.DataFrame:
        """What the release says, with the names of its sides to be had as variables."""
        return db.execute(sql).df()

    (side_a,) = db.execute("select reporter_name from dim_reporter where is_side_a").fetchone()
    (side_b,) = db.execute("select min(side_name) from dim_country where side = 'side_b'").fetchone()
    release_id, origin, first_year, last_year = db.execute(
        "select release_id, data_origin, first_year, (select max(publication_year) from bi_side_year) "
        "from bi_ops_release"
    ).fetchone()
    db.execute("set variable side_a = ?", [side_a])
    db.execute("set variable last_year = ?", [last_year])
    years = f"{first_year} to {last_year}"
    return ask, first_year, last_year, origin, release_id, side_a, side_b, years


@app.cell
def _(origin, release_id, side_a, side_b, years):
    is_synthetic = origin == "synthetic"
    # inside each drawing too, so that a picture cut out of the page still says it
    mark = alt.TitleParams("SYNTHETIC: invented data" if is_synthetic else "", color="#B3261E", anchor="start")

    def bars(frame: pd.DataFrame, name: str, value: str, look: str = ",", colour: str = BLUE) -> alt.LayerChart:
        """A bar for each row, in the order of the rows, with its number beside it."""
        base = alt.Chart(frame[[name, value]].dropna()).encode(
            x=alt.X(f"{value}:Q", axis=None), y=alt.Y(f"{name}:N", sort=None, title=None, axis=alt.Axis(labelLimit=320))
        )
        numbers = base.mark_text(align="left", dx=5).encode(text=alt.Text(f"{value}:Q", format=look))
        drawing = (base.mark_bar(color=colour) + numbers).properties(width=420, title=mark)
        # letters of a reader's browser can be wider than those that are measured with
        return drawing.configure(padding={"left": 30, "right": 30, "top": 5, "bottom": 5}).configure_view(stroke=None)

    banner = "<p><b style='color:#B3261E'>SYNTHETIC: invented data, says nothing about the world.</b></p>"
    heading = f"<h1>{html.escape(side_a)} and {html.escape(side_b)}: ten questions</h1>"
    of = f"<p>Release {html.escape(release_id)}, papers of {years}, full count unless it says otherwise.</p>"
    mo.Html((banner if is_synthetic else "") + heading + of)
    return bars, is_synthetic


@app.cell
def _(ask, bars, first_year, last_year, side_a, side_b, years):
    _found = ask(
        """
        select publication_year, joint_papers, all_papers from bi_side_year
        where reporter_name = getvariable('side_a') order by publication_year
        """
    )
    _found["share"] = [share_of(*row) for row in _found[["joint_papers", "all_papers"]].itertuples(index=False)]
    _first, _last = _found.iloc[0], _found.iloc[-1]
    joint_total = int(_found["joint_papers"].sum())
    joint_papers = Answer(
        name="01_joint_papers_by_year",
        question=f"How many papers do {side_a} and {side_b} write together?",
        sentence=f"{joint_total:,} papers: {_first['joint_papers']:,.0f} in {first_year} and "
        f"{_last['joint_papers']:,.0f} in {last_year}"
        + (
            "."
            if _found["share"].iloc[[0, -1]].isna().any()
            else f", {percent(_first['share'])} and {percent(_last['share'])} of all papers of {side_a}."
        ),
        base=f"all papers of the subject with an author in {side_a}, {years}.",
        rows=[
            (row.publication_year, row.joint_papers, ratio(row.joint_papers, row.all_papers))
            for row in _found.itertuples()
        ],
        table=pd.DataFrame(
            {
                "year": _found["publication_year"].astype(str),
                "joint papers": _found["joint_papers"].map("{:,}".format),
                f"share of {side_a}'s papers": _found["share"].map(percent),
            }
        ),
        chart=bars(_found.assign(year=_found["publication_year"].astype(str)), "year", "joint_papers"),
    )
    joint_papers.shown()
    return joint_papers, joint_total


@app.cell
def _(ask, bars, joint_total, side_a, side_b, years):
    _found = ask(
        """
        select reporter_code, reporter_name, sum(joint_papers)::bigint as joint_papers,
            sum(joint_paper_credit) as credit
        from bi_reporter_year group by all having sum(joint_papers) > 0
        order by joint_papers desc, reporter_code
        """
    )
    _told = [
        f"{row.reporter_name} with {row.joint_papers:,} of {joint_total:,} joint papers "
        f"({percent(share_of(row.joint_papers, joint_total))}); counted by author it has {row.credit:,.1f}."
        for row in _found.head(1).itertuples()
    ]
    countries = Answer(
        name="02_top_countries",
        question="Which countries write most of them?",
        sentence=_told[0] if _told else "None does.",
        base=f"joint papers of {side_a} and {side_b}, {years}. A paper counts for each of its countries, so countries "
        "add up to more than all papers.",
        rows=[(row.reporter_code, row.joint_papers, round(row.credit, 6)) for row in _found.itertuples()],
        table=pd.DataFrame(
            {
                "country": _found["reporter_name"],
                "joint papers": _found["joint_papers"].map("{:,}".format),
                "counted by author": _found["credit"].map("{:,.1f}".format),
            }
        ),
        chart=bars(_found.head(12), "reporter_name", "joint_papers"),
    )
    countries.shown()
    return (countries,)


@app.cell
def _(ask, bars, side_b, years):
    _found = ask(
        f"""
        select reporter_code, reporter_name, sum(joint_papers)::bigint as joint_papers,
            sum(joint_papers) / sum(all_papers) as share
        from bi_reporter_year group by all
        having sum(joint_papers) >= {SMALL} and count(all_papers) = count(*)
        order by share desc, reporter_code
        """
    )
    _told = (
        f"{_found.iloc[0]['reporter_name']}: {_found.iloc[0]['joint_papers']:,} papers, "
        f"{percent(_found.iloc[0]['share'])} of its own, have an author in {side_b}."
        if len(_found)
        else f"No country has {SMALL} joint papers."
    )
    dependent = Answer(
        name="03_most_dependent_countries",
        question=f"For which countries is {side_b} the largest part of their work?",
        sentence=_told,
        base=f"all papers of the subject of each country with at least {SMALL} joint papers, {years}.",
        rows=[(row.reporter_code, row.share) for row in _found.itertuples()],
        table=pd.DataFrame(
            {
                "country": _found["reporter_name"],
                "joint papers": _found["joint_papers"].map("{:,}".format),
                f"share with {side_b}": _found["share"].map(percent),
            }
        ),
        chart=bars(_found.head(12), "reporter_name", "share", ".1%"),
    )
    dependent.shown()
    return (dependent,)


@app.cell
def _(ask, bars, last_year, side_b):
    _found = ask(
        """
        select country_code, country_name, is_side_a_country, joint_papers, partner_rank_of_countries as place
        from bi_partner_year
        where publication_year = getvariable('last_year') and partner_rank_of_countries <= 10
        order by place, country_code
        """
    )
    _leading = ", ".join(f"{row.country_name} ({row.joint_papers:,})" for row in _found.head(3).itertuples())
    partners = Answer(
        name="04_partners_of_side_b",
        question=f"With which countries does {side_b} write most?",
        sentence=f"In {last_year}: {_leading}." if len(_found) else f"Nobody is known for {last_year}.",
        base=f"all papers of the subject of {last_year} with an author in {side_b}, by country; groups such as the EU "
        "are not ranked.",
        rows=[(row.country_code, row.joint_papers, row.place) for row in _found.itertuples()],
        table=pd.DataFrame(
            {
                "place": _found["place"].astype(str),
                "country": _found["country_name"],
                f"papers with {side_b}": _found["joint_papers"].map("{:,}".format),
            }
        ),
        chart=bars(_found, "country_name", "joint_papers"),
    )
    partners.shown()
    return (partners,)


@app.cell
def _(ask, bars, joint_total, side_a, side_b, years):
    _found = ask(
        """
        select funding_mix_order, funding_mix, funding_mix_name, sum(papers)::bigint as papers from bi_funding_mix
        where reporter_name = getvariable('side_a')
        group by all order by funding_mix_order
        """
    )
    _papers = dict(zip(_found["funding_mix"], _found["papers"], strict=True))
    _undisclosed = _papers["not_disclosed"]
    _disclosed = joint_total - _undisclosed
    _side_b = sum(_papers[mix] for mix in ("only_side_b", "both_sides"))
    funding = Answer(
        name="12_undisclosed",
        question="How many papers say who paid, and who did?",
        sentence=f"{_disclosed:,} ({percent(share_of(_disclosed, joint_total))}) disclose a funder; {_side_b:,} of "
        f"these ({percent(share_of(_side_b, _disclosed))}) have one of {side_b}.",
        base=f"{joint_total:,} joint papers, {years}; {_disclosed:,} of them disclose funding.",
        rows=[(ratio(_undisclosed, joint_total),)],
        table=pd.DataFrame(
            {
                "funders": _found["funding_mix_name"],
                "papers": _found["papers"].map("{:,}".format),
                "share of joint papers": [percent(share_of(papers, joint_total)) for papers in _found["papers"]],
            }
        ),
        chart=bars(_found, "funding_mix_name", "papers", colour=ORANGE),
    )
    funding.shown()
    return (funding,)


@app.cell
def _(ask, bars, side_a, side_b, years):
    _found = ask(
        """
        select funder_id, funder_name, funder_class_name, sum(papers)::bigint as papers from bi_funder_year
        where reporter_name = getvariable('side_a')
        group by all order by papers desc, funder_id limit 10
        """
    )
    funders = Answer(
        name="09_top_funders",
        question="Which funders stand in most of them?",
        sentence=f"{_found.iloc[0]['funder_name']}, in {_found.iloc[0]['papers']:,} papers."
        if len(_found)
        else "No paper discloses a funder.",
        base=f"joint papers of {side_a} and {side_b} that disclose funding, {years}. A paper counts for each of its "
        "funders; that a funder stands in a paper does not say whose work it paid.",
        rows=[(row.funder_id, row.papers) for row in _found.itertuples()],
        table=pd.DataFrame(
            {
                "funder": _found["funder_name"],
                "class": _found["funder_class_name"],
                "papers": _found["papers"].map("{:,}".format),
            }
        ),
        chart=bars(_found, "funder_name", "papers", colour=ORANGE),
    )
    funders.shown()
    return (funders,)


@app.cell
def _(ask, bars, joint_total, years):
    _found = ask(
        """
        select definition_code, definition_name, definition_order, listing_basis, basis_name,
            sum(linked_papers)::bigint as linked_papers
        from bi_linked_year where reporter_name = getvariable('side_a')
        group by all order by definition_code, listing_basis
        """
    )
    _ladder = _found.sort_values(["definition_order", "listing_basis"])
    _today = _ladder[_ladder["listing_basis"] == "today"]
    _narrow, _wide = _today.iloc[0], _today.iloc[-1]
    linked_total = int(_wide["linked_papers"])
    ladder = Answer(
        name="27_definition_ladder",
        question="How many are written with institutions on military or security lists?",
        sentence=f"{linked_total:,} ({percent(share_of(linked_total, joint_total))}) with a body that is on any list "
        f"today; {_narrow['linked_papers']:,} of them by the narrowest definition, {_narrow['definition_name']}.",
        base=f"{joint_total:,} joint papers, {years}. Each definition contains the ones before it; a listing is not a "
        "finding about a paper.",
        rows=[
            (row.definition_code, row.listing_basis, row.linked_papers, ratio(row.linked_papers, joint_total))
            for row in _found.itertuples()
        ],
        table=pd.DataFrame(
            {
                "definition": _ladder["definition_name"],
                "the body was listed": _ladder["basis_name"],
                "papers": _ladder["linked_papers"].map("{:,}".format),
                "share of joint papers": [
                    percent(share_of(papers, joint_total)) for papers in _ladder["linked_papers"]
                ],
            }
        ),
        chart=bars(_today, "definition_name", "linked_papers"),
    )
    ladder.shown()
    return ladder, linked_total


@app.cell
def _(ask, bars, years):
    _found = ask(
        """
        select body_id, body_name, category_name, lists_today, sum(linked_papers)::bigint as papers
        from bi_linked_body_year
        where reporter_name = getvariable('side_a') and listing_basis = 'today'
        group by all order by papers desc, body_id limit 12
        """
    )
    bodies = Answer(
        name="28_top_bodies",
        question="With which of these bodies?",
        sentence=f"{_found.iloc[0]['body_name']} most often, in {_found.iloc[0]['papers']:,} papers."
        if len(_found)
        else "With none.",
        base=f"joint papers, {years}, with bodies that a list names today. A paper counts for each of its bodies.",
        rows=[(row.body_id, row.papers) for row in _found.itertuples()],
        table=pd.DataFrame(
            {
                "body": _found["body_name"],
                "category": _found["category_name"],
                "lists": _found["lists_today"],
                "papers": _found["papers"].map("{:,}".format),
            }
        ),
        chart=bars(_found, "body_name", "papers"),
    )
    bodies.shown()
    return (bodies,)


@app.cell
def _(ask, bars, linked_total, years):
    _found = ask(
        """
        select funder_class, funder_class_name, sum(papers)::bigint as papers,
            sum(linked_papers_with_funding)::bigint as whole
        from bi_linked_funder_class_year
        where reporter_name = getvariable('side_a') and definition_code = 'any_list' and listing_basis = 'today'
        group by all order by funder_class
        """
    )
    _whole = int(_found["whole"].max())
    _ranked = _found.sort_values("papers", ascending=False, kind="stable")
    _first = _ranked.iloc[0]
    payers = Answer(
        name="30_who_pays_for_what_is_linked",
        question="Who pays for the papers with listed bodies?",
        sentence=f"{_first['funder_class_name']} most often: in {_first['papers']:,} of {_whole:,} papers that "
        f"disclose funding ({percent(share_of(_first['papers'], _whole))})."
        if _whole
        else "None of them discloses funding.",
        base=f"{linked_total:,} papers with bodies on any list today, {years}; {_whole:,} of them disclose funding. A "
        "paper counts in each class of its funders.",
        rows=[(row.funder_class, ratio(row.papers, row.whole)) for row in _found.itertuples()],
        table=pd.DataFrame(
            {
                "class of funders": _ranked["funder_class_name"],
                "papers": _ranked["papers"].map("{:,}".format),
                "share": [percent(share_of(papers, _whole)) for papers in _ranked["papers"]],
            }
        ),
        chart=bars(_ranked, "funder_class_name", "papers", colour=ORANGE),
    )
    payers.shown()
    return (payers,)


@app.cell
def _(ask, bars, years):
    _found = ask(
        """
        select sensitive_label, sum(joint_papers)::bigint as papers, sum(linked_any_list)::bigint as linked
        from bi_topic_year where reporter_name = getvariable('side_a') and is_sensitive_topic
        group by all order by sensitive_label
        """
    )
    _found["topic"] = _found["sensitive_label"].str.replace("_", " ")
    _found["share"] = [share_of(*row) for row in _found[["linked", "papers"]].itertuples(index=False)]
    _told = "; ".join(
        f"{row.topic}: {row.papers:,} papers, {row.linked:,} of them ({percent(row.share)}) with a listed body"
        for row in _found.itertuples()
    )
    topics = Answer(
        name="29_sensitive_topics",
        question="How many are on topics that the study names as sensitive?",
        sentence=f"{_told[:1].upper()}{_told[1:]}." if _told else "None.",
        base=f"joint papers, {years}, by their primary topic; linked with bodies on any list today.",
        rows=[(row.sensitive_label, row.papers, row.linked) for row in _found.itertuples()],
        table=pd.DataFrame(
            {
                "topic": _found["topic"],
                "joint papers": _found["papers"].map("{:,}".format),
                "with a listed body": _found["linked"].map("{:,}".format),
                "share": _found["share"].map(percent),
            }
        ),
        chart=bars(_found, "topic", "papers"),
    )
    topics.shown()
    return (topics,)


@app.cell
def _(
    bodies,
    countries,
    dependent,
    funders,
    funding,
    is_synthetic,
    joint_papers,
    ladder,
    partners,
    payers,
    release_id,
    side_a,
    side_b,
    topics,
    years,
):
    _answers = (
        joint_papers,
        countries,
        dependent,
        partners,
        funding,
        funders,
        ladder,
        bodies,
        payers,
        topics,
    )
    # where `make notebook` finds them
    if _file := mo.cli_args().get("answers"):
        _told = {
            "release_id": release_id,
            "is_synthetic": is_synthetic,
            "title": f"{side_a} and {side_b}: ten questions",
            "years": years,
            "answers": [answer.told() for answer in _answers],
        }
        # pandas counts in numpy's numbers
        Path(str(_file)).write_text(json.dumps(_told, default=lambda number: number.item()), encoding="utf-8")
    return


if __name__ == "__main__":
    app.run()
