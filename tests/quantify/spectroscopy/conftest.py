"""A voxel with its water, and how to change what its images say."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest

from vivomap.acquire.phantom import spectroscopy as phantom
from vivomap.core import Image, Region, Settings, Voxels


class Seen(NamedTuple):
    mrs: Image
    water: Image
    region: Region
    truth: dict[str, float]


@pytest.fixture(scope="session")
def seen() -> Callable[..., Seen]:
    """The phantom of some voxel: `seen(snr=10)`."""

    def make(seed: int = 0, noise: float = 1.0, **fields: object) -> Seen:
        (mrs, water), (region,), truth = phantom.seen(phantom.Voxel(**fields), seed, noise)
        return Seen(mrs, water, region, truth)

    return make


@pytest.fixture(scope="session")
def saying() -> Callable[..., Image]:
    """An image that says something else; None for what it does not say."""

    def change(image: Image, **words: str | float | None) -> Image:
        kept = tuple((k, v) for k, v in image.settings if k not in words)
        more: Settings = tuple((k, v) for k, v in words.items() if v is not None)
        return replace(image, settings=(*kept, *more))

    return change


@pytest.fixture(scope="session")
def with_signal() -> Callable[[Image, np.ndarray], Image]:
    """An image with another signal."""

    def change(image: Image, signal: np.ndarray) -> Image:
        return replace(image, voxels=Voxels.of(signal.reshape(image.voxels.array.shape)))

    return change
