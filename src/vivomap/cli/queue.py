"""What is on its way to a PACS: the queue, seen and worked."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from vivomap.cli import delivering, witness
from vivomap.cli.delivering import deliver, outbox
from vivomap.cli.group import group
from vivomap.cli.talk import manner, plan, say

Which = Annotated[str, typer.Argument(help="The id of a delivery: its first digits.", show_default=False)]
LOOK_S = 1.0  # how often a waiting run looks at what is due; project


def list_(
    every: Annotated[bool, typer.Option("--all", help="Also what was sent or dropped.")] = False,
) -> None:
    """What is to be sent where: state, tries, age, next try and last answer of each object."""
    box = outbox()
    shown = [d for d in box.deliveries() if every or d.state in ("waiting", "sending", "refused")]
    delivering.listed(box, shown)
    say("1 delivery" if len(shown) == 1 else f"{len(shown)} deliveries")


def run(
    every: Annotated[bool, typer.Option("--all", help="Also what would wait longer.")] = False,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to go on while something waits.")] = 0.0,
) -> int:
    """Send what is due. With --wait go on until the queue is empty or the time is over; Ctrl-C ends it safely."""
    from vivomap.store.outbox import run as work

    box = outbox()
    if manner().dry_run:
        plan(*(f"send {d.origin} {d.instance} to {d.destination}" for d in box.due(every)))
        return 0
    box.sweep()
    for destination in dict.fromkeys(d.destination for d in box.due(every)):
        witness.left(destination, (), "DICOM objects of the queue to a PACS")
    until = time.monotonic() + wait
    done = {d.id for d in work(box, lambda them: deliver(box, them), force=every)}
    while time.monotonic() < until and any(d.state in ("waiting", "sending") for d in box.deliveries()):
        time.sleep(min(LOOK_S, max(0.0, until - time.monotonic())))
        done |= {d.id for d in work(box, lambda them: deliver(box, them))}
    standing = [d for d in box.deliveries() if d.id in done or d.state in ("waiting", "sending")]
    if not standing:
        say("nothing is due")
    return delivering.told(box, standing)


def retry(which: Which) -> None:
    """Let an object be sent at the next run, also one that was refused."""
    box = outbox()
    if manner().dry_run:
        return plan(f"send {box.find(which).id} at the next run")
    delivering.listed(box, [box.retry(which)])


def drop(which: Which) -> None:
    """Take an object out of the queue; it is not sent. Its line stays on record."""
    box = outbox()
    if manner().dry_run:
        return plan(f"drop {box.find(which).id}")
    delivering.listed(box, [box.drop(which)])


COMMANDS = (
    ("list", list_, ("vivomap queue list", "vivomap queue list --all --json")),
    ("run", run, ("vivomap queue run", "vivomap queue run --all --wait 3600")),
    ("retry", retry, ("vivomap queue retry 3f9a1c", "vivomap queue retry 3f9a1c --dry-run")),
    ("drop", drop, ("vivomap queue drop 3f9a1c", "vivomap queue drop 3f9a1c --dry-run")),
)
queue = group("What is on its way to a PACS.", COMMANDS)
