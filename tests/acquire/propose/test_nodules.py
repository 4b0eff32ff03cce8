from dataclasses import replace

import numpy as np
import pytest

from vivomap.acquire.phantom import nodules, white_matter
from vivomap.acquire.propose import lung_nodules, nodules_inside
from vivomap.core import Flag, Refusal, Voxels


def near(at: tuple[float, float, float], made: nodules.Planted) -> bool:
    return any(np.linalg.norm(np.subtract(at, s.centre)) < max(s.half) + 3 for s in made.lesions)


def test_every_nodule_of_the_lung_is_proposed_and_few_vessels() -> None:
    made = nodules.lung(3)
    found = lung_nodules(made.image)
    assert all(any(np.linalg.norm(np.subtract(c.at, s.centre)) < max(s.half) for c in found) for s in made.lesions)
    assert sum(not near(c.at, made) for c in found) <= 4
    assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)
    assert "HU brighter" in found[0].reason


def test_without_roundness_vessels_would_be_nodules(monkeypatch: pytest.MonkeyPatch) -> None:
    made = nodules.lung(3)
    monkeypatch.setattr("vivomap.maths.blobs._roundness", lambda smooth, at, spacing: 1.0)
    found = lung_nodules(made.image)
    assert sum(not near(c.at, made) for c in found) > 5


def test_darker_lesions_of_the_liver_are_proposed_and_brighter_vessels_are_not() -> None:
    made = nodules.liver(2)
    found = nodules_inside(made.image, made.regions[0])
    assert sum(near(c.at, made) for c in found) == len(found) == len(made.lesions)
    assert not any(near(c.at, made) for c in nodules_inside(made.image, made.regions[0], bright=True))


@pytest.mark.parametrize("code", ["wrong_unit", "other_grid", "empty_region", "uneven_slices"])
def test_what_cannot_be_looked_at_is_refused(code: str) -> None:
    made = nodules.liver(0)
    image, organ = made.image, made.regions[0]
    if code == "wrong_unit":
        image = white_matter.head(0).first
    elif code == "other_grid":
        organ = replace(organ, mask=Voxels.of(organ.mask.array[1:]))
    elif code == "empty_region":
        organ = replace(organ, mask=Voxels.of(np.zeros(image.shape, bool)))
    else:
        image = replace(image, refusals=(Flag(code, "uneven", "region"),))
    with pytest.raises(Refusal) as refused:
        nodules_inside(image, organ)
    assert refused.value.code == code
