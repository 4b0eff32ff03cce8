"""Images laid on one grid by where they lie; and a real patient."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vivomap.acquire import read
from vivomap.core import Course, Image, Missing, Refusal, Region, Study, Voxels, affine_of, same_grid
from vivomap.maths.agreement import dice
from vivomap.quantify import measure_one
from vivomap.quantify.habitats.one_grid import laid, on_one_grid
from vivomap.quantify.habitats.resistant import VOLUME

COARSE = affine_of(np.array([[0, 0, 4.0, -40], [0, 4.0, 0, -40], [5.0, 0, 0, -50], [0, 0, 0, 1]]))
FINE = affine_of(np.array([[0, 0, 1.5, -15], [0, 1.5, 0, -12], [3.0, 0, 0, -20], [0, 0, 0, 1]]))
FRAME = (("frame_of_reference", "1.2.3"), ("series_uid", "1.2.3.4"))


def plane(affine, shape) -> np.ndarray:
    """x + 2 y + 3 z in mm at every voxel: linear, so that interpolation is exact."""
    z, y, x = np.meshgrid(*(np.arange(n) for n in shape), indexing="ij")
    mm = np.einsum("ij,jzyx->izyx", np.asarray(affine), np.stack([z, y, x, np.ones_like(z)]))
    return np.asarray(mm[0] + 2 * mm[1] + 3 * mm[2])


def test_a_value_stays_where_it_lies_in_the_patient():
    suv = Image("suv", Voxels.of(plane(COARSE, (21, 21, 21))), "g/ml{SUVbw}", COARSE, settings=FRAME)
    mr = Image("mr", Voxels.of(np.zeros((12, 20, 22))), "1", FINE, settings=FRAME)
    found = laid(suv, mr)
    assert found.voxels.array == pytest.approx(plane(FINE, (12, 20, 22)), abs=1e-6)
    assert (same_grid(found, mr), found.text("laid_from"), found.text("series_uid")) == (True, "1.2.3.4", "")


def test_a_finer_image_becomes_as_coarse_as_the_grid_first():
    fine, coarse = (affine_of(np.diag([s, s, s, 1.0])[[2, 1, 0, 3]]) for s in (1.0, 4.0))
    rough = np.random.default_rng(0).normal(size=(61, 61, 61))
    ground = Image("mr", Voxels.of(np.zeros((16, 16, 16))), "1", coarse, settings=FRAME)
    found = laid(Image("ct", Voxels.of(rough), "[hnsf'U]", fine, settings=FRAME), ground).voxels.array
    sd = np.sqrt(4.0**2 - 1) / 2.3548  # voxels; white noise falls to (2 sd sqrt(pi))^(-3/2)
    assert found[2:-2, 2:-2, 2:-2].std() == pytest.approx((2 * sd * np.sqrt(np.pi)) ** -1.5, rel=0.1)


def test_beyond_the_image_there_is_no_value_and_another_frame_is_not_laid():
    mr = Image("mr", Voxels.of(np.zeros((12, 20, 22))), "1", FINE, settings=FRAME)
    suv = Image("suv", Voxels.of(np.ones((5, 5, 5))), "g/ml{SUVbw}", COARSE, settings=FRAME)
    assert np.isnan(laid(suv, mr).voxels.array).all()
    other = replace(suv, settings=(("frame_of_reference", "9"),))
    study = on_one_grid(Study("P", None, (mr, other)), "mr")
    assert not same_grid(study.images[1], mr)
    with pytest.raises(Refusal) as refused:
        on_one_grid(Study("P", None, (other,)), "mr")
    assert refused.value.code == "not_imaged"


def test_a_region_comes_along_once():
    suv = Image("suv", Voxels.of(np.ones((21, 21, 21))), "g/ml{SUVbw}", COARSE, settings=FRAME)
    mr = Image("mr", Voxels.of(np.zeros((12, 20, 22))), "1", FINE, settings=FRAME)
    mask = np.zeros((21, 21, 21), bool)
    mask[7:11, 8:12, 8:12] = True
    region = Region("tumour", Voxels.of(mask), "lesion", "", COARSE)
    study = on_one_grid(Study("P", None, (mr, suv), (region,)), "mr")
    (moved,) = study.regions
    volume = moved.voxel_count * moved.voxel_mm3
    assert volume == pytest.approx(region.voxel_count * region.voxel_mm3, rel=0.15)
    assert len(on_one_grid(replace(study, regions=(moved, region), images=(mr, suv)), "mr").regions) == 1


def test_a_real_sarcoma_lies_on_one_grid_and_has_no_resistant_part_without_adc(data: Path):
    (study,) = [s for s in read(data / "sts_petctmr_dicom") if s.image("suv")]
    one = on_one_grid(study, "mr")
    assert all(same_grid(i, one.images[1]) for i in one.images)
    lesion = next(r for r in one.regions if r.name == "GTV_Mass_MR_T1")
    on_pet = next(r for r in one.regions if r.name == "GTV_Mass_PET")
    assert dice(lesion.mask.array, on_pet.mask.array) > 0.85
    missing = measure_one(VOLUME, Course(one), lesion)
    assert isinstance(missing, Missing)
    assert (missing.code, "'adc'" in missing.reason) == ("not_imaged", True)
