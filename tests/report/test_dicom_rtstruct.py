"""The outlines as RT Structure Set: read back voxel for voxel by our own door and by another maker's program."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk

from vivomap.acquire import read
from vivomap.acquire.phantom import letter
from vivomap.acquire.regions import from_dicom
from vivomap.core import Flag, Refusal, Region, Voxels
from vivomap.loop import assess
from vivomap.pathways.pet_response import PATHWAY as PET_RESPONSE
from vivomap.report.dicom_identity import tracking_uid
from vivomap.report.dicom_rtstruct import RTSTRUCT, interpreted
from vivomap.report.forms import Filed

Check = Callable[[bytes], str]


def only(filed: Filed) -> bytes:
    (body,) = RTSTRUCT.write(filed).values()
    return body


def opened(body: bytes) -> pydicom.Dataset:
    return pydicom.dcmread(io.BytesIO(body))


def with_masks(filed: Filed, **masks: np.ndarray) -> Filed:
    """The visit with these lesions drawn on its first image."""
    study = filed.assessment.study
    like = study.regions[0]
    drawn = tuple(replace(like, name=n, lesion=n, mask=Voxels.of(m), tracking="") for n, m in masks.items())
    return replace(filed, assessment=replace(filed.assessment, study=replace(study, regions=drawn)))


def back(filed: Filed, body: bytes) -> dict[str, Region]:
    """The regions that our own door reads from an object on the images of the visit."""
    regions, held = from_dicom([opened(body)], filed.assessment.study.images)
    assert not held
    return {r.name: r for r in regions}


def test_a_structure_set_has_no_errors_and_says_what_each_region_is(filed: Filed, no_errors: Check) -> None:
    body = only(filed)
    no_errors(body)
    ds = opened(body)
    image = filed.assessment.study.images[0]
    assert [r.ROIName for r in ds.StructureSetROISequence] == ["lesion_1 lung", "lesion_2 node"]
    assert [o.RTROIInterpretedType for o in ds.RTROIObservationsSequence] == ["GTV", "GTV"]
    assert [o.ROIObservationDescription for o in ds.RTROIObservationsSequence] == ["lesion_1 lung", "lesion_2 node"]
    colours = [tuple(c.ROIDisplayColor) for c in ds.ROIContourSequence]
    assert len(set(colours)) == 2
    for roi, region in zip(ds.StructureSetROISequence, filed.assessment.study.regions, strict=True):
        assert roi.ReferencedFrameOfReferenceUID == image.text("frame_of_reference")
        assert float(roi.ROIVolume) == pytest.approx(region.voxel_count * region.voxel_mm3 / 1000)
        assert roi.ROIDescription == f"tracking UID {tracking_uid(filed, region.lesion)}"


def test_every_contour_is_closed_planar_and_names_the_slice_that_it_lies_on(filed: Filed) -> None:
    ds = opened(only(filed))
    image = filed.assessment.study.images[0]
    (frame,) = ds.ReferencedFrameOfReferenceSequence
    (series,) = frame.RTReferencedStudySequence[0].RTReferencedSeriesSequence
    assert [i.ReferencedSOPInstanceUID for i in series.ContourImageSequence] == list(image.source)
    for roi in ds.ROIContourSequence:
        for contour in roi.ContourSequence:
            assert contour.ContourGeometricType == "CLOSED_PLANAR"
            points = np.reshape(np.array(contour.ContourData, float), (-1, 3))
            assert len(points) == contour.NumberOfContourPoints
            k = image.source.index(contour.ContourImageSequence[0].ReferencedSOPInstanceUID)
            assert points[:, 2] == pytest.approx((np.asarray(image.affine) @ (k, 0, 0, 1))[2], abs=1e-3)


def test_our_own_door_reads_every_voxel_back(filed: Filed) -> None:
    found = back(filed, only(filed))
    for region in filed.assessment.study.regions:
        assert np.array_equal(found[region.lesion].mask.array, region.mask.array > 0)
        assert found[region.lesion].finding == "lesion" or region.finding == "node"


def test_holes_islands_and_parts_on_one_slice_come_back_equal(filed: Filed, no_errors: Check) -> None:
    shape = filed.assessment.study.images[0].shape
    z, y, x = np.ogrid[: shape[0], : shape[1], : shape[2]]
    away = np.sqrt((z - 12.0) ** 2 + (y - 17.0) ** 2 + (x - 18.0) ** 2)
    shell = ((away < 11) & (away > 6)) | (away < 3)
    parts = ((y // 3 + x // 4) % 2 == 0) & (z % 3 == 1) & (y < 30)
    speckled = np.random.default_rng(5).random(shape) < 0.6 * (z % 5 == 2)
    drawn = with_masks(filed, shell=shell, parts=parts, speckled=speckled)
    body = only(drawn)
    no_errors(body)
    found = back(drawn, body)
    for region in drawn.assessment.study.regions:
        assert np.array_equal(found[region.lesion].mask.array, region.mask.array), region.lesion


def test_a_contour_of_more_than_64_kb_can_be_written(filed: Filed, no_errors: Check) -> None:
    depth = filed.assessment.study.images[0].shape[0]
    comb = np.zeros((depth, 3, 1500), bool)
    comb[5, 1] = comb[5, 2, ::2] = True
    study = filed.assessment.study
    wide = replace(study, images=(replace(study.images[0], voxels=Voxels.of(np.zeros(comb.shape, np.int16))),))
    drawn = with_masks(replace(filed, assessment=replace(filed.assessment, study=wide)), comb=comb)
    body = only(drawn)
    no_errors(body)
    (contour,) = opened(body).ROIContourSequence[0].ContourSequence
    assert len(contour.get_item("ContourData").value) > 65536
    assert np.array_equal(back(drawn, body)["comb"].mask.array, comb)


@pytest.mark.parametrize("pose", list(letter.POSES))
def test_left_stays_left_however_the_slices_are_stored(
    pose: str, lettered: Callable[[str], tuple[Filed, Path]], no_errors: Check
) -> None:
    filed, _ = lettered(pose)
    body = only(filed)
    no_errors(body)
    ds = opened(body)
    names = [r.ROIName for r in ds.StructureSetROISequence]
    contours = dict(zip(names, ds.ROIContourSequence, strict=True))
    points = {
        n: np.concatenate([np.reshape(c.ContourData, (-1, 3)) for c in r.ContourSequence]).astype(float)
        for n, r in contours.items()
    }
    assert points["letter_L"][:, 0].min() > 24 - 3.1  # the letter begins 24 mm left of the middle; a voxel is 3 mm
    assert points["head"][:, 2].mean() > 20
    assert points["front"][:, 1].mean() < -20
    stem = points["letter_L"][points["letter_L"][:, 0] > 40]
    assert stem[:, 1].mean() > 10  # only the foot reaches so far left, and it lies at the back
    found = back(filed, body)
    for region in filed.assessment.study.regions:
        assert np.array_equal(found[region.name].mask.array, region.mask.array > 0)


def test_writing_it_again_gives_the_same_bytes(filed: Filed) -> None:
    assert only(filed) == only(replace(filed))


def test_an_amended_structure_set_names_its_predecessor(filed: Filed, no_errors: Check) -> None:
    first = replace(filed, assessment=replace(filed.assessment, edition="0" * 64))
    amended = replace(filed, replaces=(first,))
    body = only(amended)
    no_errors(body)
    (before,) = opened(body).PredecessorStructureSetSequence
    assert before.ReferencedSOPInstanceUID == opened(only(first)).SOPInstanceUID != opened(body).SOPInstanceUID


def test_without_a_region_or_a_trusted_place_the_form_refuses(filed: Filed) -> None:
    study = filed.assessment.study
    uneven = replace(study.images[0], refusals=(Flag("uneven_slices", "the slices are uneven", "region"),))
    for changed in (replace(study, regions=()), replace(study, images=(uneven,))):
        with pytest.raises(Refusal) as refused:
            RTSTRUCT.write(replace(filed, assessment=replace(filed.assessment, study=changed)))
        assert refused.value.code == "not_drawn"


def test_an_object_of_several_frames_is_named_as_a_whole(filed: Filed, no_errors: Check) -> None:
    study = filed.assessment.study
    image = replace(study.images[0], source=("1.2.3.4",))
    settings = tuple((k, v) for k, v in image.settings if k != "sop_class")
    one = replace(study, images=(replace(image, settings=settings),))
    body = only(replace(filed, assessment=replace(filed.assessment, study=one)))
    no_errors(body)
    named = opened(body).ROIContourSequence[0].ContourSequence[0].ContourImageSequence[0]
    assert (named.ReferencedSOPClassUID, named.ReferencedSOPInstanceUID) == ("1.2.840.10008.5.1.4.1.1.2.1", "1.2.3.4")
    assert "ReferencedFrameNumber" not in named


@pytest.mark.parametrize(
    ("finding", "kind"), [("lesion", "GTV"), ("node", "GTV"), ("liver", "ORGAN"), ("ptv", "PTV"), ("edema", "")]
)
def test_the_interpreted_type_follows_the_finding(finding: str, kind: str) -> None:
    assert interpreted(Region("x", Voxels.of(np.ones((1, 1, 1), bool)), finding)) == kind


def test_the_outline_of_a_real_pet_is_the_same_mask_again(data: Path, no_errors: Check) -> None:
    filed = Filed(assess(PET_RESPONSE, read(data / "sts001_raw_pet_bqml")[0]))
    body = only(filed)
    no_errors(body)
    drawn = next(r for r in filed.assessment.study.regions if r.lesion == "GTV_Mass")
    assert np.array_equal(back(filed, body)["GTV_Mass"].mask.array, drawn.mask.array > 0)


@pytest.mark.long  # its Debian package brings 190 MB of libraries
def test_plastimatch_reads_the_same_voxels_of_a_real_pet(data: Path, read_by: Callable[..., Path]) -> None:
    folder = data / "sts001_raw_pet_bqml"
    filed = Filed(assess(PET_RESPONSE, read(folder)[0]))
    words = ("convert", "--input", "object.dcm", "--referenced-ct", str(folder / "image"))
    made = read_by("plastimatch", only(filed), *words, "--output-prefix", "out", "--prefix-format", "nrrd")
    theirs = sitk.GetArrayFromImage(sitk.ReadImage(str(made / "out" / "GTV_Mass.nrrd"))) > 0
    ours = next(r for r in filed.assessment.study.regions if r.lesion == "GTV_Mass").mask.array > 0
    assert np.array_equal(theirs, ours)
