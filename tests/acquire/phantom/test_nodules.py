import numpy as np
import pytest

from vivomap.acquire.phantom import nodules


@pytest.mark.parametrize("make", [nodules.lung, nodules.liver])
def test_the_lesions_lie_apart_and_are_6_mm_or_more(make) -> None:  # type: ignore[no-untyped-def]
    made = make(2)
    assert len({s.centre for s in made.lesions}) == len(made.lesions) >= 4
    assert min(s.long_axis for s in made.lesions) >= 6


def test_in_the_lung_vessels_are_as_bright_as_nodules() -> None:
    made = nodules.lung(0, noise=0.0)
    values = made.image.voxels.array
    axes = tuple(np.arange(n) * s - size / 2 for n, s, size in zip(values.shape, nodules.SPACING, nodules.SIZE))  # noqa: B905
    lesions = np.logical_or.reduce([s.inside(axes) for s in made.lesions])  # type: ignore[arg-type]
    lung = (np.abs(axes[2]) > 20) & (np.abs(axes[2]) < 60) & (np.abs(axes[1]) < 25)[:, None]
    bright = (values > -300) & ~lesions & lung
    assert bright.sum() > 200


def test_in_the_liver_lesions_are_darker_and_vessels_brighter() -> None:
    made = nodules.liver(1, noise=0.0)
    inside = made.image.voxels.array[made.regions[0].mask.array]
    assert np.percentile(inside, 1) < nodules.LIVER_HU - 20
    assert np.percentile(inside, 99) > nodules.LIVER_HU + 20
