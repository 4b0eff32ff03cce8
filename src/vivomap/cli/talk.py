"""How the command line speaks: data on stdout, talk and progress on stderr, five-line errors."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import typer

from vivomap.core.errors import Refusal


@dataclass(frozen=True)
class Manner:
    """The global flags of one call."""

    json: bool = False
    quiet: bool = False
    verbose: bool = False
    color: bool = True
    dry_run: bool = False
    no_input: bool = False
    force: bool = False
    project: str | None = None
    log_file: str | None = None


_manner: ContextVar[Manner] = ContextVar("manner", default=Manner())  # noqa: B039 (frozen)


def manner() -> Manner:
    """The global flags of this call."""
    return _manner.get()


def behave(how: Manner) -> None:
    """Set the global flags of this call."""
    _manner.set(how)


def emit(schema: str, **data: Any) -> None:
    """One documented JSON object on stdout."""
    typer.echo(json.dumps({"schema": f"vivomap.{schema}/1", **data}, ensure_ascii=False, allow_nan=False, indent=1))


def show(text: str = "") -> None:
    """A line of the answer, on stdout; nothing when JSON was asked for."""
    if not manner().json:
        typer.echo(text)


def say(text: str) -> None:
    """A line of talk, on stderr; nothing when quiet."""
    if not manner().quiet:
        typer.echo(text, err=True)


def bold(text: str) -> str:
    """The text in bold on a terminal that wants it, plain elsewhere."""
    fancy = manner().color and "NO_COLOR" not in os.environ and sys.stdout.isatty()
    return typer.style(text, bold=True) if fancy else text


def table(rows: Sequence[Sequence[str]], head: Sequence[str]) -> None:
    """Aligned columns; a column whose every cell is a number stands right."""
    if manner().json or not rows:
        return
    columns = list(zip(head, *rows, strict=True))
    widths = [max(len(c) for c in column) for column in columns]
    right = [all(_numeric(c) for c in column[1:]) for column in columns]
    for k, row in enumerate((head, *rows)):
        cells = [c.rjust(w) if r else c.ljust(w) for c, w, r in zip(row, widths, right, strict=True)]
        line = "  ".join(cells).rstrip()
        typer.echo(bold(line) if k == 0 else line)


def _numeric(cell: str) -> bool:
    return not cell or cell[0] in "0123456789+-−" or cell in ("none",)


@contextmanager
def progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal, silence elsewhere; call it with what is done and the total."""
    if manner().quiet or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True, no_color=not manner().color), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


USAGE = {"bad_setting", "unknown_name", "ambiguous_name", "unknown_unit"}
FORBIDDEN = {"cannot_write"}
FULL = {"disk_full"}
FOUND = {"broken_chain", "vault_corrupt"}
BUSY = {"ledger_busy"}


def exit_code(code: str) -> int:
    """The exit code of a refusal (rule U3)."""
    kinds = ((USAGE, 2), (FORBIDDEN, 7), (FULL, 6), (FOUND, 8), (BUSY, 5))
    return next((number for codes, number in kinds if code in codes), 3)


def complain(refusal: Refusal) -> int:
    """Five short lines on stderr, the same as an object on stdout when JSON was asked for; gives the exit code."""
    for line in refusal.lines():
        typer.echo(line, err=True)
    if manner().json:
        said = ("summary", "where", "found", "expected", "computed", "hint")
        emit("error", code=refusal.code, **{name: getattr(refusal, name) for name in said})
    return exit_code(refusal.code)
