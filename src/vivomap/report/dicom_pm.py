"""The maps as DICOM Parametric Map: floating-point voxels that say what they are, in which unit, and from what.

One object for each map, every slice a frame, in the place of the images that it was made from; each frame names every
one of them (all b-values, all time points). A voxel without a value is NaN, which PS3.5 allows in floating-point
pixels, so that nobody can take it for a number; the real-world mapping covers the values that are there.
"""

from __future__ import annotations

import numpy as np
from highdicom import PlaneOrientationSequence, PlanePositionSequence, VOILUTTransformation
from highdicom.pm import DerivedPixelContrastValues, ImageFlavorValues, ParametricMap, RealWorldValueMapping
from pydicom.dataset import Dataset
from pydicom.sr.coding import Code

from vivomap.core import Image
from vivomap.report import codes
from vivomap.report.codes import Concept
from vivomap.report.dicom_identity import object_uid, uid
from vivomap.report.dicom_items import apart, coded, measures, referenced
from vivomap.report.dicom_source import file_of, headers, moment, short, sop_class, stamped
from vivomap.report.forms import Filed, Files, Form
from vivomap.report.maps import Chart, charts, flat, sources, span

SERIES_NUMBER = 9300  # project: the first of the series that maps take
LONGEST = 1024  # of a short text, PS3.5 table 6.2-1
PURPOSE = Concept("121322", "DCM", "Source image for image processing operation")
ANYWHERE = Concept("91723000", "SCT", "Anatomical Structure")
PAIRED = ("Lung", "Breast", "Kidney", "Adrenal gland", "Ovary", "Thigh")  # without a side, a slice shows both


def write(filed: Filed) -> Files:
    """`pm-1.dcm`, `pm-2.dcm` …, one for each map. Raises Refusal `not_drawn` if the visit has none."""
    return {f"pm-{chart.place}.dcm": file_of(parametric_map(filed, chart)) for chart in charts(filed)}


def parametric_map(filed: Filed, chart: Chart) -> Dataset:
    """One map as an object."""
    image, kind = chart.image, chart.kind
    planes = headers(flat(image), filed)
    low, high = span(chart, filed)
    made = ParametricMap(
        source_images=apart(planes),
        pixel_array=np.ascontiguousarray(chart.values),
        series_instance_uid=object_uid(filed.assessment, f"pm-{chart.place}-series"),
        series_number=SERIES_NUMBER + chart.place,
        sop_instance_uid=chart.uid(filed, "pm"),
        instance_number=1,
        manufacturer="vivomap",
        manufacturer_model_name="vivomap",
        software_versions=filed.version,
        device_serial_number=filed.version,
        contains_recognizable_visual_features=False,
        real_world_value_mappings=[_mapping(chart)],
        voi_lut_transformations=[VOILUTTransformation((low + high) / 2, high - low, voi_lut_function="LINEAR_EXACT")],
        content_label=kind.label.upper(),
        content_description=short(_said(chart)),
        series_description=short(f"vivomap: {kind.label} map"),
        image_flavor=ImageFlavorValues.VOLUME,
        derived_pixel_contrast=DerivedPixelContrastValues.QUANTITY,
        pixel_measures=measures(image),
        plane_orientation=PlaneOrientationSequence("PATIENT", [float(v) for v in planes[0].ImageOrientationPatient]),
        plane_positions=[PlanePositionSequence("PATIENT", list(p.ImagePositionPatient)) for p in planes],
    )
    organised = uid("dimensions", made.SOPInstanceUID)
    for item in (*made.DimensionOrganizationSequence, *made.DimensionIndexSequence):
        item.DimensionOrganizationUID = organised
    made.ContentCreatorName = ""
    made.SharedFunctionalGroupsSequence[0].FrameAnatomySequence = [_anatomy(filed, chart)]
    _ordered(made, chart)
    _derived(made, chart)
    return stamped(made, moment(filed))


def _mapping(chart: Chart) -> RealWorldValueMapping:
    """What a stored value means: itself, in its unit, of its quantity."""
    finite = chart.values[np.isfinite(chart.values)]
    ends = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    return RealWorldValueMapping(
        lut_label=chart.kind.label,
        lut_explanation=short(_said(chart)),
        unit=Code(*codes.unit(chart.image.unit)),
        value_range=ends,
        slope=1.0,
        intercept=0.0,
        quantity_definition=Code(*chart.kind.quantity),
    )


def _said(chart: Chart) -> str:
    """How the map was made, in words."""
    told = [chart.image.text(name) for name in ("fit", "suv_rule")]
    told += [f"b = {b} s/mm2" for b in [chart.image.text("b_values")] if b]
    return "; ".join((chart.kind.quantity.meaning, *(t for t in told if t)))


def _anatomy(filed: Filed, chart: Chart) -> Dataset:
    """Where the map lies: the site and side that its regions share; without one, an anatomical structure."""
    placed = {codes.site(r.finding, r.site) for r in chart.regions(filed)}
    where, side = placed.pop() if len(placed) == 1 else (None, None)
    ds = Dataset()
    ds.AnatomicRegionSequence = [coded(where or ANYWHERE)]
    both = "B" if side == codes.SIDES["bilateral"] or (where and where.meaning in PAIRED) else "U"
    ds.FrameLaterality = next((s[0].upper() for s in ("left", "right") if side == codes.SIDES[s]), both)
    return ds


def _ordered(made: Dataset, chart: Chart) -> None:
    """Put the frames in the order of the map's slices, up the normal, as dcmqi expects and highdicom does not."""
    affine = np.asarray(chart.image.affine, float)
    step = affine[:3, 0] / (affine[:3, 0] @ affine[:3, 0])

    def slice_of(frame: Dataset) -> int:
        place = np.array(frame.PlanePositionSequence[0].ImagePositionPatient, float)
        return round(float((place - affine[:3, 3]) @ step))

    frames = sorted(made.PerFrameFunctionalGroupsSequence, key=slice_of)
    for k, frame in enumerate(frames, 1):
        frame.FrameContentSequence[0].DimensionIndexValues = [k]
    made.PerFrameFunctionalGroupsSequence = frames
    made.FloatPixelData = chart.values.astype("<f4").tobytes()


def _derived(made: Dataset, chart: Chart) -> None:
    """Name how each frame was derived, every object that it was made from, and the warnings of its numbers."""
    image = chart.image
    told = "; ".join((_said(chart), *(f"warning {code}" for code in chart.warnings)))[:LONGEST]
    for k, frame in enumerate(made.PerFrameFunctionalGroupsSequence):
        item = Dataset()
        item.DerivationDescription = told
        item.DerivationCodeSequence = [coded(c) for c in chart.kind.derived or (chart.kind.quantity,)]
        item.SourceImageSequence = [_source(image, s) for s in sources(image, k)]
        frame.DerivationImageSequence = [item]
    series = Dataset()
    series.SeriesInstanceUID = image.text("series_uid")
    series.ReferencedInstanceSequence = [referenced(sop_class(image), s) for s in dict.fromkeys(image.source)]
    made.ReferencedSeriesSequence = [series]


def _source(image: Image, instance: str) -> Dataset:
    ds = referenced(sop_class(image), instance)
    ds.PurposeOfReferenceCodeSequence = [coded(PURPOSE)]
    return ds


PM = Form("pm", "dcm", write, "The maps behind the numbers as DICOM Parametric Map, floating point")
