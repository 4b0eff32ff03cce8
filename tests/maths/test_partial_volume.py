"""Partial volume against a ball whose blur has a closed form."""

import numpy as np
import pytest

from vivomap.acquire.phantom.uptake import profile
from vivomap.core import Refusal
from vivomap.maths.blur import WIDTH
from vivomap.maths.partial_volume import transfer, true_means, yang

SPACING, FWHM, HOT, COLD = (2.0, 2.0, 2.0), 7.0, 9.0, 1.0


def ball(radius: float = 12.0) -> tuple[np.ndarray, np.ndarray]:
    z, y, x = (np.arange(-20, 21) * 2.0,) * 3
    away = np.sqrt(z[:, None, None] ** 2 + y[:, None] ** 2 + x**2)
    return COLD + (HOT - COLD) * profile(away, radius, FWHM / WIDTH), away <= radius


def test_the_true_means_of_a_blurred_ball_are_found():
    seen, inside = ball()
    assert seen[inside].mean() < 0.85 * HOT
    hot, cold = true_means(seen, (inside, ~inside), SPACING, FWHM)
    assert hot == pytest.approx(HOT, rel=0.02)
    assert cold == pytest.approx(COLD, rel=0.02)
    assert transfer((inside, ~inside), SPACING, FWHM).sum(axis=1) == pytest.approx(1.0, abs=1e-3)


def test_yang_leaves_no_rim():
    seen, inside = ball()
    found = yang(seen, (inside, ~inside), SPACING, FWHM)
    assert found[inside].mean() == pytest.approx(HOT, rel=0.02)
    assert found[inside].std() < 0.35 * seen[inside].std()


def test_a_region_that_blur_cannot_tell_apart_is_refused():
    seen, inside = ball()
    with pytest.raises(Refusal) as refused:
        true_means(seen, (inside, inside), SPACING, FWHM)
    assert refused.value.code == "too_few_voxels"
    with pytest.raises(Refusal) as refused:
        true_means(seen, (inside, inside & False), SPACING, FWHM)
    assert refused.value.code == "empty_region"
