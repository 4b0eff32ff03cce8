"""The evidence as a page to print and file: every proof with its source, verdict and what was not at hand."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

from markupsafe import Markup

from vivomap.core import UNITS, __version__
from vivomap.report.markup import tag
from vivomap.verify.row import SURE, Evidence, Row, Said
from vivomap.verify.site import Finding, SiteReport

HEAD = ("", "truth", "result", "u (k = 1)", "tolerance", "unit", "held of n", "verdict", "source and remarks")
MARGINS = ("", "value", "95 % interval", "unit", "of", "claim", "verdict", "scanner")


def said(value: Said) -> str:
    """A truth or a result as a person reads it: a number with five digits, a label as it is."""
    if value is None:
        return "none"
    return value if isinstance(value, str) else f"{value:.5g}"


def held(row: Row) -> str:
    """How many intervals held the truth, of how many."""
    return f"{row.coverage.held} of {row.coverage.n}" if row.coverage else ""


def remarks(row: Row) -> str:
    """Everything that belongs to a verdict: its reason, why its intervals are wide, by what factor they widened."""
    wider = f"intervals x{row.widened:.3g}" if row.widened is not None else ""
    why = row.coverage.why if row.coverage else ""
    return "; ".join(part for part in (row.reason, wider, why) if part)


def unit(row: Row) -> str:
    """The unit as a person reads it."""
    return UNITS.get(row.unit, row.unit)


def page(evidence: Evidence) -> str:
    """The evidence as one HTML page that needs nothing else and prints on A4."""
    wrong = sum(not row.ok for row in evidence.rows)
    proven = f"{len(evidence.rows) - wrong} of {len(evidence.rows)} proofs hold"
    scaled = f" The noise of the phantoms was scaled {evidence.noise:g} times." if evidence.noise != 1.0 else ""
    lead = (
        f"vivomap {__version__}. A result may lie as far from the truth as the tolerance, for a phantom two standard "
        f"uncertainties. Of n stated 95 % intervals as many must hold the truth as the exact binomial law leaves in "
        f"{SURE:.0%} of cases.{scaled}"
    )
    names = dict.fromkeys(row.family for row in evidence.rows)
    parts = [tag("h1", proven), tag("p", lead, class_="quiet")]
    parts += [_family(name, [row for row in evidence.rows if row.family == name]) for name in names]
    parts += _left_out(evidence)
    return _whole(f"Evidence, vivomap {__version__}", parts)


def coverage_table(evidence: Evidence) -> str:
    """How often the stated 95 % intervals held the truth, as a page of the documents."""
    lines = [
        "*Reference, made by `make test-all` from the phantoms.*",
        "",
        "| number | 95 % intervals that held | asked for | remarks |",
        "| --- | --- | --- | --- |",
    ]
    for row in evidence.rows:
        if row.coverage:
            low, high = row.coverage.limits
            lines.append(f"| `{row.biomarker}` | {held(row)} | {low} to {high} | {remarks(row)} |")
    name = next((row.family for row in evidence.rows), "nothing")
    return "\n".join((f"# Coverage: {name}", "", *lines)) + "\n"


def site_page(report: SiteReport, named: str) -> str:
    """What a site's own table says, as one HTML page."""
    rows = [
        tag("tr", *(tag("td", cell) for cell in margin(f)), class_="bad" if f.ok is False else "")
        for f in report.findings
    ]
    missed = sum(f.ok is False for f in report.findings)
    claims = sum(bool(f.verdict) for f in report.findings)
    missed += sum(f.undecided for f in report.findings)
    parts = [
        tag("h1", f"{claims - missed} of {claims} claims are met" if claims else "Repeatability of this site"),
        tag("p", f"From the table {named}, by vivomap {__version__}.", class_="quiet"),
        _table(MARGINS, rows),
        *(tag("p", line) for line in report.lacking),
        *(tag("p", f"left out: {h.reason}") for h in report.held),
    ]
    return _whole("Repeatability, bias and linearity", parts)


def margin(finding: Finding) -> tuple[str, ...]:
    """The cells of one number of metrology."""
    low, high = ("" if end is None else f"{end:.4g}" for end in (finding.low, finding.high))
    ends = f"{low} to {high}" if low and high else f"up to {high}" if high else ""
    name = f"{finding.biomarker} {finding.quantity}".strip()
    shown = UNITS.get(finding.unit, finding.unit)
    return (
        name,
        f"{finding.value:.4g}",
        ends,
        shown,
        str(finding.count),
        finding.claim,
        finding.verdict,
        finding.scanner,
    )


def _family(name: str, rows: Sequence[Row]) -> Markup:
    return tag("section", tag("h2", name), _table(HEAD, [_row(row) for row in rows]))


def _row(row: Row) -> Markup:
    doubt, reach = (said(v) if v is not None else "" for v in (row.uncertainty, row.tolerance))
    notes = remarks(row)
    cells = (row.biomarker, said(row.truth), said(row.result), doubt, reach, unit(row), held(row), row.verdict)
    kinds = ("", "n", "n", "n", "n", "", "n", "v")
    made = [tag("td", cell, class_=kind) for cell, kind in zip(cells, kinds, strict=True)]
    last = tag("td", *((tag("span", f"{notes}. "),) if notes else ()), tag("span", row.source, class_="quiet"))
    return tag("tr", *made, last, class_="" if row.ok else "bad")


def _table(head: Sequence[str], rows: Sequence[Markup]) -> Markup:
    titles = tag("thead", tag("tr", *(tag("th", title, scope="col") for title in head)))
    return tag("table", titles, tag("tbody", *rows))


def _left_out(evidence: Evidence) -> list[Markup]:
    """Reference sets that were not at hand, and cards whose library is not installed."""
    lines = [f"{each.name}: {each.reason}. {each.source}" for each in evidence.absent]
    lines += [f"{module}: {reason}" for module, reason in sorted(evidence.skipped.items())]
    return [tag("h2", "Not looked at"), tag("ul", *(tag("li", line) for line in lines))] if lines else []


def _whole(title: str, parts: Sequence[Markup]) -> str:
    tokens = (files("vivomap.report") / "look" / "tokens.css").read_text(encoding="utf-8")
    own = (files(__package__) / "look" / "evidence.css").read_text(encoding="utf-8")
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    head = Markup('<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{}">').format(policy)
    # the style is our own file: nothing from outside is in it
    style = Markup("<style>{}</style>").format(Markup(tokens + own))
    body = tag("body", tag("main", *parts))
    return f'<!doctype html>\n<html lang="en"><head>{head}{tag("title", title)}{style}</head>{body}</html>\n'
