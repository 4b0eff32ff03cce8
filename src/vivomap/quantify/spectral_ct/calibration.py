"""What each energy of a spectral CT sees: HU per mg/mL of an agent, from the site's inserts or from physics.

Settings of the image (numbers in the order of its frames, with spaces between them): `iodine_hu`, `gadolinium_hu` and
`fat_hu` (HU of fat), each with `…_u`, its standard uncertainty; `water_hu_u`, that of HU of water; `calibrated_on`, the
day of the inserts. Frames in keV need none of these: physics gives the sensitivity of a monoenergetic image.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np

from vivomap.core import REFUSED, Asked, Flag, Image, Refusal, Settings
from vivomap.core.image import Array
from vivomap.maths.attenuation import brightening

OLDEST_DAYS = 30  # methods A0: gate of spectral CT
SENSITIVITY = 0.02  # project: of a sensitivity whose doubt is not said
WATER_HU = 2.0  # project: HU of water, where its doubt is not said
FAT_HU = 5.0  # project: HU of fat, where its doubt is not said
AGENTS = ("iodine", "gadolinium")
AGE = f"methods A0: a calibration within {OLDEST_DAYS} days"
ASKED = (
    Asked("spectral_ct", "calibration_days", AGE, REFUSED, "d", low=0.0, high=OLDEST_DAYS, told="calibration_old"),
)


class Sensed(NamedTuple):
    """HU per mg/mL of an agent, or HU of a tissue, at each energy, with standard uncertainties (energy,)."""

    name: str
    values: Array
    doubts: Array


class Calibration(NamedTuple):
    """The agents of an image, the doubt of HU of water at each energy, where all this comes from, and warnings."""

    agents: tuple[Sensed, ...]
    water_u: Array
    said: Settings
    flags: tuple[Flag, ...]


def calibration(spectral_ct: Image) -> Calibration:
    """How an image of several energies was calibrated.

    Raises Refusal if it is no series, no sensitivity to iodine is known, or the inserts are too old or undated.
    """
    energies = spectral_ct.voxels.array.shape[0] if spectral_ct.voxels.array.ndim == 4 else 1
    if energies < 2 or len(spectral_ct.frames) != energies:
        raise Refusal("few_energies", "spectral CT needs two energies or more", found=f"{energies}")
    water_u = _numbers(spectral_ct, "water_hu_u", WATER_HU)
    if spectral_ct.text("iodine_hu"):
        agents = tuple(_sensed(spectral_ct, name) for name in AGENTS if spectral_ct.text(f"{name}_hu"))
        return Calibration(agents, water_u, (*_said(spectral_ct), _fresh(spectral_ct)), ())
    if spectral_ct.frame_unit != "keV":
        summary = "spectral CT: HU per mg/mL of iodine are not known at these energies"
        raise Refusal("not_calibrated", summary, expected="setting iodine_hu, or monoenergetic images in keV")
    slopes = np.array([brightening("iodine", kev) for kev in spectral_ct.frames])
    flag = Flag("sensitivity_of_table", "HU per mg/mL of iodine are those of physics at the energies in keV")
    agents = (Sensed("iodine", slopes, SENSITIVITY * slopes),)
    return Calibration(agents, water_u, (*_said(spectral_ct), ("sensitivity", "NIST table")), (flag,))


def fat(spectral_ct: Image) -> Sensed:
    """HU of pure fat at each energy. Raises Refusal if the site has not said it."""
    if not spectral_ct.text("fat_hu"):
        raise Refusal("not_calibrated", "spectral CT: HU of fat are not known at these energies", expected="fat_hu")
    values = _numbers(spectral_ct, "fat_hu", 0.0)
    return Sensed("fat", values, _numbers(spectral_ct, "fat_hu_u", FAT_HU))


def _sensed(spectral_ct: Image, name: str) -> Sensed:
    values = _numbers(spectral_ct, f"{name}_hu", 0.0)
    usual = SENSITIVITY * np.abs(values)
    told = bool(spectral_ct.text(f"{name}_hu_u"))
    return Sensed(name, values, _numbers(spectral_ct, f"{name}_hu_u", 0.0) if told else usual)


def _numbers(spectral_ct: Image, name: str, usual: float) -> Array:
    """A setting with a number for each frame; the usual one where it is not said. Raises Refusal if it does not fit."""
    text = spectral_ct.text(name)
    count = len(spectral_ct.frames)
    try:
        numbers = np.array([float(word) for word in text.split()]) if text else np.full(count, usual)
    except ValueError:
        numbers = np.empty(0)
    if numbers.size != count or not np.isfinite(numbers).all():
        summary = f"spectral CT: the setting {name} needs a number for each energy"
        raise Refusal("setting_absent", summary, found=text, expected=f"{count} numbers")
    return numbers


def _fresh(spectral_ct: Image) -> tuple[str, str]:
    """The day of the calibration, as a setting. Raises Refusal if it or the day of the scan is unknown or too far."""
    text = spectral_ct.text("calibrated_on")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or spectral_ct.day is None:
        found = text or "no day of calibration" if day is None else "no day of the scan"
        raise Refusal("calibration_old", "spectral CT: how old the calibration is cannot be told", found=found)
    age = (spectral_ct.day - day).days
    if not 0 <= age <= OLDEST_DAYS:
        expected = f"0 to {OLDEST_DAYS} days"
        raise Refusal(
            "calibration_old", "spectral CT: the calibration is too old", found=f"{age} days", expected=expected
        )
    return ("calibrated_on", text)


def _said(spectral_ct: Image) -> Settings:
    """Energies, contrast agent and phase, for the record of a number."""
    energies = " ".join(f"{f:g}" for f in spectral_ct.frames)
    return (
        ("energies", f"{energies} {spectral_ct.frame_unit}".strip()),
        ("contrast", spectral_ct.text("contrast") or "none named"),
        ("phase", spectral_ct.text("phase") or "not said"),
    )
