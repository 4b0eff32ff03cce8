"""The demo patients as DICOM: every object legal, every voxel and number the same by an independent reader."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from vivomap.acquire import phantom, read, visits
from vivomap.core import Assessment, Measurement, Pathway, Region, discover
from vivomap.loop import assess
from vivomap.report.dicom_identity import tracking_uid
from vivomap.report.dicom_seg import SEG, grids
from vivomap.report.dicom_sr import SR
from vivomap.report.forms import Filed

pytestmark = pytest.mark.slow  # writes whole digital patients
TIMES = ("126073", "128740")


@pytest.fixture(scope="module", params=["two_visit", "pet_ct_mr"])
def patient(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Filed, ...]:
    folder: Path = tmp_path_factory.mktemp(request.param) / "patient"
    phantom.write(request.param, folder)
    card = discover("vivomap.pathways", Pathway)[phantom.NAMES[request.param]]
    made: list[Assessment] = []
    for study in sorted(visits(tuple(read(folder)), 0), key=lambda s: str(s.day)):
        made.append(assess(card, study, tuple(made)))
    return tuple(Filed(a, tuple(made[:k])) for k, a in enumerate(made))


def voxels(image: sitk.Image, region: Region) -> set[tuple[int, ...]]:
    """The voxels of an image that another program read, as indices on the grid of the region that was written."""
    found = np.argwhere(sitk.GetArrayFromImage(image) > 0)[:, ::-1]
    turn = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    places = np.c_[found @ turn.T + image.GetOrigin(), np.ones(len(found))]
    indices = (np.linalg.inv(np.asarray(region.affine)) @ places.T).T[:, :3]
    assert np.abs(indices - np.round(indices)).max() < 0.01
    return {tuple(int(v) for v in i) for i in np.round(indices)}


def test_every_object_is_legal_and_read_back_the_same(patient: tuple[Filed, ...], no_errors, read_by) -> None:
    for filed in patient:
        laid = grids(filed)
        for grid, body in zip(laid, SEG.write(filed).values(), strict=True):
            no_errors(body)
            words = ("--inputDICOM", "object.dcm", "--outputDirectory", "{folder}", "--outputType", "nrrd")
            folder = read_by("segimage2itkimage", body, *words, "--prefix", "s")
            for segment in grid.segments:
                image = sitk.ReadImage(str(folder / f"s-{segment.number}.nrrd"))
                assert voxels(image, segment.region) == {tuple(i) for i in np.argwhere(segment.region.mask.array)}
        (body,) = SR.write(filed).values()
        no_errors(body)
        folder = read_by("tid1500reader", body, "--inputDICOM", "object.dcm", "--outputMetadata", "{folder}/m.json")
        told = json.loads((folder / "m.json").read_text())["Measurements"]
        read_ = sorted(
            float(i["value"]) for g in told for i in g["measurementItems"] if i["quantity"]["CodeValue"] not in TIMES
        )
        assert read_ == pytest.approx(sorted(m.value for m in filed.story.course.of(Measurement)), rel=1e-12)
        segments = {s.tracking for grid in laid for s in grid.segments}
        assert segments <= {g["TrackingUniqueIdentifier"] for g in told}


def test_a_lesion_keeps_its_identifier_over_the_visits_and_on_every_grid(patient: tuple[Filed, ...]) -> None:
    first, *later = patient
    lesions = {s.lesion for g in grids(first) for s in g.segments}
    assert lesions
    for filed in later:
        for lesion in lesions:
            assert tracking_uid(filed, lesion) == tracking_uid(first, lesion)
    assert tracking_uid(replace(first, by="x"), min(lesions)) == tracking_uid(first, min(lesions))
