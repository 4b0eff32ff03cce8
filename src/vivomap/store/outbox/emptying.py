"""One pass over the queue: what is due is sent, destination by destination, and every answer is put on record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from vivomap.core import Refusal
from vivomap.store.outbox.delivery import Delivery, Outcome
from vivomap.store.outbox.queue import Outbox

BATCH = 60  # deliveries over one association, which has room for two contexts of each
Deliver = Callable[[Sequence[Delivery]], Iterator[tuple[Delivery, Outcome]]]


def run(
    outbox: Outbox, deliver: Deliver, ids: Sequence[str] | None = None, force: bool = False
) -> tuple[Delivery, ...]:
    """Send what is due, or of it only `ids`; gives each delivery as it stands afterwards.

    `deliver` is handed deliveries of one destination and gives each with its outcome. Where it raises a Refusal, or
    gives up before the last, the destination is left alone for this pass, and the rest is tried later.
    """
    done: list[Delivery] = []
    groups: dict[tuple[str, str], list[Delivery]] = {}
    for one in outbox.due(force):
        if ids is None or one.id in ids:
            groups.setdefault((one.destination, one.way), []).append(one)
    for group in groups.values():
        for start in range(0, len(group), BATCH):
            taken = [t for t in map(outbox.take, group[start : start + BATCH]) if t]
            after, well = _batch(outbox, deliver, taken) if taken else ([], True)
            done += after
            if not well:
                break
    return tuple(done)


def _batch(outbox: Outbox, deliver: Deliver, taken: list[Delivery]) -> tuple[list[Delivery], bool]:
    """Send some deliveries of one destination; whatever happens, each lease is given back."""
    rest = {one.id: one for one in taken}
    done: list[Delivery] = []
    why, well = Outcome("unsure", "interrupted"), True
    try:
        for one, outcome in deliver(taken):
            done.append(outbox.record(rest.pop(one.id), outcome))
        if rest:  # it has given up on the others
            why, well = Outcome("later", done[-1].code if done else "receiver_away"), False
    except Refusal as refusal:
        if not rest:  # every outcome is on record: this is about something else
            raise
        why, well = Outcome("later", refusal.code, refusal.found), False
    finally:
        done += [outbox.record(one, why) for one in rest.values()]
    return done, well
