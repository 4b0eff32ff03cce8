from dataclasses import replace

import numpy as np
import pytest

from vivomap.acquire.phantom.white_matter import head
from vivomap.acquire.propose import white_matter_lesions
from vivomap.core import Refusal, Voxels


def hit(at: tuple[float, float, float], lesions: tuple) -> bool:  # type: ignore[type-arg]
    return any(np.linalg.norm(np.subtract(at, s.centre)) < max(s.half) + 3 for s in lesions)


def test_every_lesion_is_proposed_with_its_size_and_the_cortex_is_not() -> None:
    made = head(2)
    found = white_matter_lesions(made.second)
    true = [c for c in found if hit(c.at, made.now)]
    assert len(true) == len(made.now)
    assert len(found) - len(true) <= 3
    assert min(c.score for c in true) > max([c.score for c in found if c not in true] or [0])
    assert all(c.region.edge_mm > 0.3 for c in found)
    assert "% brighter than tissue" in found[0].reason
    assert found[0].reason.split(";")[0].endswith("mm3 above the threshold")  # its outline has a volume of its own


def test_what_is_bright_on_t1_too_is_no_lesion() -> None:
    made = head(2)
    t1 = replace(made.second, voxels=Voxels.of(made.second.voxels.array))
    left, all_ = (
        sum(c.millilitres for c in white_matter_lesions(made.second, other) if hit(c.at, made.now))
        for other in (t1, None)
    )
    assert left < 0.2 * all_
    dark = replace(t1, voxels=Voxels.of(600 - np.minimum(made.second.voxels.array, 600)))
    assert len([c for c in white_matter_lesions(made.second, dark) if hit(c.at, made.now)]) == len(made.now)


def test_other_grids_series_and_holes_are_refused() -> None:
    made = head(0).second
    holed = made.voxels.array.copy()
    holed[10, 10, 10] = np.nan
    for image, t1, code in (
        (made, replace(made, voxels=Voxels.of(made.voxels.array[1:])), "other_grid"),
        (replace(made, voxels=Voxels.of(made.voxels.array[None]), frames=(0.0,)), None, "several_volumes"),
        (replace(made, voxels=Voxels.of(holed)), None, "nan_voxels"),
    ):
        with pytest.raises(Refusal) as refused:
            white_matter_lesions(image, t1)
        assert refused.value.code == code
