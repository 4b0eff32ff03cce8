import gzip
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from vivomap.acquire import regions
from vivomap.acquire.affines import from_nifti
from vivomap.core import Image, Region, Voxels, affine_of

FRAME = "1.2.3"
SQUARE = [(2.5, 3.5), (12.5, 3.5), (12.5, 9.5), (2.5, 9.5)]  # x, y: 10 × 6 pixels


def image(origin: tuple[float, float, float] = (0, 0, 0), shape: tuple[int, int, int] = (5, 20, 30)) -> Image:
    rows = np.eye(4)
    rows[:3] = np.c_[[0, 0, 3], [0, 1, 0], [1, 0, 0], origin]
    source = tuple(f"9.{i}" for i in range(shape[0]))
    settings = (("frame_of_reference", FRAME), ("series_uid", "7.7"))
    return Image("ct", Voxels.of(np.zeros(shape)), "1", affine_of(rows), settings=settings, source=source)


def structure(*contours: tuple[list[tuple[float, float]], float, str], name: str = "GTV", **said: str) -> Dataset:
    """A structure set of one ROI; a contour is its corners (x, y), its height z in mm and its kind."""
    ds, roi, drawn = Dataset(), Dataset(), Dataset()
    roi.ROINumber, roi.ROIName = 1, name
    roi.ReferencedFrameOfReferenceUID = said.get("frame", FRAME)
    drawn.ReferencedROINumber, drawn.ContourSequence = 1, []
    for corners, height, kind in contours:
        item, reference = Dataset(), Dataset()
        item.ContourGeometricType = kind
        item.ContourData = [round(v, 6) for x, y in corners for v in (x, y, height)]
        reference.ReferencedSOPInstanceUID = said.get("slice", "9.1")
        item.ContourImageSequence = [reference]
        drawn.ContourSequence.append(item)
    ds.Modality, ds.SOPInstanceUID = "RTSTRUCT", "5.5"
    ds.StructureSetROISequence, ds.ROIContourSequence = [roi], [drawn]
    return ds


def one(ds: Dataset, *images: Image) -> Region:
    found, held = regions.from_dicom([ds], images)
    assert not held
    return found[0]


def held_code(ds: Dataset, *images: Image) -> str:
    found, held = regions.from_dicom([ds], images)
    assert not found
    return held[0].code


def flags(region: Region) -> list[str]:
    return [f.code for f in region.flags]


def test_an_outline_marks_the_voxels_whose_centres_it_holds() -> None:
    region = one(structure((SQUARE, 6.0, "CLOSED_PLANAR")), image())
    assert region.mask.array[2, 4:10, 3:13].all()
    assert region.voxel_count == 60
    assert (region.name, region.finding, region.source, region.flags) == ("GTV", "lesion", ("5.5",), ())


def test_an_inner_outline_cuts_a_hole() -> None:
    hole = [(4.5, 5.5), (8.5, 5.5), (8.5, 7.5), (4.5, 7.5)]
    kinds = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")
    for kind in kinds:
        assert one(structure((SQUARE, 6.0, kind), (hole, 6.0, kind)), image()).voxel_count == 60 - 8


@settings(max_examples=25, deadline=None)
@given(st.tuples(*[st.integers(-40000, 40000).map(lambda n: n / 64) for _ in range(3)]))
def test_moving_grid_and_outline_together_changes_nothing(shift: tuple[float, float, float]) -> None:
    corners = [(2.5, 3.25), (13.0, 4.75), (12.25, 9.5), (5.0, 12.0)]
    there = [(x + shift[0], y + shift[1]) for x, y in corners]
    before = one(structure((corners, 6.0, "CLOSED_PLANAR")), image())
    after = one(structure((there, 6.0 + shift[2], "CLOSED_PLANAR")), image(origin=shift))
    assert np.array_equal(before.mask.array, after.mask.array)


def test_an_roi_without_outlines_was_looked_for_and_is_not_there() -> None:
    region = one(structure(), image())
    assert region.voxel_count == 0
    assert region.mask.array.shape == (5, 20, 30)


