from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset

from vivomap.acquire import regions


def test_two_objects_that_give_one_name_on_one_grid_are_told_apart(data: Path, stacked) -> None:
    folder = data / "sts_petctmr_dicom" / "STS_008" / "PET"
    first, second = (pydicom.dcmread(folder / "mask" / "RS.dcm") for _ in range(2))
    second.SOPInstanceUID = "1.2.3.4"
    found, held = regions.from_dicom([first, second], [stacked(folder / "image")])
    assert not held
    assert [r.name for r in found] == ["GTV_Mass_PET (1)", "GTV_Mass_PET (2)"]
    assert all("name_twice" in [f.code for f in r.flags] for r in found)
    assert regions.from_dicom([second, first], [stacked(folder / "image")])[0] == found
    assert np.array_equal(found[0].mask.array, found[1].mask.array)


def test_an_object_that_is_no_region_is_held() -> None:
    ds = Dataset()
    ds.Modality, ds.SOPInstanceUID = "CT", "1.2.3"
    found, held = regions.from_dicom([ds], [])
    assert not found
    assert (held[0].path, held[0].code) == ("1.2.3", "not_a_region")
