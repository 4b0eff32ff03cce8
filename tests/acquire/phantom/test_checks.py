"""Phantoms for control charts: the same call writes the same bytes, and what is put wrong is what was asked."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from vivomap.acquire import read
from vivomap.acquire.phantom.checks import VIALS, WRITERS, write

DAY = date(2026, 1, 5)


@pytest.mark.parametrize("kind", WRITERS)
def test_the_same_call_writes_the_same_bytes_and_another_seed_others(kind: str, tmp_path: Path) -> None:
    first, again, other = (
        {p.name: p.read_bytes() for p in write(kind, tmp_path / name, DAY, seed=seed).iterdir()}
        for name, seed in (("a", 0), ("b", 0), ("c", 1))
    )
    assert first == again
    assert set(first.values()).isdisjoint(other.values())


def test_an_error_of_a_scanner_is_put_in_by_its_size(tmp_path: Path) -> None:
    for kind, off, ratio in (("uptake", 0.2, 1.2), ("diffusion", 0.1, np.exp(-900 * VIALS[0][2] * 0.1))):
        good, bad = (read([write(kind, tmp_path / str(o), DAY, off=o)])[0].images[0] for o in (0.0, off))
        a, b = (np.asarray(i.voxels.array[-1] if i.frames else i.voxels.array, float) for i in (good, bad))
        part = (
            (..., slice(13, 17), slice(12, 15)) if kind == "diffusion" else (slice(1, 5), slice(20, 30), slice(20, 30))
        )
        assert b[part].mean() / a[part].mean() == pytest.approx(ratio, rel=0.03)
