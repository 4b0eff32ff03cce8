"""The ball of three habitats and its parting, made once."""

import pytest

from vivomap.acquire.phantom.habitats import Ball, habitats
from vivomap.core import Image, Region
from vivomap.quantify.habitats.features import Features, Maps, features
from vivomap.quantify.habitats.parting import Parted, part

Phantom = tuple[tuple[Image, ...], tuple[Region, ...], dict[str, float]]
SMALL = Ball(radius_mm=18.0, spacing_mm=(3.0, 2.5, 2.5))


@pytest.fixture(scope="session")
def ball() -> Phantom:
    return habitats(SMALL)


@pytest.fixture(scope="session")
def found(ball: Phantom) -> Features:
    images, (lesion, reference), _ = ball
    return features(Maps(*images), lesion, reference)


@pytest.fixture(scope="session")
def made(found: Features) -> Parted:
    return part(found)
