"""How the command line speaks: data on stdout, talk and progress on stderr, five-line errors.

What came from a file is shown as it is, but for characters that would steer a terminal or turn a line around: those
are written as their numbers.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import sys
import unicodedata
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


MOST_NAMES = 25  # that a message lists
_manner: ContextVar[Manner] = ContextVar("manner", default=Manner())  # noqa: B039 (frozen)


def manner() -> Manner:
    """The global flags of this call."""
    return _manner.get()


def behave(how: Manner) -> None:
    """Set the global flags of this call."""
    _manner.set(how)


def emit(schema: str, **data: Any) -> None:
    """One documented JSON object on stdout."""
    text = json.dumps({"schema": f"vivomap.{schema}/1", **data}, ensure_ascii=False, allow_nan=False, indent=1)
    typer.echo("\n".join(STEERING.sub(_escaped, line) for line in text.split("\n")))


def show(text: str = "") -> None:
    """A line of the answer, on stdout; nothing when JSON was asked for."""
    if not manner().json:
        typer.echo(clean(text))


def say(text: str) -> None:
    """A line of talk, on stderr; nothing when quiet."""
    if not manner().quiet:
        typer.echo(clean(text), err=True)


def plan(*steps: str) -> None:
    """What a real run would do, in its order (`--dry-run`)."""
    if manner().json:
        emit("plan", steps=list(steps))
    for step in steps:
        show(f"would {step}")


STEERING = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
BOLD = re.compile(r"(\x1b\[[01]m)")


def clean(text: str) -> str:
    """The text with every character that would steer a terminal written as its number; our own bold stays."""
    parts = BOLD.split(text)
    kept = ("\n", "\t")
    return "".join(
        part if k % 2 else "".join(c if c in kept or not _steers(c) else _number(c) for c in part)
        for k, part in enumerate(parts)
    )


def _steers(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def _number(character: str) -> str:
    return f"\\x{ord(character):02x}" if ord(character) < 256 else f"\\u{ord(character):04x}"


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def unknown(kind: str, name: str, known: Sequence[str]) -> Refusal:
    """That a name is not there, with those that come near, or else with all."""
    near = difflib.get_close_matches(name, known, 3)
    hint = f"did you mean {' or '.join(near)}" if near else "take one of these names"
    shown = ", ".join(near or known[:MOST_NAMES]) + (" and more" if len(known) > MOST_NAMES and not near else "")
    return Refusal("unknown_name", f"{name!r} is not {kind}", where="the command line", expected=shown, hint=hint)


def counted(number: int, word: str) -> str:
    """A number and its word: 1 file, 2 files."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def bold(text: str) -> str:
    """The text in bold on a terminal that wants it, plain elsewhere."""
    return typer.style(text, bold=True) if _colours() and sys.stdout.isatty() else text


def _colours() -> bool:
    return manner().color and "NO_COLOR" not in os.environ


def table(rows: Sequence[Sequence[str]], head: Sequence[str]) -> None:
    """Aligned columns; a column whose every cell is a number stands right."""
    if manner().json or not rows:
        return
    tidy = [[clean(cell) for cell in row] for row in (head, *rows)]
    columns = list(zip(*tidy, strict=True))
    widths = [max(len(c) for c in column) for column in columns]
    right = [all(_numeric(c) for c in column[1:]) for column in columns]
    for k, row in enumerate(tidy):
        cells = [c.rjust(w) if r else c.ljust(w) for c, w, r in zip(row, widths, right, strict=True)]
        line = "  ".join(cells).rstrip()
        typer.echo(bold(line) if k == 0 else line)


def _numeric(cell: str) -> bool:
    return not cell or cell[0] in "0123456789+-−" or cell in ("none",)


@contextmanager
def progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal that wants it, silence elsewhere; call it with what is done and the total."""
    if manner().quiet or not _colours() or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


USAGE = {"bad_setting", "unknown_name", "ambiguous_name", "unknown_unit", "key_there", "not_a_key"}
FORBIDDEN = {
    "cannot_write",
    "key_open",
    "credentials_open",
    "audit_stopped",
    "association_rejected",
    "login_refused",
    "login_open",
    "tls_failed",
}
FULL = {"disk_full", "out_of_memory"}
FOUND = {"broken_chain", "vault_corrupt", "audit_broken", "manifest_changed"}
BUSY = {"ledger_busy", "receiver_away", "place_away", "inbox_busy", "port_taken", "inbox_stopped", "fsync_failed"}


def exit_code(code: str) -> int:
    """The exit code of a refusal (rule U3)."""
    kinds = ((USAGE, 2), (FORBIDDEN, 7), (FULL, 6), (FOUND, 8), (BUSY, 5))
    return next((number for codes, number in kinds if code in codes), 3)


def complain(refusal: Refusal, heard: bool = True) -> int:
    """Five short lines on stderr, the same as an object on stdout when JSON was asked for; gives the exit code.

    `heard` is false where stdout itself has failed.
    """
    for line in refusal.lines():
        typer.echo(clean(line).replace("\n", " "), err=True)
    if manner().json and heard:
        said = ("summary", "where", "found", "expected", "computed", "hint")
        emit("error", code=refusal.code, **{name: getattr(refusal, name) for name in said})
    return exit_code(refusal.code)
