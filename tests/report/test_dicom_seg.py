"""The outlines as DICOM Segmentation: the same voxels, places and identifiers, by readers of other makers."""

import io
import json
from dataclasses import replace

import highdicom
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk

from vivomap.acquire import read
from vivomap.core import Flag, Image, Refusal, Region, Voxels, affine_of
from vivomap.loop import assess
from vivomap.pathways.pet_response import PATHWAY as PET_RESPONSE
from vivomap.report.dicom_identity import tracking_uid
from vivomap.report.dicom_seg import SEG, grids
from vivomap.report.forms import Filed

READ = ("--inputDICOM", "object.dcm", "--outputDirectory", "{folder}", "--outputType", "nrrd", "--prefix", "s")


def only(filed: Filed) -> bytes:
    (body,) = SEG.write(filed).values()
    return body


def with_regions(filed: Filed, *regions: Region) -> Filed:
    study = replace(filed.assessment.study, regions=regions)
    return replace(filed, assessment=replace(filed.assessment, study=study))


def with_image(filed: Filed, image: Image, mask: np.ndarray) -> Filed:
    old = filed.assessment.study.regions[0]
    study = replace(
        filed.assessment.study,
        images=(image,),
        regions=(replace(old, mask=Voxels.of(mask), affine=image.affine, tracking="", lesion="lung"),),
    )
    return Filed(replace(filed.assessment, study=study), recorded=filed.recorded)


def test_a_segmentation_has_no_errors_and_every_frame_of_each_segment(filed: Filed, no_errors) -> None:
    body = only(filed)
    no_errors(body)
    ds = pydicom.dcmread(io.BytesIO(body))
    assert ds.SegmentationType == "BINARY"
    assert ds.NumberOfFrames == 2 * filed.assessment.study.images[0].shape[0]
    assert ds.PatientID == "VM-SMALL"
    assert (ds.PatientName, ds.PatientBirthDate, ds.AccessionNumber) == ("", "", "")


def test_dcmqi_reads_the_same_voxels_in_the_same_place_with_the_same_identifiers(filed: Filed, read_by) -> None:
    folder = read_by("segimage2itkimage", only(filed), *READ)
    told = [each[0] for each in json.loads((folder / "s-meta.json").read_text())["segmentAttributes"]]
    (grid,) = grids(filed)
    assert len(told) == len(grid.segments) == 2
    for segment, attributes in zip(grid.segments, told, strict=True):
        image = sitk.ReadImage(str(folder / f"s-{segment.number}.nrrd"))
        assert np.array_equal(sitk.GetArrayFromImage(image) > 0, segment.region.mask.array)
        corner = np.asarray(segment.region.affine) @ (0, 0, 0, 1)
        assert image.GetOrigin() == pytest.approx(corner[:3])
        assert attributes["TrackingUniqueIdentifier"] == tracking_uid(filed, segment.lesion)
        assert attributes["TrackingIdentifier"] == segment.lesion
        assert attributes["SegmentedPropertyTypeCodeSequence"]["CodeValue"] == "52988006"


def test_highdicom_reads_its_own_and_each_frame_names_the_slice_that_it_lies_on(filed: Filed) -> None:
    body = only(filed)
    volume = highdicom.seg.segread(io.BytesIO(body)).get_volume()
    (grid,) = grids(filed)
    assert volume.array.shape[:3] == grid.image.shape
    ds = pydicom.dcmread(io.BytesIO(body))
    place = {s: k for k, s in enumerate(grid.image.source)}
    for frame in ds.PerFrameFunctionalGroupsSequence:
        source = frame.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
        corner = np.asarray(grid.image.affine) @ (place[source], 0, 0, 1)
        assert [float(v) for v in frame.PlanePositionSequence[0].ImagePositionPatient] == pytest.approx(corner[:3])


def test_our_own_door_reads_the_segments_back_as_the_same_regions(filed: Filed, small, tmp_path) -> None:
    body = only(filed)
    for path in (small.visit(1) / "ct").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "seg.dcm").write_bytes(body)
    (study,) = read(tmp_path)
    back = {r.name: r for r in study.regions}
    for region in filed.assessment.study.regions:
        assert back[region.lesion].mask == replace(region, mask=Voxels.of(region.mask.array.astype(bool))).mask
        assert back[region.lesion].tracking == tracking_uid(filed, region.lesion)


def test_writing_it_again_gives_the_same_bytes(filed: Filed) -> None:
    assert only(filed) == only(replace(filed))


