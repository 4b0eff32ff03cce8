"""Writes the reference pages from the code: errors, evidence, commands. `python docs/make.py`; a test holds them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import typer

from vivomap.cli import app
from vivomap.core import GRADES, Biomarker, Criterion, Option, Pathway, Threshold, discover
from vivomap.core.errors import codes, page
from vivomap.decide import conditions

HERE = Path(__file__).parent
MADE = "*Reference, made from the code by `python docs/make.py`.*"


def errors() -> str:
    """Every code with its page, as one page."""
    parts = ["# Codes", MADE, "Each is printed with the message; `vivomap explain CODE` shows its page alone."]
    parts += [page(code).rstrip().replace("\n## ", "\n### ").replace("# ", "## ", 1) for code in codes()]
    return "\n\n".join(parts) + "\n"


def evidence() -> str:
    """Every threshold, limit and option with its source."""
    grades = "; ".join(f"{k}: {v}" for k, v in GRADES.items())
    parts = ["# Evidence", MADE, f"Grades. {grades}.", _biomarkers(), _criteria()]
    parts += [_pathway(p) for p in discover("vivomap.pathways", Pathway).values()]
    return "\n\n".join(parts) + "\n"


def _biomarkers() -> str:
    rows = [
        "## Biomarkers",
        "",
        "| biomarker | unit | needs | limits of no change | source |",
        "| --- | --- | --- | --- | --- |",
    ]
    for card in discover("vivomap.quantify", Biomarker).values():
        limits = card.real_change
        words = "none known: no change is called"
        if limits:
            same = ", ".join(f"{site} {value:g}" for site, value in limits.same)
            other = ", ".join(f"{site} {value:g}" for site, value in limits.other) or "not comparable"
            words = f"{limits.kind}: same scanner {same}; another {other} ({limits.source})"
        rows.append(f"| `{card.name}` | {card.unit} | {', '.join(card.needs)} | {words} | {card.source} |")
    return "\n".join(rows)


def _criteria() -> str:
    rows = [
        "## Criteria",
        "",
        "| criterion | parameter | value | grade | source | read? |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for card in discover("vivomap.track.criteria", Criterion).values():
        rows += [f"| `{card.name}` | {_threshold(t)} |" for t in card.parameters]
    return "\n".join(rows)


def _threshold(card: Threshold) -> str:
    seen = "read" if card.seen else "from memory: check before use"
    return f"{card.name} | {card.value:g} {card.unit} | {card.grade} | {card.source} | {seen}"


def _pathway(card: Pathway) -> str:
    options: list[Option] = [*(rule.option for rule in card.rules), card.otherwise]
    asked = [str(rule.when) for rule in card.rules] + ["no rule holds"]
    rows = [
        f"## Pathway `{card.name}`",
        "",
        card.question,
        "",
        "| if | option | grade | source |",
        "| --- | --- | --- | --- |",
    ]
    rows += [f"| {when} | {o.name} | {o.grade} | {o.source} |" for when, o in zip(asked, options, strict=True)]
    silent = [str(c) for c in conditions(card)[: len(conditions(card)) - len(card.rules)]]
    rows += ["", f"Silent when: {'; '.join(silent)}.", "", f"Guards against: {'; '.join(card.mistakes)}."]
    return "\n".join(rows)


def commands() -> str:
    """The help of every command."""
    group = typer.main.get_command(app)
    parts = ["# Commands", MADE, _help(group, "vivomap")]
    return "\n\n".join(parts) + "\n"


def _help(command: Any, path: str) -> str:
    text = command.get_help(typer.Context(command, info_name=path, terminal_width=100, max_content_width=100))
    mine = f"## `{path}`\n\n```text\n{text.rstrip()}\n```"
    below = getattr(command, "commands", {})
    return "\n\n".join([mine, *(_help(sub, f"{path} {name}") for name, sub in below.items())])


PAGES = {"errors.md": errors, "evidence.md": evidence, "reference/commands.md": commands}


def main() -> int:
    """Write every page; with --check, say which are out of date and change nothing."""
    stale = [name for name, make in PAGES.items() if not _same(HERE / name, make())]
    for name in stale:
        sys.stdout.write(f"{name}\n")
        if "--check" not in sys.argv:
            (HERE / name).parent.mkdir(exist_ok=True)
            (HERE / name).write_text(PAGES[name](), encoding="utf-8")
    return 1 if stale and "--check" in sys.argv else 0


def _same(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    here = HERE.resolve()  # its folder `coverage` would be taken for the package of that name
    sys.path[:] = [place for place in sys.path if Path(place).resolve() != here]
    sys.exit(main())
