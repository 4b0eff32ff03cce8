"""Fat beside iodine: exact without noise, and refused where fat and iodine look alike."""

from dataclasses import replace

import pytest

from vivomap.acquire.phantom.spectral_ct import DUAL_LIVER, Rod, liver, scanned
from vivomap.core import Refusal
from vivomap.quantify.spectral_ct.agents import iodine
from vivomap.quantify.spectral_ct.fat import spectral_fat

QUIET = replace(DUAL_LIVER, noise=0.0, sensitivity_u=0.0, water_u=0.0)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5])
def test_fat_and_iodine_are_exact_without_noise(share):
    image, (rod,) = scanned(QUIET, (Rod(3.0, fat=share),))
    found = spectral_fat(image, rod)
    assert found.value == pytest.approx(100 * share, abs=1e-6)
    assert dict(found.settings)["iodine_mg_ml"] == pytest.approx(3.0)


def test_without_the_constraint_fat_is_taken_for_less_iodine():
    (image,), (region, _), _ = liver(QUIET)
    assert iodine(image, region).value < 2.0


def test_fat_as_steep_as_iodine_is_refused():
    image, (rod,) = scanned(replace(QUIET, fat=(-45.0, -20.0)), (Rod(3.0),))
    with pytest.raises(Refusal) as refused:
        spectral_fat(image, rod)
    assert refused.value.code == "ill_conditioned"
