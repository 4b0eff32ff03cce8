"""The commands for report templates: which slots and templates there are, and whether a file of one's own is right."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vivomap.cli.group import group
from vivomap.cli.talk import complain, counted, emit, manner, plan, show, table, unknown

EXAMPLES = {
    "check": ("vivomap template check chest.txt", "vivomap template check chest.txt --json"),
    "list": ("vivomap template list", "vivomap template list --pathway lung_response"),
    "show": ("vivomap template show lung_response > chest.txt", "vivomap template show pet_response"),
}
HELD = 3  # an input that cannot be used (rule U3)


def check(file: Annotated[Path, typer.Argument(help="The template.", show_default=False)]) -> int:
    """Check a report template and name every fault with its line; exit code 3 if there is one."""
    from vivomap.report.templates.check import faults
    from vivomap.report.templates.choose import opened

    if manner().dry_run:
        plan(f"check {file}")
        return 0
    read = opened(file)
    found = faults(read)
    if manner().json:
        said = [{"where": f.where, "summary": f.summary, "found": f.found, "expected": f.expected} for f in found]
        emit("template.check", file=str(file), pathway=read.says("pathway"), faults=said)
        return HELD if found else 0
    for fault in found:
        complain(fault)
    slots = sum(len(line.slots) for line in read.lines)
    show(
        f"{file}: {counted(len(found), 'fault')}"
        if found
        else f"{file}: right, {slots} slots, for {read.says('pathway')}"
    )
    return HELD if found else 0


def list_(pathway: Annotated[str, typer.Option(help="Only what this pathway gives.")] = "any") -> None:
    """List the shipped templates, and every slot with its unit and what it gives."""
    from vivomap.report.templates import slots
    from vivomap.report.templates.choose import shipped

    if pathway != "any" and pathway not in slots.pathways():
        raise unknown("a pathway", pathway, ("any", *slots.pathways()))
    rows = [row for name in (*slots.measured(pathway), *slots.LESIONS, *slots.WORDS) for row in slots.rows(name)]
    if manner().json:
        emit("template.list", shipped=shipped(), slots=[{"slot": s, "where": w, "gives": g} for s, w, g in rows])
    show(f"shipped: {', '.join(shipped())}")
    table(rows, ("slot", "where", "gives"))


def show_(pathway: Annotated[str, typer.Argument(help="The pathway.", show_default=False)]) -> None:
    """Print the shipped template of a pathway, to begin one's own from."""
    from vivomap.report.templates.choose import text_of

    text = text_of(pathway)
    if manner().json:
        emit("template", pathway=pathway, text=text)
    show(text.rstrip("\n"))


COMMANDS = (
    ("check", check, EXAMPLES["check"]),
    ("list", list_, EXAMPLES["list"]),
    ("show", show_, EXAMPLES["show"]),
)
template = group("Report templates of one's own: a text file with slots.", COMMANDS)
