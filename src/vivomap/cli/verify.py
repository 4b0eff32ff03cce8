"""The command that shows the number right: every biomarker and criterion against its truth, or a site's own table."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vivomap.cli.talk import counted, emit, manner, plan, progress, say, show, table, unknown
from vivomap.core.errors import Refusal

if TYPE_CHECKING:
    from vivomap.verify import Evidence, Row
    from vivomap.verify.site import SiteReport

EXAMPLES = ("vivomap verify diffusion", "vivomap verify --full --out evidence.html")
WRONG = 8  # exit code: something was found to be wrong (rule U3)
UNDECIDED = 4  # exit code: a claim needs more numbers

Family = Annotated[str, typer.Argument(help="A family (size, uptake …) or one biomarker; all if left out.")]
Seeds = Annotated[int | None, typer.Option(min=1, help="So many seeds, however long it takes.")]
Full = Annotated[bool, typer.Option("--full", help="All 1,000 seeds of every phantom: hours.")]
Noise = Annotated[float, typer.Option(min=0.0, help="Scale the noise of the phantoms: intervals must widen.")]
Out = Annotated[Path | None, typer.Option(help="Also write the evidence, as .html or .pdf.")]
SiteTable = Annotated[
    Path | None, typer.Option(exists=True, dir_okay=False, help="Instead: this site's own repeats or phantoms, as CSV.")
]

ColumnSaid = Annotated[
    list[str] | None, typer.Option(help="With --site: subject=Id names a column, unit:=cm holds for every line.")
]
Claim = Annotated[str, typer.Option(help="With --site: hold the table against this card's limits (mean_adc:liver).")]


def verify(
    family: Family = "",
    full: Full = False,
    seeds: Seeds = None,
    noise: Noise = 1.0,
    site: SiteTable = None,
    column: ColumnSaid = None,
    claim: Claim = "",
    out: Out = None,
) -> int:
    """Prove every number against its truth: result, tolerance, coverage, source and verdict."""
    if out is not None and out.suffix.lower() not in (".html", ".pdf"):
        raise Refusal("bad_setting", "the evidence is a page or a PDF", found=out.name, expected=".html or .pdf")
    if noise <= 0:
        raise Refusal("bad_setting", "noise is scaled by a factor above 0", found=f"{noise:g}", expected="such as 3")
    if site is not None:
        return _site(site, out, (tuple(column or ()), claim))
    from vivomap.verify import ALL, SECONDS, USUAL, Plan, families, names
    from vivomap.verify import verify as prove

    if family and family not in names():
        raise unknown("a family or a biomarker", family, names())
    most = seeds or (ALL if full else USUAL)
    how = Plan(most, None if seeds or full else SECONDS, noise, os.cpu_count() or 1)
    if manner().dry_run:
        limit = f"at most {how.seconds:g} s a family" if how.seconds else "however long it takes"
        plan(f"verify {family or ', '.join(families())}: {counted(most, 'seed')} of each phantom, {limit}")
        return 0
    with progress("verifying") as told:
        evidence = prove(family, how, told)
    _told(evidence)
    if out is not None:
        from vivomap.verify.evidence import page

        _write(page(evidence), out)
    return 0 if evidence.ok else WRONG


def _told(evidence: Evidence) -> None:
    """The rows as a table, or as JSON; what was not looked at, and the verdict over all."""
    if manner().json:
        rows = [row.data() for row in evidence.rows]
        absent = [asdict(each) for each in evidence.absent]
        emit("verify", ok=evidence.ok, noise=evidence.noise, rows=rows, not_at_hand=absent, skipped=evidence.skipped)
        return
    head = ("family", "biomarker", "truth", "result", "u", "tolerance", "unit", "held of n", "verdict")
    table([_cells(row) for row in evidence.rows], head)
    from vivomap.verify.evidence import remarks

    for row in evidence.rows:
        if row.reason:
            show(f"{row.verdict}: {row.biomarker}, {row.reason}")
        elif manner().verbose and remarks(row):
            say(f"{row.biomarker}: {remarks(row)}")
    for each in evidence.absent:
        say(f"{each.name}: {each.reason}")
    wrong = sum(not row.ok for row in evidence.rows)
    show(f"{len(evidence.rows) - wrong} of {counted(len(evidence.rows), 'proof')} hold")


def _cells(row: Row) -> tuple[str, ...]:
    from vivomap.verify.evidence import held, said, unit

    doubt = f"{row.uncertainty:.2g}" if row.uncertainty is not None else ""
    reach = f"{row.tolerance:.2g}" if row.tolerance is not None else ""
    wider = f" (x{row.widened:.2g})" if row.widened is not None else ""
    result, truth = said(row.result), said(row.truth)
    return (row.family, row.biomarker, truth, result, doubt + wider, reach, unit(row), held(row), row.verdict)


def _site(path: Path, out: Path | None, asked: tuple[tuple[str, ...], str]) -> int:
    """What a site's table says of its own measurements."""
    from vivomap.verify.site import site_report
    from vivomap.verify.site_table import reading

    how = reading(*asked)
    if manner().dry_run:
        plan(f"read {path}", "say how well its numbers repeat, and how near they come to their truth")
        return 0
    report = site_report(path, how)
    _told_site(report)
    if out is not None:
        from vivomap.verify.evidence import site_page

        _write(site_page(report, path.name), out)
    return WRONG if not report.ok else UNDECIDED if report.undecided else 0


def _told_site(report: SiteReport) -> None:
    from vivomap.verify.evidence import margin

    if manner().json:
        held = [{"path": h.path, "code": h.code, "reason": h.reason} for h in report.held]
        rows = [{**asdict(f), "verdict": f.verdict} for f in report.findings]
        emit("verify.site", ok=report.ok, rows=rows, lacking=list(report.lacking), held_lines=held)
    head = ("number", "value", "95 % interval", "unit", "of", "claim", "verdict", "scanner")
    table([margin(f) for f in report.findings], head)
    for line in report.lacking:
        say(f"not said: {line}")
    for h in report.held:
        say(f"left out: {h.reason}")


def _write(html: str, out: Path) -> None:
    from vivomap.report.pdf import press
    from vivomap.report.place import place

    place(out, press(html) if out.suffix.lower() == ".pdf" else html.encode())
    say(f"evidence: {out}")
