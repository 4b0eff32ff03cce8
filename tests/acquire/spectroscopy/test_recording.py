"""A recording as an image: its times, its role, one signal from coils and averages."""

import numpy as np
import pytest

from vivomap.acquire.spectroscopy.recording import Recording, box, one, sequence_of, spoken, voxel_of
from vivomap.core import Refusal

TIMES = np.arange(512) * 5e-4
PLACE = box(np.array([10.0, -5.0, 3.0]), (np.array([0, 0, 15.0]), np.array([0, 20.0, 0]), np.array([25.0, 0, 0])))


def signal(water: float) -> np.ndarray:
    made = water * np.exp(-20 * TIMES) + np.exp(2j * np.pi * (2.01 - 4.65) * 123 * TIMES - 15 * TIMES)
    return np.asarray(made).reshape(-1, 1, 1, 1)


def recording(made: np.ndarray, **fields: object) -> Recording:
    return Recording(made, 5e-4, PLACE, (("spectrometer_mhz", 123.0),), **fields)  # type: ignore[arg-type]


def test_an_image_has_a_time_for_each_sample_and_the_box_of_its_voxel() -> None:
    image = recording(signal(1.0), role="mrs").image
    assert (image.role, image.frame_unit, len(image.frames)) == ("mrs", "s", 512)
    assert image.frames[1] == pytest.approx(5e-4)
    assert image.spacing_mm == pytest.approx((15, 20, 25))
    assert np.asarray(image.affine)[:3, 3] == pytest.approx([10, -5, 3])
    assert image.voxels.array.dtype == np.complex64


@pytest.mark.parametrize(("water", "role"), [(5.0, "mrs"), (4000.0, "mrs_water")])
def test_what_nothing_names_is_told_by_its_water(water: float, role: str) -> None:
    image = recording(signal(water)).image
    assert image.role == role
    assert [f.code for f in image.flags] == (["role_by_rule"] if role == "mrs_water" else [])


def test_too_few_samples_or_no_numbers_are_refused() -> None:
    for bad in (signal(1.0)[:10], signal(1.0) * np.nan):
        with pytest.raises(Refusal) as refusal:
            _ = recording(bad, role="mrs").image
        assert refusal.value.code == "no_signal"


def test_coils_and_averages_become_one() -> None:
    dice = np.random.default_rng(0)
    drift = np.exp(2j * np.pi * dice.normal(0, 1, 8)[:, None] * TIMES)
    coils = np.array([1, 0.6j, -0.3])
    noise = 0.02 * (dice.normal(size=(3, 8, 512)) + 1j * dice.normal(size=(3, 8, 512)))
    made, said = one(coils[:, None, None] * drift * signal(5.0).ravel() + noise, 5e-4)
    assert dict(said)["coils"] == 3
    assert dict(said)["averages_aligned"] == 8
    assert 0.5 < float(dict(said)["drift_hz"]) < 1.6
    assert np.abs(made[0]) == pytest.approx(np.abs(signal(5.0)[0, 0, 0, 0]) * np.linalg.norm(coils), rel=0.03)


def test_one_coil_and_one_average_are_left_as_they_are() -> None:
    made, said = one(signal(2.0).reshape(1, 1, -1), 5e-4)
    assert np.array_equal(made, signal(2.0).ravel())
    assert said == ()


def test_the_voxel_is_a_region_on_its_own_grid() -> None:
    region = voxel_of(recording(signal(1.0), role="mrs").image)
    assert (region.finding, region.voxel_count, region.affine) == ("mrs_voxel", 1, PLACE)


@pytest.mark.parametrize(
    ("words", "kind"),
    [("PRESS PAR 35", "PRESS"), ("*svs_se", "PRESS"), ("svs_st", "STEAM"), ("PRIME", "PRESS"), ("slaser", "")],
)
def test_a_sequence_is_told_by_its_name_or_not(words: str, kind: str) -> None:
    assert sequence_of(words) == kind


def test_what_is_not_said_is_no_setting() -> None:
    assert spoken({"a": "", "b": None, "c": 0.0, "d": "x"}) == (("c", 0.0), ("d", "x"))
