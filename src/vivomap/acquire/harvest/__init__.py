"""The door for other people's numbers: what their reports, segmentations, maps and texts say, with their faults named.

`harvest` reads files, each in a process of its own with limits; `Number.claim` makes a Measurement of a number whose
maker states its uncertainty. One kind of object, one file: adding one is adding it to the table in `read`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from vivomap.acquire.harvest.child import Reader
from vivomap.acquire.harvest.found import About, Complaint, Concept, Number, Sheet
from vivomap.acquire.harvest.pattern import patterns

__all__ = ["About", "Complaint", "Concept", "Number", "Sheet", "harvest", "patterns"]


def harvest(
    paths: Sequence[Path], declared: Path | None = None, progress: Callable[[int, int], None] | None = None
) -> tuple[Sheet, ...]:
    """What each file holds, in the order given; `declared` is a file of patterns for texts.

    A bad file is a sheet with its refusal, and the next one is read. Raises Refusal for patterns that cannot be used.
    """
    if declared is not None:
        patterns(declared)
    reader, found = Reader(declared), []
    try:
        for path in paths:
            found.append(reader.read(path))
            if progress:
                progress(len(found), len(paths))
    finally:
        reader.close()
    return tuple(found)
