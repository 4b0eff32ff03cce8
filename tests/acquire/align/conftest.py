"""Bodies that were turned, stretched and warped, aligned once for all tests."""

from dataclasses import dataclass

import numpy as np
import pytest

from vivomap.acquire.align import align, points
from vivomap.acquire.phantom.warp import Body, Motion, inside, moved
from vivomap.core import Alignment, Image

SMALL = Body(shape=(36, 48, 48), noise=6.0)
TURNED = Motion(turn=(5.0, -3.0, 4.0), shift=(5.0, -4.0, 3.0))
WARPED = Motion(turn=(2.0, 1.0, 0.0), shift=(3.0, -2.0, 1.0), wave_mm=0.8)


@dataclass(frozen=True)
class Pair:
    """A phantom, its motion and images, and how they were aligned."""

    body: Body
    motion: Motion
    fixed: Image
    moving: Image
    found: Alignment

    @property
    def distance(self) -> float:
        """The true root mean square distance over the body, mm."""
        place = self.body.points()[inside(self.body)]
        return float(np.sqrt(np.mean(np.sum((points(self.found, place) - self.motion.done(place)) ** 2, axis=1))))


def made(motion: Motion, kind: str, other: bool = False, body: Body = SMALL) -> Pair:
    fixed, moving = moved(body, motion, other=other)
    return Pair(body, motion, fixed, moving, align(fixed, moving, kind))


@pytest.fixture(scope="session")
def turned() -> Pair:
    return made(TURNED, "rigid")


@pytest.fixture(scope="session")
def warped() -> Pair:
    return made(WARPED, "deformable")
