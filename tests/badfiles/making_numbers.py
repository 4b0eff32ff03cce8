"""Makers of D01 to D16."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset

from vivomap.acquire import read, visits
from vivomap.acquire.phantom import suv_cases
from vivomap.core import Change, Image, Missing
from vivomap.loop import assess
from vivomap.pathways.lung_response import PATHWAY

from . import patients
from .card import Deed, Found, Trial
from .deeds import Fill, trials
from .house import House
from .making_geometry import each
from .objects import COUNT, good, put, text, whole
from .objects import Change as Elements

SLOPE, INTERCEPT, WEIGHT, SPACING = 0x00281053, 0x00281052, 0x00101030, 0x00280030
DAYS = ("20240231", "2024", "99999999", "18000101")
STUDIED, ACQUIRED = 0x00080020, 0x00080022
PHILIPS = (0x2005, "Philips MR Imaging DD 001", 0x0E)


def suv(name: str) -> tuple[Trial, ...]:
    """A PET whose SUV is known: met voxel by voxel, or refused with the code of its case."""
    case = suv_cases.case_named(name)

    def deed(house: House, number: int) -> Found:
        images = read(suv_cases.write(case, house.folder / f"bad{number}"))[0].images
        made = [i for i in images if i.role == "suv" and not any(f.denies == "suv" for f in i.refusals)]
        if not made:
            return Found("NO-RESULT", frozenset(f.code for i in images for f in i.refusals if f.denies == "suv"))
        return Found("KEEP", wrong=() if _true(made) else ("the SUV is not the truth",))

    refused = case in (*suv_cases.PUBLISHED_FAULTS, *suv_cases.OWN_FAULTS) or case not in suv_cases.GOOD
    return (Trial(case.says, deed, "NO-RESULT", case.expect) if refused else Trial(case.says, deed, "KEEP"),)


def _true(images: list[Image]) -> bool:
    truth, mask = suv_cases.TRUTH, suv_cases.MASK
    within = suv_cases.TOLERANCE
    return all(
        i.voxels.array.shape == truth.shape and np.allclose(i.voxels.array[mask], truth[mask], rtol=within, atol=within)
        for i in images
    )


def cases(*names: str) -> tuple[Trial, ...]:
    return trials(*(suv(name) for name in names))


def ways(prefix: str) -> tuple[Trial, ...]:
    """Every published case whose name begins so."""
    return cases(*(c.name for c in suv_cases.CASES if c.name.startswith(prefix)))


def halved(ds: Dataset, k: int) -> None:
    """Every other slice stored with half the slope and twice the values."""
    if k % 2:
        ds.PixelData = (np.frombuffer(ds.PixelData, "<i2") * np.int16(2)).tobytes()
        ds.RescaleSlope = 0.5


def slope(words: str) -> Elements:
    return put(text(SLOPE, "DS", words))


def philips(rescale: tuple[float, float], scale: float) -> Fill:
    """The same signal as Philips stores it: the scale for the display, and the private one that undoes it."""

    def edit(ds: Dataset, k: int) -> None:
        stored = np.frombuffer(ds.PixelData, "<i2").astype(float)
        # signal = (stored x RS + RI) / (RS x SS); here the signal is the value of the good series
        ds.PixelData = np.rint(stored * scale - rescale[1] / rescale[0]).astype("<i2").tobytes()
        ds.Manufacturer, (ds.RescaleSlope, ds.RescaleIntercept) = "Philips Medical Systems", rescale
        ds.private_block(PHILIPS[0], PHILIPS[1], create=True).add_new(PHILIPS[2], "FL", scale)

    return each(edit, "MR")


def magnetic(folder: Path, number: int) -> None:
    for k in range(COUNT):
        (folder / f"{k}.dcm").write_bytes(whole(good(number, k, "MR")))


def inverted(ds: Dataset, k: int) -> None:
    """Bright is low: how it is shown, and no other number."""
    ds.PhotometricInterpretation = "MONOCHROME1"


def padded(ds: Dataset, k: int) -> None:
    ds.PixelPaddingValue = -2000


def dated(day: str) -> Elements:
    return put(*(text(tag, "DA", day) for tag in (STUDIED, ACQUIRED)))


def two_visits(kernel: str) -> Deed:
    """A lesion that shrinks from visit to visit, the second one with another kernel."""

    def deed(house: House, number: int) -> Found:
        folder, past = house.folder / f"bad{number}", []
        patients.visit(folder / "a", number)
        patients.visit(folder / "b", number, patients.SECOND, 6.0, kernel)
        for study in visits(read(folder)):
            past.append(assess(PATHWAY, study, past))
        said = past[-1].claims
        limits = {c.name: c.limits.split(",")[0].split(" (")[0] for c in said if isinstance(c, Change)}
        missing = frozenset(c.code for c in said if isinstance(c, Missing) and c.what == "change")
        if kernel == "SOFT":
            return Found("KEEP", missing, wrong=() if {*limits.values()} == {"repeatability"} else (str(limits),))
        return Found("NO-RESULT", missing, wrong=() if limits == {"volume": "reproducibility"} else (str(limits),))

    return deed
