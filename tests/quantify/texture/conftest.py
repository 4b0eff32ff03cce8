"""The IBSI 1 reference values: of the digital phantom, and of a lung tumour on CT in configurations A to E."""

import csv
from pathlib import Path
from typing import NamedTuple

import nibabel
import numpy as np
import pytest

from vivomap.acquire import read
from vivomap.quantify.texture.families import CODES

FAMILY = {"stat": "statistics", "ivh": "volume", "loc": "peaks", "cm": "cooccurrence", "rlm": "runs"}
FAMILY |= {"szm": "zones", "dzm": "distances", "ngt": "tones", "ngl": "dependence"}
MERGED = ("2D_avg", "2D_comb", "2_5D_avg", "2_5D_comb", "3D_avg", "3D_comb", "2_5D", "2D", "3D")


class Reference(NamedTuple):
    """A published value: its tag, how tables were merged ("" where there are none), its code, value and tolerance."""

    tag: str
    merged: str
    code: str
    value: float
    tolerance: float

    def is_met(self, found: float) -> bool:
        """Whether a number, as printed to three figures, lies within the tolerance."""
        return abs(float(f"{found:.3g}") - self.value) <= self.tolerance + 1e-9 * abs(self.value)

    def is_of(self, merged: str) -> bool:
        """Whether it was made by this way of merging."""
        return self.merged in ("", merged, merged.rsplit("_", 1)[0])


def codes_in_order():
    """The codes of each family of the reference tables in their order there; "" for what vivomap does not compute."""
    found = {tag: CODES[name].split() for tag, name in FAMILY.items()}
    shape = CODES["shape"].split()
    boxes = [*shape[15:17], "", "", *shape[17:19], "", "", *shape[19:21]]
    found["morph"] = [*shape[:9], "KLMA", *shape[9:15], *boxes, "99N0", *CODES["likeness"].split()]
    levels, histogram = CODES["levels"].split(), CODES["histogram"].split()
    found["ih"] = [*levels[:9], histogram[0], *levels[9:], *histogram[1:]]
    found["ivh"] = [*found["ivh"], ""]
    return found


def published(path: Path) -> list[Reference]:
    """The values of one table that vivomap computes; those without a published value are left out."""
    codes, place, found = codes_in_order(), {}, []
    with path.open(encoding="utf-8") as table:
        rows = list(csv.reader(table, delimiter=";"))[1:]
    for value, tolerance, tag in rows:
        family = tag.split("_")[0]
        if family not in codes or "_mask_" in tag:
            continue
        merged = next((m for m in MERGED if tag.endswith(f"_{m}")), "")
        at = place[family, merged] = place.get((family, merged), -1) + 1
        if value and codes[family][at]:
            found.append(Reference(tag, merged, codes[family][at], float(value), float(tolerance or 0)))
    return found


@pytest.fixture(scope="session")
def tables(data):
    """The folder of the reference tables."""
    return data / "ibsi1_reference_values"


@pytest.fixture(scope="session")
def digital(data):
    """The digital phantom: intensities and mask (z, y, x), voxels of 2 mm."""
    folder = data / "ibsi1_digital_phantom" / "nifti"
    image, mask = (nibabel.load(folder / f"{n}.nii.gz").get_fdata() for n in ("image/phantom", "mask/mask"))
    return image.T.copy(), mask.T > 0, (2.0, 2.0, 2.0)


@pytest.fixture(scope="session")
def lung(data):
    """The lung tumour on CT: the image as vivomap reads it, and the mask on its grid. Never shipped."""
    folder = data / "ibsi1_ct_lung_NONCOMMERCIAL"
    (study,) = read(folder / "dicom" / "image")
    (ct,) = [i for i in study.images if i.role == "ct"]
    mask = nibabel.load(folder / "nifti" / "mask" / "mask.nii.gz").get_fdata().T > 0
    return ct, np.ascontiguousarray(mask)
