"""Levels by water: right, and refused where the voxel, the water or its scale is not known."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from vivomap.acquire.phantom import spectroscopy as phantom
from vivomap.core import Image, Missing, Refusal, Study
from vivomap.quantify import measure_one
from vivomap.quantify.spectroscopy.levels import MRS_2HG, MRS_NAA, mrs_2hg, mrs_cr, mrs_lactate, mrs_naa, scale
from vivomap.quantify.spectroscopy.signal import NAA
from vivomap.verify.proofs.spectroscopy import LINEAR

Make = Callable[..., Any]


def test_louder_receivers_change_no_level(seen: Make, with_signal: Make) -> None:
    plain = seen()
    loud = [with_signal(i, 50 * i.voxels.array) for i in (plain.mrs, plain.water)]
    first = mrs_naa(plain.mrs, plain.water, plain.region)
    assert mrs_naa(*loud, plain.region).value == pytest.approx(first.value, rel=1e-3)


def test_relaxation_is_taken_out(seen: Make) -> None:
    """The same tissue at another echo and repetition time has the same level."""
    long = seen(echoes=(0.032, 0.065), repetition=3.0, macromolecules=0.0, snr=30.0)
    found = mrs_cr(long.mrs, long.water, long.region)
    assert found.value == pytest.approx(8.0, abs=2 * found.uncertainty)


def test_fluid_dilutes_and_is_taken_out(seen: Make, saying: Make) -> None:
    plain = seen()
    wet = saying(plain.mrs, grey_fraction=0.35, white_fraction=0.35, fluid_fraction=0.30)
    dry, diluted = (scale(i, plain.water, plain.region, NAA).factor for i in (plain.mrs, wet))
    assert diluted > 1.2 * dry


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ({"grey_fraction": None}, "tissue_unknown"),
        ({"grey_fraction": 0.9}, "tissue_unknown"),
        ({"grey_fraction": 0.05, "white_fraction": 0.05, "fluid_fraction": 0.9}, "tissue_unknown"),
        ({"spectrometer_mhz": 63.9}, "tissue_unknown"),
        ({"amplitude_scale": "unknown"}, "water_off"),
        ({"averages": 64.0}, "water_off"),
    ],
)
def test_what_is_not_known_of_the_voxel_is_refused(
    seen: Make, saying: Make, words: dict[str, float | str | None], code: str
) -> None:
    plain = seen()
    with pytest.raises(Refusal) as refusal:
        scale(saying(plain.mrs, **words), plain.water, plain.region, NAA)
    assert refusal.value.code == code


def test_a_site_may_say_how_its_reference_is_scaled(seen: Make, saying: Make) -> None:
    plain = seen()
    mrs = saying(plain.mrs, amplitude_scale="unknown")
    one, two = (scale(mrs, saying(plain.water, water_factor=f), plain.region, NAA).factor for f in (1.0, 2.0))
    assert one == pytest.approx(2 * two)


@pytest.mark.parametrize("word", ["te_ms", "tr_ms"])
def test_water_without_its_times_is_refused(seen: Make, saying: Make, word: str) -> None:
    plain = seen()
    with pytest.raises(Refusal) as refusal:
        mrs_naa(plain.mrs, saying(plain.water, **{word: None}), plain.region)
    assert refusal.value.code == "setting_absent"


def test_a_reference_that_is_none_is_refused(seen: Make) -> None:
    plain = seen()
    slower = replace(plain.water, frames=tuple(2 * t for t in plain.water.frames))
    for water in (replace(plain.mrs, role="mrs_water"), slower):
        with pytest.raises(Refusal) as refusal:
            scale(plain.mrs, water, plain.region, NAA)
        assert refusal.value.code == "water_off"


def claim(card: Any, images: tuple[Image, ...], region: Any) -> Any:
    return measure_one(card, Study("p", None, images, (region,)), region)


def test_without_water_the_reason_says_so(seen: Make) -> None:
    plain = seen()
    missing = claim(MRS_NAA, (plain.mrs,), plain.region)
    assert isinstance(missing, Missing)
    assert "mrs_water" in missing.reason


def test_2hg_is_not_asked_of_a_short_echo_time(seen: Make) -> None:
    plain = seen()
    missing = claim(MRS_2HG, (plain.mrs, plain.water), plain.region)
    assert isinstance(missing, Missing)
    assert missing.code == "off_protocol"


def test_a_glioma_without_2hg_has_none() -> None:
    (mrs, water), (region,), _ = phantom.dosed(0.0)
    found = mrs_2hg(mrs, water, region)
    assert found.value <= 2 * found.uncertainty
    assert "not_detected" in [f.code for f in found.flags]


def test_lactate_of_healthy_tissue_is_not_detected(seen: Make) -> None:
    plain = seen()
    assert "not_detected" in [f.code for f in mrs_lactate(plain.mrs, plain.water, plain.region).flags]


def test_2hg_is_linear_from_0_to_8() -> None:
    given = LINEAR.attempt(3, 1.0)
    assert LINEAR.floor is not None
    assert given.result >= LINEAR.floor


def test_limits_are_those_of_the_cingulate() -> None:
    limits = MRS_NAA.real_change
    assert limits is not None
    assert limits.coefficient("anterior_cingulate", True) == pytest.approx(11.08)
    assert limits.coefficient("frontal lobe", True) is None
