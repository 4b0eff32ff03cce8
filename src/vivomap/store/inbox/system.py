"""The few calls by which received bytes reach the disk, in one place, so that a test can make any of them fail.

`VIVOMAP_FAULT=after:POINT` ends this process by SIGKILL behind a step; the points are `tmp_written`, `fsync`, `rename`,
`journal` and `response`. It is for tests of durability and has no other use.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

POINTS = ("tmp_written", "fsync", "rename", "journal", "response")
VARIABLE = "VIVOMAP_FAULT"


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def _silent(point: str) -> None:
    """Go on."""


@dataclass(frozen=True)
class System:
    """The calls of the operating system that keeping uses; `free` gives bytes, `after` is told each finished step."""

    open: Callable[[str, int, int], int] = os.open
    write: Callable[[int, memoryview], int] = os.write
    fsync: Callable[[int], None] = os.fsync
    rename: Callable[[Path, Path], None] = os.rename
    free: Callable[[Path], int] = _free
    after: Callable[[str], None] = _silent


def system(environment: Mapping[str, str] = os.environ) -> System:
    """The real calls; with the fault that the environment asks for."""
    asked = environment.get(VARIABLE, "")
    if asked not in {f"after:{point}" for point in POINTS}:
        return System()

    def kill(point: str) -> None:
        if asked == f"after:{point}":
            os.kill(os.getpid(), signal.SIGKILL)

    return System(after=kill)
