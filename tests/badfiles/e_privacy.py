"""E01 to E04: what would tell who the patient is, when images leave the house."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import SecondaryCaptureImageStorage, UltrasoundImageStorage

from vivomap.acquire import read
from vivomap.acquire.deidentify import Order, Summary, deidentify, make_key, read_key
from vivomap.acquire.phantom import suv_cases

from ..acquire.deidentify.test_folder import CANARY, everything, plant
from .card import Card, Deed, Found, Trial
from .house import House
from .objects import good, whole

FACE = "113101"  # Clean Recognizable Visual Features Option (PS3.16, CID 7050)


def cleaned(house: House, number: int, fill: Callable[[Path, int], None]) -> tuple[Path, Path, Summary]:
    """A folder, the folder that de-identifying made of it, and what it says of that."""
    source, out, key = (house.folder / f"{name}{number}" for name in ("bad", "out", "key"))
    source.mkdir()
    fill(source, number)
    make_key(key)
    return source, out, deidentify(Order((source,), out, read_key(key), key, frozenset(), "me"))


def leaves(fill: Callable[[Path, int], None], word: str = "") -> Deed:
    """De-identify a folder; nothing of it that says the word may leave."""

    def deed(house: House, number: int) -> Found:
        _, out, summary = cleaned(house, number, fill)
        told = word and word.lower().encode() in everything(out).lower()
        held = frozenset(h.code for h in summary.held)
        return Found("HOLD" if held else "KEEP", held, ("the word has left",) if told else ())

    return deed


def picture(sop_class: str, modality: str) -> Callable[[Path, int], None]:
    """A picture with a name burned in, whose header says that there is none."""

    def fill(folder: Path, number: int) -> None:
        ds = good(number)
        ds.SOPClassUID, ds.Modality, ds.BurnedInAnnotation = sop_class, modality, "NO"
        for name in ("ImagePositionPatient", "ImageOrientationPatient", "RescaleSlope", "RescaleIntercept"):
            delattr(ds, name)
        (folder / "a.dcm").write_bytes(whole(ds))

    return fill


def planted(folder: Path, number: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the reading library, of what is planted
        plant(folder)


def head(folder: Path, number: int) -> None:
    for k in range(3):
        ds = good(number, k)
        ds.BodyPartExamined = "HEAD"
        (folder / f"{k}.dcm").write_bytes(whole(ds))


def with_face(house: House, number: int) -> Found:
    """A head leaves with its face, and does not claim that the face is gone."""
    _, out, _ = cleaned(house, number, head)
    claims = {c.CodeValue for p in out.rglob("*.dcm") for c in _methods(pydicom.dcmread(p))}
    return Found("KEEP", wrong=("it says that the face was removed",) if FACE in claims or not claims else ())


def _methods(ds: Dataset) -> list[Dataset]:
    return list(ds.DeidentificationMethodCodeSequence)


def same_suv(name: str) -> Deed:
    """The SUV of a case before and after."""

    def deed(house: House, number: int) -> Found:
        case = suv_cases.case_named(name)
        source, out, _ = cleaned(house, number, lambda folder, n: suv_cases.write(case, folder) and None)
        before, after = (read(folder)[0].images[0] for folder in (source, out))
        same = (before.role, before.unit) == (after.role, after.unit) and np.array_equal(
            before.voxels.array, after.voxels.array
        )
        return Found("KEEP", wrong=() if same and before.role == "suv" else ("the SUV has changed",))

    return deed


SUVS = ("DRO_0_0", "DRO_2_4", "DRO_3_3_1", "DRO_4_2", "zones_differ")

CARDS = (
    Card(
        "E01",
        "a name burned in, and a header that denies it",
        (
            Trial("a secondary capture", leaves(picture(SecondaryCaptureImageStorage, "OT")), "HOLD"),
            Trial("an ultrasound without regions", leaves(picture(UltrasoundImageStorage, "US")), "HOLD"),
        ),
        also=(
            "acquire/deidentify/test_hold.py::test_burned_in_no_is_not_believed",
            "acquire/deidentify/test_reading.py::test_a_name_in_the_pixels_is_seen",
        ),
    ),
    Card(
        "E02",
        "names in private tags, overlays, PDF, SR and file names",
        (
            Trial(
                "everywhere at once",
                leaves(planted, CANARY),
                "HOLD",
                slow="every attribute is planted, and text looked for",
            ),
        ),
        also=("acquire/deidentify/test_folder.py::test_no_canary_leaves_by_any_door",),
    ),
    Card(
        "E03",
        "a face in the images of a head",
        (Trial("it stays, and no file claims otherwise", with_face, "KEEP"),),
        note="Faces are not removed yet: a head that leaves can be recognised. No file says that its face was cleaned.",
    ),
    Card(
        "E04",
        "SUV before and after de-identification",
        tuple(Trial(suv_cases.case_named(n).says, same_suv(n), "KEEP") for n in SUVS),
        also=(
            "acquire/deidentify/test_folder.py::test_every_way_of_writing_a_suv_gives_the_same_suv_before_and_after",
        ),
    ),
)
