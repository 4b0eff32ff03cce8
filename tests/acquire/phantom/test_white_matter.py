import numpy as np

from vivomap.acquire.phantom.white_matter import CORTEX, SPACING, WHITE, head
from vivomap.core import same_grid


def test_two_visits_lie_on_one_grid_with_new_and_grown_lesions() -> None:
    made = head(1)
    assert same_grid(made.first, made.second)
    assert (len(made.old), len(made.new), len(made.grown)) == (4, 2, 2)
    z, y, x = (np.arange(n) * s - n * s / 2 for n, s in zip(made.first.shape, SPACING, strict=True))
    gain = np.median(made.second.voxels.array) / np.median(made.first.voxels.array)
    change = made.second.voxels.array / gain - made.first.voxels.array
    for lesion in made.new:
        assert change[lesion.inside((z, y, x))].mean() > 60
    for lesion in made.old:
        assert abs(change[lesion.inside((z, y, x))].mean()) < 25


def test_the_cortex_is_brighter_than_white_matter_so_that_it_can_be_mistaken() -> None:
    values = head(0, noise=0.01).first.voxels.array
    share = np.mean((values > (WHITE + CORTEX) / 2) & (values < CORTEX + 20))
    assert share > 0.05
