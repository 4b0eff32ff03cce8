"""How fast the ledger writes and reads: appends per second, each durable; replay and history of 1,000 assessments.

Each assessment holds 20 measurements with provenance and two small arrays. Times are of one run, in one process;
the append includes hashing, index, fsync of the rows and of the head. The peer is the same rows in bare sqlite3
with the same durability, without chain, index and head.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from vivomap.core import (
    Assessment,
    Image,
    Measurement,
    Provenance,
    Recommendation,
    Region,
    Study,
    Voxels,
    affine_of,
    dumps,
)
from vivomap.store import open_project

SETTINGS = (*((f"setting_{n}", float(n)) for n in range(12)), ("manufacturer", "GE"), ("model", "Discovery"))


def assessment(patient: int, visit: int) -> Assessment:
    """One visit with twenty numbers."""
    day = date(2020, 1, 1) + timedelta(days=60 * visit)
    array = np.full((4, 16, 16), float(patient * 1000 + visit))
    image = Image("ct", Voxels.of(array), "[hnsf'U]", affine_of(np.eye(4)), source=(f"1.2.{patient}.{visit}",))
    region = Region("liver_1", Voxels.of(array > 0))
    made = Provenance("size:volume", "0.1.0", (image.voxels.digest, region.mask.digest), SETTINGS, image.source)
    numbers = tuple(Measurement(f"number_{n}", n + 0.5, "mL", 0.4, "liver_1", day, made) for n in range(20))
    study = Study(f"P{patient}", day, (image,), (region,), uid=image.source)
    return Assessment("lung_response", "e" * 64, study, numbers, Recommendation((), 56))


def seconds(deed: Callable[[], object]) -> float:
    """How long a deed takes."""
    start = time.perf_counter()
    deed()
    return time.perf_counter() - start


def bare(path: Path, bodies: list[str]) -> None:
    """The same texts in bare sqlite3, one durable transaction each."""
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA synchronous=EXTRA")
        raw.execute("CREATE TABLE entries (seq INTEGER PRIMARY KEY, body TEXT)")
        for body in bodies:
            raw.execute("INSERT INTO entries (body) VALUES (?)", (body,))
            raw.commit()


def main() -> None:
    """Run all, and print one line for each."""
    visits = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    nouns = [assessment(n // 5, n % 5) for n in range(visits)]
    with tempfile.TemporaryDirectory() as folder:
        project = open_project(Path(folder) / "project")
        append = seconds(lambda: [project.keep(noun) for noun in nouns])
        plain = seconds(lambda: bare(Path(folder) / "bare.sqlite", [dumps(noun) for noun in nouns]))
        verify = seconds(project.verify)
        replay = seconds(project.replay)
        history = seconds(lambda: project.history("P1", "lung_response"))
        size = (project.path / "ledger.sqlite").stat().st_size / 1e6
    print(f"ledger of {visits} assessments, {size:.0f} MB")
    print(f"append   {visits / append:8.0f} /s   bare sqlite3 {visits / plain:.0f} /s, ratio {plain / append:.2f}")
    print(f"verify   {verify:8.2f} s")
    print(f"replay   {replay:8.2f} s")
    print(f"history  {history * 1000:8.1f} ms for one patient")


if __name__ == "__main__":
    main()
