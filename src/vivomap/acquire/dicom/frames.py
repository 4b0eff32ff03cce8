"""One file, many planes: enhanced multi-frame objects, a plan's dose grid, older multi-frame files and mosaics.

An enhanced object says what its frames share once, and what is each frame's own per frame; the frame's word goes first.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
from pydicom.dataset import Dataset

from vivomap.acquire.dicom.header import Header, floats, private_value
from vivomap.acquire.dicom.mosaic import mosaic
from vivomap.acquire.dicom.plane import Plane
from vivomap.acquire.dicom.tags import DOSE, PRIVATE
from vivomap.core import UNITS, Refusal

GROUPS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (  # functional group: (its element, the classic fact)
    ("PlanePositionSequence", (("ImagePositionPatient", ""),)),
    ("PlaneOrientationSequence", (("ImageOrientationPatient", ""),)),
    ("PixelMeasuresSequence", (("PixelSpacing", ""), ("SpacingBetweenSlices", ""))),
    ("PixelValueTransformationSequence", (("RescaleSlope", ""), ("RescaleIntercept", ""), ("RescaleType", ""))),
    ("MRDiffusionSequence", (("DiffusionBValue", ""),)),
    ("MRArterialSpinLabelingSequence", (("ASLContext", ""), ("ASLPulseTrainDuration", ""))),
    ("MREchoSequence", (("EffectiveEchoTime", "EchoTime"),)),
    ("MRTimingAndRelatedParametersSequence", (("RepetitionTime", ""), ("FlipAngle", ""))),
    ("MRModifierSequence", (("InversionTimes", "InversionTime"),)),
    ("CardiacSynchronizationSequence", (("NominalCardiacTriggerDelayTime", "TriggerTime"),)),
    ("MRImageFrameTypeSequence", (("FrameType", "ImageType"), ("ComplexImageComponent", ""))),
    ("CTImageFrameTypeSequence", (("FrameType", "ImageType"),)),
    ("PETFrameTypeSequence", (("FrameType", "ImageType"),)),
    ("ParametricMapFrameTypeSequence", (("FrameType", "ImageType"),)),
    ("CTReconstructionSequence", (("ConvolutionKernel", ""),)),
    ("CTXRayDetailsSequence", (("KVP", ""),)),
    (
        "FrameContentSequence",
        (
            ("TemporalPositionIndex", "TemporalPositionIdentifier"),
            ("FrameAcquisitionDateTime", "AcquisitionDateTime"),
            ("FrameReferenceDateTime", ""),
            ("FrameAcquisitionNumber", "AcquisitionNumber"),
            ("StackID", ""),
        ),
    ),
)
PHILIPS_FRAME = (0x2005, "Philips MR Imaging DD 005", 0x0F)  # the classic header that Philips keeps per frame


def planes(header: Header) -> tuple[Plane, ...]:
    """The planes of a file. Raises Refusal if its frames cannot be told apart."""
    count = int((floats(header.text("NumberOfFrames")) or (1.0,))[0])
    if header.text("PerFrameFunctionalGroupsSequence") or header.text("SharedFunctionalGroupsSequence"):
        return tuple(_enhanced(header, count))
    if header.text("SOPClassUID") == DOSE:
        return tuple(_dose(header, count))
    if "RECON TOMO" in header.text("ImageType"):
        return tuple(_tomographic(header, count))
    facts = header.facts
    if header.text("RealWorldValueMappingSequence"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            facts = {**facts, **real_world(header.dataset())}
    if count > 1:
        return tuple(Plane(header, facts, k) for k in range(count))
    return mosaic(header) or (Plane(header, facts),)


def _enhanced(header: Header, count: int) -> Iterator[Plane]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ds = header.dataset()
        shared = _groups((list(ds.get("SharedFunctionalGroupsSequence") or ()) or [Dataset()])[0])
        own = ds.get("PerFrameFunctionalGroupsSequence") or []
        if len(own) not in (count, 0) or (not own and count > 1):
            raise Refusal(
                "frames_unclear",
                "the number of frames and the number of frame descriptions differ",
                found=f"{len(own)} descriptions",
                expected=f"{count} frames",
            )
        base = {k: v for k, v in header.facts.items() if k != "ImagePositionPatient" or count == 1}
        for k in range(count):
            yield Plane(header, {**base, **shared, **(_groups(own[k]) if own else {})}, k)


def _groups(item: Dataset) -> dict[str, str]:
    facts: dict[str, str] = {}
    for group, elements in GROUPS:
        for inside in item.get(group) or ():
            for element, fact in elements:
                if inside.get(element) not in (None, ""):
                    facts[fact or element] = joined(inside[element].value)
            break
    facts.update(real_world(item))
    for inside in private_value(item, PHILIPS_FRAME) or ():
        for key, (name, _) in PRIVATE.items():
            value = private_value(inside, key)
            if value is not None:
                facts[name] = joined(value)
    return facts


def real_world(item: Dataset) -> dict[str, str]:
    """The one linear mapping to a unit of our table that an object or frame gives; nothing where it gives none."""
    found = list(item.get("RealWorldValueMappingSequence") or ())
    if len(found) != 1 or "RealWorldValueSlope" not in found[0]:
        return {}
    codes = list(found[0].get("MeasurementUnitsCodeSequence") or ())
    unit = str(codes[0].get("CodeValue", "")) if codes else ""
    if unit not in UNITS:
        return {}
    slope, offset = found[0].RealWorldValueSlope, found[0].get("RealWorldValueIntercept", 0.0)
    return {"RealWorldUnit": unit, "RealWorldSlope": repr(float(slope)), "RealWorldIntercept": repr(float(offset))}


def joined(value: object) -> str:
    """A value, or several, as the text of a fact."""
    if isinstance(value, str | bytes | float | int):
        return str(value).strip()
    return "\\".join(str(v).strip() for v in value)  # type: ignore[attr-defined]


def _dose(header: Header, count: int) -> Iterator[Plane]:
    """The planes of a dose grid: each lies at its offset from the first, along the normal."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ds = header.dataset()
        offsets = [float(v) for v in ds.get("GridFrameOffsetVector") or ()]
        scaling, unit = str(ds.get("DoseGridScaling", "")), str(ds.get("DoseUnits", ""))
    place, axes = floats(header.text("ImagePositionPatient")), floats(header.text("ImageOrientationPatient"))
    if len(offsets) != count or len(place) != 3 or len(axes) != 6:
        raise Refusal(
            "frames_unclear", "the planes of the dose grid have no clear place", found=f"{len(offsets)} offsets"
        )
    first = np.array(place)
    normal = np.cross(axes[:3], axes[3:])
    if offsets[0]:  # the second form of the standard: places along the axis of an axial grid
        first, offsets = first - normal * (first @ normal), offsets
    for k, offset in enumerate(offsets):
        where = "\\".join(repr(float(v)) for v in first + offset * normal)
        facts = {"ImagePositionPatient": where, "RescaleSlope": scaling, "RescaleIntercept": "0", "DoseUnits": unit}
        yield Plane(header, {**header.facts, **facts}, k)


def _tomographic(header: Header, count: int) -> Iterator[Plane]:
    """The slices of a reconstructed SPECT, from the place of the first and the spacing between them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        detectors = list(header.dataset().get("DetectorInformationSequence") or ())
        words = ("ImagePositionPatient", "ImageOrientationPatient")
        place, axes = ([float(v) for v in (detectors[0].get(w) if detectors else None) or ()] for w in words)
    step = floats(header.text("SpacingBetweenSlices"))
    if len(place) != 3 or len(axes) != 6 or (count > 1 and not step):
        raise Refusal("frames_unclear", "the slices of this SPECT have no clear place", found=f"{count} frames")
    normal = np.cross(axes[:3], axes[3:])
    for k in range(count):
        where = np.array(place) + k * (step or (1.0,))[0] * normal
        facts = {"ImagePositionPatient": joined(where.tolist()), "ImageOrientationPatient": joined(axes)}
        yield Plane(header, {**header.facts, **facts}, k)
