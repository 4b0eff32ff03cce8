"""Every response map of IBSI 2 is met; one of the two late ones wholly, where the kernel is cut off as theirs was."""

import numpy as np
import pytest

from vivomap.acquire import read
from vivomap.core import Refusal
from vivomap.maths.filters.convolving import over
from vivomap.maths.filters.kernels import gabor
from vivomap.verify.published import of_set
from vivomap.verify.references.ibsi_filters import FILTERS, LATE, NEAR, TESTS, furthest, reference_map


@pytest.mark.slow  # 24 turns of 64³ voxels, and Gabor waves in three planes
def test_every_response_map_is_met(data):
    place = data / FILTERS.place
    apart = {test: furthest(place, test) for test in TESTS if test not in LATE}
    assert {test: far for test, far in apart.items() if far > NEAR} == {}
    assert len(apart) == 28
    assert furthest(place, "4B1") < 1e-4


@pytest.mark.long  # what the row of `verify` shows, once more
def test_each_filter_has_its_row(data):
    rows = of_set(FILTERS, data)
    assert [r.biomarker for r in rows if not r.ok] == []
    assert len(rows) == 8


def test_a_kernel_cut_off_at_the_size_of_the_image_gives_the_late_map_wholly(data):
    place = data / FILTERS.place
    ((image,),) = [study.images for study in read(place / "sphere" / "image")]
    whole = gabor(10, 4, 2.5, 5 * np.pi / 4)
    middle = len(whole) // 2
    cut = whole[middle - 32 : middle + 33, middle - 32 : middle + 33]
    wanted = reference_map(place, "4B1")
    (found,) = over(np.asarray(image.voxels.array, float), [cut], "mirror")
    assert np.abs(np.abs(found) - wanted).max() / wanted.max() < NEAR


def test_a_map_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(Refusal, match="response map"):
        reference_map(tmp_path, "1A1")
