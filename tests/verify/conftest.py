"""A card of one's own whose phantom does what a test asks: right, biased, overconfident, broken or silent."""

import sys
from types import ModuleType

import numpy as np
import pytest

from vivomap.core import Biomarker, Estimate, Image, Refusal, Region, Voxels, affine_of
from vivomap.verify import trial

AFFINE = affine_of(np.eye(4)[[2, 1, 0, 3]])
MASK = np.pad(np.ones((4, 4, 4), bool), 1)


def level(mr: Image, region: Region) -> Estimate:
    """The mean signal, with the doubt of its noise."""
    inside = mr.voxels.array[region.mask.array]
    return Estimate(float(inside.mean()), float(inside.std(ddof=1) / np.sqrt(inside.size)))


def made(seed: int = 0, noise: float = 1.0):
    signal = 100 + np.random.default_rng(seed).normal(0, 2 * noise, MASK.shape)
    region = Region("lesion", Voxels.of(MASK), "lesion", "", AFFINE)
    return (Image("mr", Voxels.of(signal), "1", AFFINE),), (region,), {"level": 100.0}


def fixed(seed: int = 0):
    return made(seed)


def biased(seed: int = 0, noise: float = 1.0):
    images, regions, _ = made(seed, noise)
    return images, regions, {"level": 105.0}


def silent(seed: int = 0, noise: float = 1.0):
    images, regions, _ = made(seed, noise)
    return images, regions, {}


def broken(seed: int = 0, noise: float = 1.0):
    raise ZeroDivisionError("a wheel came off")


def refused(seed: int = 0, noise: float = 1.0):
    raise Refusal("bad_setting", "no such tissue")


def overconfident(mr: Image, region: Region) -> Estimate:
    found = level(mr, region)
    return found._replace(uncertainty=found.uncertainty / 4)


def vague(mr: Image, region: Region) -> Estimate:
    return level(mr, region)._replace(uncertainty=20.0)


def narrowing(mr: Image, region: Region) -> Estimate:
    found = level(mr, region)
    return found._replace(uncertainty=1 / found.uncertainty)


def few(mr: Image, region: Region) -> Estimate:
    return level(mr, region)._replace(settings=(("freedom", 4.0),))


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch):
    """Makes a card of this file and lets it be found under the name level."""
    own = ModuleType("own_phantoms")
    for function in (made, fixed, biased, silent, broken, refused):
        setattr(own, function.__name__, function)
    monkeypatch.setitem(sys.modules, "own_phantoms", own)
    computes = {f.__name__: f for f in (level, overconfident, vague, narrowing, few)}

    def make(phantom: str = "made", compute: str = "level", coverage: str = "") -> Biomarker:
        truth = f"own_phantoms:{phantom}" if phantom else ""
        one = Biomarker("level", "1", ("mr", "region"), computes[compute], "test", truth=truth, coverage=coverage)
        monkeypatch.setattr(trial, "cards", lambda: {"level": one})
        return one

    return make
