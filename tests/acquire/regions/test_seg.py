from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from highdicom.image import imread

from vivomap.acquire import regions
from vivomap.core import Image, Region, Voxels, affine_of


def read(path: Path, *images: Image) -> tuple[Region, ...]:
    found, held = regions.from_dicom([pydicom.dcmread(path)], images)
    assert not held
    return found


@pytest.fixture(scope="module")
def folder(data: Path) -> Path:
    return data / "dicom_seg_sr_pm"


@pytest.mark.parametrize("size", ["23x38x3", "24x38x3"])
def test_a_binary_segment_equals_the_label_file_beside_it(folder: Path, stacked, size: str) -> None:
    case = folder / "dcmqi" / "segmentations" / size
    (liver,) = read(case / "seg" / "label.seg", stacked(case / "image"))
    label = sitk.ReadImage(str(case / "nrrd" / "label.nrrd"))
    assert np.array_equal(liver.mask.array, sitk.GetArrayFromImage(label) > 0)
    assert np.allclose(np.asarray(liver.affine)[:3, 3], label.GetOrigin(), atol=1e-3)
    assert (liver.name, liver.finding, liver.site, liver.flags) == ("Liver", "liver", "liver", ())


def test_a_label_map_that_leaves_out_a_slice_equals_the_label_file(folder: Path) -> None:
    for kind in ("noppv", "ppv5"):
        (liver,) = read(folder / "dcmqi" / "segmentations" / f"sparse-labelmap-{kind}.dcm")
        label = sitk.ReadImage(str(folder / "dcmqi" / "segmentations" / f"sparse_labelmap_{kind}_seg.nrrd"))
        assert np.array_equal(liver.mask.array, sitk.GetArrayFromImage(label) == 1)
        assert liver.tracking == "1.2.3"
        assert [f.code for f in liver.flags] == ["own_grid"]


def test_a_fraction_counts_from_one_half_on(folder: Path) -> None:
    path = folder / "highdicom" / "seg_image_ct_true_fractional.dcm"
    (bone,) = read(path)
    pixels = pydicom.dcmread(path).pixel_array
    assert np.array_equal(bone.mask.array, pixels >= 127.5)
    assert 0 < bone.voxel_count <= np.count_nonzero(pixels)
    assert "fractional_segment" in [f.code for f in bone.flags]


def test_overlapping_segments_keep_their_voxels(folder: Path) -> None:
    first, second = read(folder / "highdicom" / "seg_image_ct_binary_overlap.dcm")
    pixels = pydicom.dcmread(folder / "highdicom" / "seg_image_ct_binary_overlap.dcm").pixel_array
    assert first.voxel_count + second.voxel_count == pixels.sum()
    assert (first.mask.array & second.mask.array).any()
    assert (first.finding, second.finding) == ("bone", "spine")


def test_a_tumour_is_a_lesion_with_its_site(folder: Path) -> None:
    (tumour,) = read(folder / "dcmqi" / "sr-example" / "seg.dcm")
    assert (tumour.finding, tumour.site, tumour.voxel_count) == ("lesion", "pharyngeal tonsil (adenoid)", 795)


def test_a_segmentation_of_slices_that_are_not_here_keeps_what_can_be_placed(data: Path, stacked) -> None:
    case = data / "dce_breast_nact" / "UCSF-BR-06"
    map_ = stacked(case / "pe1", "map")
    (breast,) = read(case / "seg" / "1-1.dcm", map_)
    absent = next(f for f in breast.flags if f.code == "absent_slices")
    assert absent.reason.startswith("30 of 42 frames")
    assert absent.denies == ""  # an organ, of which a part may be measured
    assert breast.mask.array.shape == map_.shape
    assert (breast.finding, breast.site) == ("breast", "breast")


def test_highdicom_sees_the_same_voxels_in_the_same_places(data: Path, stacked) -> None:
    case = data / "dce_breast_nact" / "UCSF-BR-06"
    (breast,) = read(case / "seg" / "1-1.dcm")
    volume = imread(case / "seg" / "1-1.dcm").get_volume()
    theirs = np.argwhere(volume.array > 127) @ volume.affine[:3, :3].T + volume.affine[:3, 3]
    rows = np.asarray(breast.affine)
    ours = np.argwhere(breast.mask.array) @ rows[:3, :3].T + rows[:3, 3]
    assert np.allclose(np.sort(theirs, axis=0), np.sort(ours, axis=0), atol=1e-3)


def test_another_frame_of_reference_is_held(folder: Path) -> None:
    other = Image(
        "ct", Voxels.of(np.zeros((3, 4, 4))), "1", affine_of(np.eye(4)), settings=(("frame_of_reference", "1.9"),)
    )
    found, held = regions.from_dicom([pydicom.dcmread(folder / "dcmqi" / "segmentations" / "liver.dcm")], [other])
    assert not found
    assert held[0].code == "wrong_frame"


def test_a_segment_without_pixels_was_looked_for_and_is_not_there(folder: Path) -> None:
    ds = pydicom.dcmread(folder / "dcmqi" / "segmentations" / "liver.dcm")
    ds.PixelData = bytes(len(ds.PixelData))
    found, _ = regions.from_dicom([ds], [])
    assert found[0].voxel_count == 0


def test_a_radiograph_has_a_place_only_with_its_image(folder: Path) -> None:
    ds = pydicom.dcmread(folder / "highdicom" / "seg_image_cr_binary.dcm")
    frame = ds.PerFrameFunctionalGroupsSequence[0].DerivationImageSequence[0].SourceImageSequence[0]
    shot = Image(
        "mr",
        Voxels.of(np.zeros((1, 16, 16))),
        "1",
        affine_of(np.eye(4)),
        source=(str(frame.ReferencedSOPInstanceUID),),
    )
    found, held = regions.from_dicom([ds], [shot])
    assert not held
    assert found[0].voxel_count == ds.pixel_array.sum()
    assert regions.from_dicom([ds], [])[1][0].code == "not_in_patient_space"


def test_every_segmentation_of_the_collection_is_read_or_held_with_a_reason(folder: Path, data: Path) -> None:
    paths = [p for root in (folder, data / "dicom_odd_and_compressed") for p in root.rglob("*") if p.is_file()]
    named = [p for p in paths if p.suffix in (".dcm", ".seg") and ("liver" in p.stem or "seg" in p.name)]
    sets = [ds for ds in map(pydicom.dcmread, named) if ds.get("Modality") == "SEG"]
    outcomes = {Path(ds.filename).name: regions.from_dicom([ds], []) for ds in sets}
    assert len(outcomes) > 15
    assert all(found or held for found, held in outcomes.values())
    plain = outcomes["liver_j2k.dcm"][0][0].mask.array
    assert np.array_equal(plain, outcomes["liver_expb.dcm"][0][0].mask.array)


def test_broken_pixels_and_missing_descriptions_are_held(folder: Path) -> None:
    path = folder / "dcmqi" / "segmentations" / "liver.dcm"
    cut, bare = pydicom.dcmread(path), pydicom.dcmread(path)
    cut.PixelData = cut.PixelData[:100]
    del bare.PerFrameFunctionalGroupsSequence
    codes = [regions.from_dicom([ds], [])[1][0].code for ds in (cut, bare)]
    assert codes == ["undecodable_pixels", "bad_segmentation"]
