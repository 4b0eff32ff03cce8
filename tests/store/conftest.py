"""A project of its own for each test, and visits made of the core's nouns alone."""

import os
import subprocess
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from vivomap.core import (
    Assessment,
    Change,
    Image,
    Measurement,
    Provenance,
    Recommendation,
    Region,
    Study,
    Verdict,
    Voxels,
    affine_of,
    identify,
)
from vivomap.store import Project, open_project

Visit = Callable[..., tuple[Study, Assessment]]
SETTINGS = (("manufacturer", "GE"), ("model", "Discovery"), ("serial", "17"), ("software", "2.1"), ("level", 41.0))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty project."""
    return open_project(tmp_path / "project")


def _visit(
    patient: str = "P1",
    day: date | None = date(2026, 1, 5),
    value: float = 12.5,
    *,
    before: Measurement | None = None,
    version: str = "0.1.0",
    settings: tuple[tuple[str, str | float], ...] = SETTINGS,
    pathway: str = "lung",
    edition: str = "e" * 64,
) -> tuple[Study, Assessment]:
    """A study with one CT and one lesion, and its assessment: a volume, a verdict on it, a change if there is one."""
    rng = np.random.default_rng([ord(c) for c in f"{patient}{day}"])
    array = rng.normal(size=(3, 8, 8)).astype(np.float32)
    image = Image("ct", Voxels.of(array), "[hnsf'U]", affine_of(np.eye(4)), source=("1.2.3",), day=day)
    region = Region("liver_1", Voxels.of(array > 0.5), "tumour", "liver")
    study = Study(patient, day, (image,), (region,), uid=(f"1.2.{patient}.{day}",))
    provenance = Provenance("size:volume", version, (image.voxels.digest, region.mask.digest), settings, ("1.2.3",))
    map_ = image.like("map", array * 2, "1")
    volume = Measurement("volume", value, "mL", 0.4, "liver_1", day, provenance, detail=map_)
    claims: list[Measurement | Change | Verdict] = [volume]
    because = (identify(volume),)
    if before is not None:
        change = Change(before, volume, -2.0, 2.5, (), 0.9, "published")
        claims.append(change)
        because = (identify(change),)
    judged = Provenance("recist", version, because)
    claims.append(Verdict("recist", "SD", 0.1, day, ("stable",), because, judged))
    said = Recommendation((), 56, because)
    return study, Assessment(pathway, edition, study, tuple(claims), said)


@pytest.fixture
def visit() -> Visit:
    """Makes a study and its assessment; by default patient P1 on 5 January 2026 with a volume of 12.5 mL."""
    return _visit


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB; the test is passed over where mounting is not permitted."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("mounting a tiny file system needs root")
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)], capture_output=True)
    if made.returncode != 0:
        pytest.skip("mounting a tiny file system is not permitted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)
