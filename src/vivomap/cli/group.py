"""A group of commands under one noun, as `vivomap queue list`; its own help shows two examples too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import typer

Command = tuple[str, Callable[..., Any], tuple[str, str]]


def examples(shown: Sequence[str]) -> str:
    """The last line of a help page."""
    return "Examples:  " + "   |   ".join(shown)


def group(said: str, commands: Sequence[Command]) -> typer.Typer:
    """The group of some commands: name, function, two examples of each."""
    first = [each[0] for _, _, each in commands[:2]] if len(commands) > 1 else commands[0][2]
    made = typer.Typer(help=said, epilog=examples(first), rich_markup_mode=None)
    for name, function, each in commands:
        made.command(name, epilog=examples(each))(function)
    return made
