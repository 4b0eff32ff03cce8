"""Parts of DICOM objects."""

import numpy as np
from pydicom.dataset import Dataset

from vivomap.core import Image, Voxels, affine_of
from vivomap.report.codes import LIVER
from vivomap.report.dicom_items import apart, coded, measures, referenced


def test_a_concept_and_a_reference_say_what_they_stand_for() -> None:
    code = coded(LIVER)
    assert (code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning) == ("10200004", "SCT", "Liver")
    named = referenced("1.2.3", "1.2.4")
    assert (named.ReferencedSOPClassUID, named.ReferencedSOPInstanceUID) == ("1.2.3", "1.2.4")


def test_measures_are_those_of_the_grid_and_one_slice_has_no_step() -> None:
    affine = affine_of(np.array([[0, 0, 0.5, 0], [0, 0.7, 0, 0], [3.0, 0, 0, 0], [0, 0, 0, 1]]))
    many = Image("ct", Voxels.of(np.zeros((4, 2, 2))), "[hnsf'U]", affine, settings=(("slice_thickness_mm", 2.0),))
    (item,) = measures(many)
    assert [float(v) for v in item.PixelSpacing] == [0.7, 0.5]
    assert (float(item.SliceThickness), float(item.SpacingBetweenSlices)) == (2.0, 3.0)
    one = Image("ct", Voxels.of(np.zeros((1, 2, 2))), "[hnsf'U]", affine)
    assert "SpacingBetweenSlices" not in measures(one)[0]


def test_planes_of_one_object_are_told_apart_always_in_the_same_way() -> None:
    def planes() -> list[Dataset]:
        made = [Dataset(), Dataset()]
        for plane in made:
            plane.SOPInstanceUID, plane.SOPClassUID, plane.Modality = "1.2.3", "1.2.840.10008.5.1.4.1.1.2.1", "CT"
        return made

    first, second = apart(planes())
    assert first.SOPInstanceUID != second.SOPInstanceUID
    assert first.SOPClassUID == "1.2.840.10008.5.1.4.1.1.2"
    assert [p.SOPInstanceUID for p in apart(planes())] == [first.SOPInstanceUID, second.SOPInstanceUID]
