"""What a form says of one number, and the card of a reader that takes the numbers out of a form again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple


class Number(NamedTuple):
    """One number as a form holds it; `code` is what it is called, `tracking` the tracking UID of its lesion."""

    value: float
    unit: str
    uncertainty: float
    code: str = ""
    tracking: str = ""


Numbers = dict[str, Number]  # by claim id


@dataclass(frozen=True)
class Reader:
    """Reads one form without the code that wrote it: `endings` are the files it wants, `read` takes them by name.

    `read` raises ValueError, KeyError or what its parser raises where the files do not hold the form.
    """

    name: str
    endings: tuple[str, ...]
    read: Callable[[Mapping[str, bytes]], Numbers]

    def wants(self, file: str) -> bool:
        """Whether a file of the form holds numbers."""
        return file.endswith(self.endings)