def test_doubtful_outlines_are_flagged() -> None:
    good = (SQUARE, 6.0, "CLOSED_PLANAR")
    tiny = ([(5.1, 5.1), (5.3, 5.1), (5.2, 5.3)], 3.0, "CLOSED_PLANAR")
    assert flags(one(structure(good, (SQUARE, 3.0, "OPEN_PLANAR")), image())) == ["open_contour"]
    assert flags(one(structure(good, tiny), image())) == ["tiny_contour"]
    assert flags(one(structure(good, (SQUARE, 4.0, "CLOSED_PLANAR")), image())) == ["off_plane"]
    assert flags(one(structure(good, (SQUARE, 12.0, "CLOSED_PLANAR")), image())) == ["contour_gap"]
    assert flags(one(structure(good, (SQUARE[:2], 3.0, "CLOSED_PLANAR")), image())) == ["bad_contour"]
    crossing = ([(x + 4, y + 2) for x, y in SQUARE], 6.0, "CLOSED_PLANAR")
    assert flags(one(structure(good, crossing), image())) == ["contours_cross"]
    beyond = ([(x - 10, y) for x, y in SQUARE], 6.0, "CLOSED_PLANAR")
    assert "outside_image" in flags(one(structure(beyond), image()))


def test_a_twin_outline_does_not_wipe_out_the_first() -> None:
    region = one(structure((SQUARE, 6.0, "CLOSED_PLANAR"), (SQUARE, 6.0, "CLOSED_PLANAR")), image())
    assert region.voxel_count == 60
    assert flags(region) == ["contours_cross"]


def test_outlines_of_finer_slices_do_not_cut_holes_into_each_other() -> None:
    """Drawn every 1.5 mm, laid on slices of 3 mm: an outline between two slices is no hole of the one it falls on."""
    inner = [(3.5, 4.5), (11.5, 4.5), (11.5, 8.5), (3.5, 8.5)]
    heights = [(SQUARE, 3.0), (inner, 4.0), (SQUARE, 6.0), (inner, 7.0), (inner, 5.0)]
    region = one(structure(*((corners, z, "CLOSED_PLANAR") for corners, z in heights)), image())
    assert [int(n) for n in region.mask.array.sum(axis=(1, 2))] == [0, 60, 60, 0, 0]
    assert flags(region) == ["off_plane"]


def test_a_lesion_drawn_on_every_second_slice_has_no_volume() -> None:
    sparse = structure(*((SQUARE, z, "CLOSED_PLANAR") for z in (0.0, 6.0, 12.0)))
    assert [(f.code, f.denies) for f in one(sparse, image()).flags] == [("contour_gap", "volume")]
    part = structure(*((SQUARE, z, "CLOSED_PLANAR") for z in (0.0, 3.0, 12.0)))
    assert [(f.code, f.denies) for f in one(part, image()).flags] == [("contour_gap", "")]


def test_a_lesion_that_goes_on_beyond_the_slices_has_no_volume() -> None:
    region = one(structure((SQUARE, 6.0, "CLOSED_PLANAR"), (SQUARE, 30.0, "CLOSED_PLANAR")), image())
    assert [(f.code, f.denies) for f in region.flags] == [("absent_slices", "volume")]


@pytest.mark.parametrize(
    ("contour", "code"),
    [
        ((SQUARE, 90.0, "CLOSED_PLANAR"), "absent_slices"),
        ((SQUARE, 6.0, "POINT"), "open_contour"),
        (([(5.1, 5.1), (5.3, 5.1), (5.2, 5.3)], 3.0, "CLOSED_PLANAR"), "tiny_contour"),
    ],
)
def test_an_roi_of_which_nothing_can_be_marked_is_held_and_never_empty(
    contour: tuple[list[tuple[float, float]], float, str], code: str
) -> None:
    assert held_code(structure(contour), image()) == code


def test_another_frame_of_reference_or_no_image_is_held() -> None:
    contour = (SQUARE, 6.0, "CLOSED_PLANAR")
    assert held_code(structure(contour, frame="6.6", slice="8.8"), image()) == "wrong_frame"
    assert held_code(structure(contour, frame="6.6"), image()) == "wrong_frame"
    assert held_code(structure(contour)) == "no_image"


def test_without_its_slices_an_outline_goes_to_the_image_of_its_frame_that_holds_its_planes() -> None:
    ds = structure((SQUARE, 6.0, "CLOSED_PLANAR"), slice="8.8")
    elsewhere = image(origin=(0, 0, 100))
    region = one(ds, elsewhere, image())
    assert flags(region) == ["grid_by_frame"]
    assert region.affine == image().affine


