"""What each energy sees: from the site's inserts, from physics at keV, or refused."""

from dataclasses import replace
from datetime import date

import pytest

from vivomap.acquire.phantom.spectral_ct import DUAL_LIVER, Scan, liver, rods
from vivomap.core import Image, Refusal
from vivomap.quantify.spectral_ct.calibration import calibration, fat

EXACT = Scan(sensitivity_u=0.0, water_u=0.0)


def changed(image: Image, **settings: str | None) -> Image:
    """The image with settings changed, or taken away by None."""
    left = {k: v for k, v in (dict(image.settings) | settings).items() if v is not None}
    return replace(image, settings=tuple(left.items()))


def test_the_sensitivities_of_the_site_are_read_with_their_doubts():
    (image,), _, _ = rods(EXACT)
    found = calibration(changed(image, iodine_hu_u="0.9 0.5"))
    assert found.agents[0].values == pytest.approx((45, 20))
    assert found.agents[0].doubts == pytest.approx((0.9, 0.5))
    assert dict(found.said) == {
        "energies": "80 140 kV",
        "contrast": "IODINE",
        "phase": "portal venous",
        "calibrated_on": "2025-03-01",
    }
    assert calibration(changed(image, iodine_hu_u=None)).agents[0].doubts == pytest.approx((0.9, 0.4))


def test_monoenergetic_images_need_no_inserts_and_say_so():
    (image,), _, _ = rods(Scan((40.0, 70.0), "keV"))
    found = calibration(changed(image, iodine_hu=None, calibrated_on=None))
    assert found.agents[0].values == pytest.approx((82.37, 26.0), rel=1e-3)
    assert [f.code for f in found.flags] == ["sensitivity_of_table"]


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"calibrated_on": "2025-02-17"}, "calibration_old"),
        ({"calibrated_on": "2025-03-21"}, "calibration_old"),
        ({"calibrated_on": None}, "calibration_old"),
        ({"calibrated_on": "last week"}, "calibration_old"),
        ({"iodine_hu": None}, "not_calibrated"),
        ({"iodine_hu": "45"}, "setting_absent"),
        ({"iodine_hu": "45 bright"}, "setting_absent"),
        ({"water_hu_u": "1 nan"}, "setting_absent"),
    ],
)
def test_a_calibration_that_cannot_be_trusted_is_refused(settings, code):
    (image,), _, _ = rods(EXACT)
    with pytest.raises(Refusal) as refused:
        calibration(changed(image, **settings))
    assert refused.value.code == code


def test_thirty_days_are_not_too_old_and_a_scan_without_a_day_cannot_tell():
    (image,), _, _ = rods(EXACT)
    calibration(replace(image, day=date(2025, 3, 31)))
    with pytest.raises(Refusal) as refused:
        calibration(replace(image, day=None))
    assert refused.value.code == "calibration_old"


def test_one_energy_is_refused():
    (image,), _, _ = rods(EXACT)
    with pytest.raises(Refusal) as refused:
        calibration(replace(image, frames=(80.0,)))
    assert refused.value.code == "few_energies"


def test_fat_is_told_by_the_site_or_not_known():
    (image,), _, _ = liver(replace(DUAL_LIVER, sensitivity_u=0.0))
    assert fat(image).values == pytest.approx((-110, -95))
    with pytest.raises(Refusal) as refused:
        fat(changed(image, fat_hu=None))
    assert refused.value.code == "not_calibrated"
