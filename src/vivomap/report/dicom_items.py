"""Small parts that several DICOM objects share: codes, references, pixel measures, stand-ins for planes."""

from __future__ import annotations

from highdicom import PixelMeasuresSequence
from pydicom.dataset import Dataset

from vivomap.core import Image
from vivomap.report.codes import Concept
from vivomap.report.dicom_identity import uid
from vivomap.report.dicom_source import SINGLE, thickness_mm


def coded(concept: Concept) -> Dataset:
    """A concept as an item of a code sequence."""
    ds = Dataset()
    ds.CodeValue, ds.CodingSchemeDesignator, ds.CodeMeaning = concept
    return ds


def referenced(sop_class: str, instance: str) -> Dataset:
    """An object as an item of a sequence of references."""
    ds = Dataset()
    ds.ReferencedSOPClassUID, ds.ReferencedSOPInstanceUID = sop_class, instance
    return ds


def measures(image: Image) -> PixelMeasuresSequence:
    """Pixel spacing and slice step; the step is left out where there is one slice."""
    slice_step, *in_plane = image.spacing_mm
    return PixelMeasuresSequence(in_plane, thickness_mm(image), slice_step if image.shape[0] > 1 else None)


def apart(planes: list[Dataset]) -> list[Dataset]:
    """Stand-ins for planes of which several may be one object: highdicom wants a name and a single frame of each.

    Who uses them puts the true references into the object that is made.
    """
    for k, plane in enumerate(planes):
        plane.SOPInstanceUID = uid("frame", plane.SOPInstanceUID, str(k))
        plane.SOPClassUID = SINGLE.get(plane.Modality, SINGLE["MR"])
    return planes