@pytest.fixture(scope="module")
def sarcoma(data: Path, stacked) -> tuple[Image, ...]:
    folder = data / "sts_petctmr_dicom" / "STS_008"
    parts = (("CT", "ct"), ("MR_T1", "mr"), ("PET", "suv"))
    return tuple(stacked(folder / part / "image", role) for part, role in parts)


@pytest.mark.parametrize("part", ["CT", "MR_T1", "PET"])
def test_outlines_give_the_reference_masks_of_a_real_patient(data: Path, sarcoma: tuple[Image, ...], part: str) -> None:
    folder = data / "sts_petctmr_dicom" / "STS_008"
    region = one(pydicom.dcmread(folder / part / "mask" / "RS.dcm"), *sarcoma)
    reference = nib.load(folder / f"{part}_mask.nii.gz")
    mask = np.asarray(reference.dataobj).transpose(2, 1, 0) > 0
    shared = np.count_nonzero(mask & region.mask.array)
    assert region.name == f"GTV_Mass_{part}"
    assert 2 * shared / (mask.sum() + region.voxel_count) == 1.0  # Dice
    assert np.allclose(from_nifti(reference.affine), region.affine, atol=1e-4)
    assert region.flags == ()


def test_a_structure_set_of_several_structures_agrees_with_the_mask_of_another_program(data: Path, stacked) -> None:
    pet = stacked(data / "sts001_raw_pet_bqml" / "image", "activity")
    ds = pydicom.dcmread(data / "sts001_raw_pet_bqml" / "rtstruct" / "1-1.dcm")
    found, held = regions.from_dicom([ds], [pet])
    assert not held
    reference = np.asarray(nib.load(data / "sts_pet_cohort" / "STS_001" / "PET_mask.nii.gz").dataobj)
    voxels = {r.name: (r.finding, r.voxel_count) for r in found}
    assert voxels == {"GTV_Mass": ("lesion", int((reference > 0).sum())), "GTV_Edema": ("edema", 8058)}


def test_structures_of_slices_that_are_not_here_are_held_one_by_one(data: Path, stacked, tmp_path: Path) -> None:
    folder = data / "rt_dose_plan_struct"
    (tmp_path / "ct.dcm").symlink_to(folder / "ct.0.dcm")
    found, held = regions.from_dicom([pydicom.dcmread(folder / "rtss.dcm")], [stacked(tmp_path)])
    assert {r.name: r.voxel_count for r in found} == {"BODY": 40396, "Areola": 0}
    assert {h.code for h in held} == {"absent_slices"}
    assert len(held) == 8
    assert any(f.code == "absent_slices" for f in found[0].flags)


def test_the_volumes_are_those_that_the_planning_system_wrote(data: Path) -> None:
    """The dose file of the same plan holds each structure's volume; by voxels ours may differ by some per cent."""
    folder = data / "rt_dose_plan_struct"
    ds = pydicom.dcmread(folder / "rtss.dcm")
    ct = pydicom.dcmread(folder / "ct.0.dcm", stop_before_pixels=True)
    with gzip.open(folder / "rtdose.dcm.gz") as stream:
        dose = pydicom.dcmread(stream, stop_before_pixels=True)
    rows, (down, along), corner = np.eye(4), ct.PixelSpacing, [float(v) for v in ct.ImagePositionPatient[:2]]
    rows[:3] = np.c_[[0, 0, 3.0], [0, down, 0], [along, 0, 0], [*corner, -122.44]]  # its contours lie 3 mm apart
    said = (("frame_of_reference", ct.FrameOfReferenceUID), ("series_uid", ct.SeriesInstanceUID))
    found, held = regions.from_dicom(
        [ds], [Image("ct", Voxels.of(np.zeros((98, 512, 512), np.int8)), "1", affine_of(rows), settings=said)]
    )
    assert not held
    names = {roi.ROINumber: roi.ROIName for roi in ds.StructureSetROISequence}
    theirs = {names[d.DVHReferencedROISequence[0].ReferencedROINumber]: float(d.DVHData[1]) for d in dose.DVHSequence}
    ours = {r.name: r.voxel_count * r.voxel_mm3 / 1000 for r in found}
    large = [name for name, cm3 in theirs.items() if cm3 > 10 and name != "BODY"]
    assert large == ["Breast", "Heart", "Lt Lung", "Tumor Bed", "Tumor Bed Block"]
    assert [ours[n] for n in large] == pytest.approx([theirs[n] for n in large], rel=0.03)
