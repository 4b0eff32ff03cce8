"""The faulty correction of leakage is shown missing the truth beside ours."""

import pytest

from vivomap.verify.published import of_set
from vivomap.verify.references.leakage import NAIVE


@pytest.mark.slow  # each of a thousand voxels is its own reference
def test_each_voxel_as_its_own_reference_misses_what_ours_finds():
    rows = of_set(NAIVE, None)
    assert [r.ok for r in rows] == [True] * 4
    wrong, right, dark, ours = rows
    assert wrong.result < right.result - wrong.tolerance / 2
    assert dark.result > ours.result + dark.tolerance
    assert wrong.reason == dark.reason == "a wrong method, shown missing the truth"
    assert right.reason == ours.reason == ""
