import numpy as np
import pytest

from vivomap.acquire.phantom.click import SCENES, clicked


@pytest.mark.parametrize("role", SCENES)
def test_the_lesion_has_its_volume_and_the_click_lies_in_it(role: str) -> None:
    ((image,), (region,), truth), at = clicked(role, 3)
    assert region.voxel_count * region.voxel_mm3 / 1000 == pytest.approx(truth["volume"], rel=0.03)
    place = np.linalg.solve(np.asarray(image.affine), (*at, 1.0))[:3]
    assert region.mask.array[tuple(np.round(place).astype(int))]


def test_something_lies_beside_it_that_could_be_taken_for_it() -> None:
    for role, scene in SCENES.items():
        if scene.vessel or scene.wall:
            ((image,), (region,), _), _ = clicked(role, 1, noise=0.01)
            half = (scene.lesion + scene.around) / 2 if role == "ct" else (scene.beside + scene.around) / 2
            assert ((image.voxels.array > half) & ~region.mask.array).sum() > 100


def test_noise_scales_the_noise_alone() -> None:
    one, three = (clicked("ct", 5, noise)[0][0][0].voxels.array for noise in (1.0, 3.0))
    quiet = clicked("ct", 5, 0.0)[0][0][0].voxels.array
    assert (three - quiet).std() == pytest.approx(3 * (one - quiet).std(), rel=1e-6)