def test_an_empty_region_has_no_segment_and_without_any_the_form_refuses(filed: Filed) -> None:
    first, second = filed.assessment.study.regions
    gone = replace(second, mask=Voxels.of(np.zeros(first.mask.array.shape, bool)))
    (grid,) = grids(with_regions(filed, first, gone))
    assert [s.lesion for s in grid.segments] == [first.lesion]
    for regions in ((gone,), ()):
        with pytest.raises(Refusal) as refused:
            SEG.write(with_regions(filed, *regions))
        assert refused.value.code == "not_drawn"


def test_a_region_on_an_image_that_dicom_cannot_name_has_no_segment(filed: Filed) -> None:
    study = filed.assessment.study
    for lacking in ("series_uid", "study_uid", "frame_of_reference"):
        image = replace(study.images[0], settings=tuple((k, v) for k, v in study.images[0].settings if k != lacking))
        without = replace(filed, assessment=replace(filed.assessment, study=replace(study, images=(image,))))
        assert grids(without) == ()


def oblique(slices: int) -> np.ndarray:
    """A grid that is turned, with slices from head to feet."""
    turn = np.array([[0.8, -0.6, 0], [0.6, 0.8, 0], [0, 0, 1.0]])
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.array([[0, 0, 1.25], [0, 0.75, 0], [-3.3, 0, 0]])
    affine[:3, 3] = (-20.123456789, 11.5, 90 / 7)
    return affine


@pytest.mark.parametrize("kind", ["many objects", "one object", "one slice"])
def test_turned_flipped_multi_frame_and_single_slices_keep_their_voxels(filed, no_errors, read_by, kind: str) -> None:
    shape = (1 if kind == "one slice" else 6, 9, 11)
    mask = np.zeros(shape, bool)
    mask[0, 2:5, 3:9] = mask[-1, 1:3, 1] = True
    uids = tuple(f"1.2.826.0.1.7.{k}" for k in range(1 if kind == "one object" else shape[0]))
    settings = (
        ("modality", "MR"),
        ("study_uid", "1.2.3.1"),
        ("series_uid", "1.2.3.2"),
        ("frame_of_reference", "1.2.4"),
    )
    image = Image("mr", Voxels.of(np.zeros(shape)), "1", affine_of(oblique(6)), settings=settings, source=uids)
    one = with_image(filed, image, mask)
    body = only(one)
    no_errors(body)
    ds = pydicom.dcmread(io.BytesIO(body))
    named = [i.ReferencedSOPInstanceUID for i in ds.ReferencedSeriesSequence[0].ReferencedInstanceSequence]
    assert sorted(named) == sorted(uids)
    assert ("DerivationImageSequence" in ds.PerFrameFunctionalGroupsSequence[0]) == (kind != "one object")
    folder = read_by("segimage2itkimage", body, *READ)
    back = sitk.ReadImage(str(folder / "s-1.nrrd"))
    found = np.argwhere(sitk.GetArrayFromImage(back) > 0)
    there = sorted(tuple(np.round(back.TransformIndexToPhysicalPoint([int(v) for v in i[::-1]]), 3)) for i in found)
    wanted = sorted(tuple(np.round((oblique(6) @ (*i, 1))[:3], 3)) for i in np.argwhere(mask))
    assert np.allclose(there, wanted, atol=2e-3)


def test_the_same_lesion_on_pet_and_ct_has_a_segment_on_each_with_one_identifier(small_pet, small, no_errors) -> None:
    (pet,) = read(small_pet)
    (ct,) = read(small.visit(0))
    drawn = (*pet.regions, *(r for r in ct.regions if r.name == pet.regions[0].name))
    both = replace(pet, images=(*pet.images, *ct.images), regions=drawn, uid=(*pet.uid, *ct.uid))
    filed = Filed(assess(PET_RESPONSE, both))
    for body in SEG.write(filed).values():
        no_errors(body)
    assert {s.tracking for g in grids(filed) for s in g.segments} == {tracking_uid(filed, drawn[0].name)}


def test_an_image_on_which_no_number_holds_carries_no_segment(filed: Filed) -> None:
    """Uneven slices: the affine does not say where a slice lies, so an outline would not lie where it was drawn."""
    study = filed.assessment.study
    uneven = replace(study.images[0], refusals=(Flag("uneven_slices", "the slices are uneven", "region"),))
    told = replace(filed, assessment=replace(filed.assessment, study=replace(study, images=(uneven,))))
    with pytest.raises(Refusal) as refused:
        SEG.write(told)
    assert refused.value.code == "not_drawn"
    assert "even slices" in refused.value.expected
