"""The maps as colour pictures for an archive that cannot show maps: DICOM multi-frame true colour secondary capture.

One object for each map; a frame is the map on its anatomy and alone, with colour bar and unit (`canvas`). Frames are
the slices that cut an outlined lesion and two on either side; all slices where no lesion is outlined on the map's grid.
The pictures are for looking; numbers are in the report and in the parametric map.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.tag import Tag
from pydicom.uid import ExplicitVRLittleEndian

from vivomap.core import Image, Region, spoken
from vivomap.report.anatomy import anatomy, grey_slice
from vivomap.report.canvas import WORDS, Canvas, Slice, masks
from vivomap.report.dicom_identity import object_uid
from vivomap.report.dicom_source import about, decimals, file_of, moment, short, stamped
from vivomap.report.forms import Filed, Files, Form
from vivomap.report.maps import Chart, charts, span
from vivomap.report.plane import plane_of
from vivomap.report.words import scale

SC_CLASS = "1.2.840.10008.5.1.4.1.1.7.4"
SERIES_NUMBER = 9600  # project: the first of the series that pictures take
MOST_WARNINGS = 2  # project: the report has all of them
AROUND = 2  # project: slices shown above and below a lesion
PLAIN = {"mm2/s": "x 10^-3 mm2/s"}  # units whose raised figures the type of the picture lacks


def write(filed: Filed) -> Files:
    """`sc-1.dcm`, `sc-2.dcm` …, one for each map. Raises Refusal `not_drawn` if the visit has none."""
    return {f"sc-{chart.place}.dcm": file_of(capture(filed, chart)) for chart in charts(filed)}


def capture(filed: Filed, chart: Chart) -> Dataset:
    """One map as an object of pictures."""
    at, regions = moment(filed), chart.regions(filed)
    shown = shown_slices(regions, chart.image)
    canvas = _canvas(chart, filed)
    frames = np.stack([canvas.draw(s) for s in _slices(filed, chart, regions, shown)])
    ds = about(filed, chart.image.text("sex"))
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID, ds.SOPInstanceUID = SC_CLASS, chart.uid(filed, "sc")
    ds.StudyInstanceUID = chart.image.text("study_uid")
    ds.SeriesInstanceUID = object_uid(filed.assessment, f"sc-{chart.place}-series")
    ds.Modality, ds.SeriesNumber, ds.InstanceNumber = "OT", SERIES_NUMBER + chart.place, 1
    ds.SeriesDescription = short(f"vivomap {chart.kind.label}: {WORDS}")
    ds.Laterality, ds.PatientOrientation = "", _orientation(chart.image)
    ds.ConversionType, ds.ImageType = "WSD", ["DERIVED", "SECONDARY"]
    ds.Manufacturer = ds.ManufacturerModelName = "vivomap"
    ds.SoftwareVersions = ds.DeviceSerialNumber = filed.version
    ds.BurnedInAnnotation, ds.RecognizableVisualFeatures, ds.LossyImageCompression = "NO", "NO", "00"
    ds.DerivationDescription = f"{chart.kind.quantity.meaning} in colour. {WORDS}"
    _pixels(ds, frames, chart.image, canvas)
    ds.SliceLocationVector = decimals([_height(chart.image, k) for k in shown])
    ds.FrameIncrementPointer = Tag("SliceLocationVector")
    return stamped(ds, at)


def shown_slices(regions: Sequence[Region], image: Image) -> tuple[int, ...]:
    """The slices that are shown, in their order."""
    count = image.shape[0]
    if not regions:
        return tuple(range(count))
    cut = np.any([r.mask.array.reshape(count, -1).any(axis=1) for r in regions], axis=0)
    near = {k + step for k in np.flatnonzero(cut).tolist() for step in range(-AROUND, AROUND + 1)}
    return tuple(sorted(near & set(range(count))))


def _slices(filed: Filed, chart: Chart, regions: Sequence[Region], shown: Sequence[int]) -> list[Slice]:
    """What each picture is made of."""
    under = anatomy(chart, filed)
    site = " ".join(f"{r.site} {r.finding}" for r in regions)
    letters = [filed.story.letter(r.lesion) for r in regions]
    what = " ".join(dict.fromkeys((chart.kind.label, chart.kind.quantity.meaning)))
    there = f"anatomy: {'the map itself' if under is chart.image else under.role.upper()}"
    made = []
    for k in shown:
        said = (what, f"slice {k + 1} of {chart.image.shape[0]}; {there}; colour in lesions (left), everywhere (right)")
        grey = grey_slice(under, chart, k, site)
        made.append(Slice(chart.values[k], grey, masks(regions, letters, k), said, _warned(chart)))
    return made


def _warned(chart: Chart) -> str:
    """The warnings of the map's numbers, as many as there is room for."""
    more = len(chart.warnings) - MOST_WARNINGS
    named = ", ".join(chart.warnings[:MOST_WARNINGS]) + (f" and {more} more" if more > 0 else "")
    return f"Warnings: {named}" if named else ""


def _canvas(chart: Chart, filed: Filed) -> Canvas:
    low, high = span(chart, filed)
    factor, _ = scale(chart.image.unit)
    ticks = (f"{low * factor:.3g}", f"{(low + high) / 2 * factor:.3g}", f"{high * factor:.3g} and above")
    unit = PLAIN.get(chart.image.unit) or spoken(chart.image.unit) or "ratio"
    _, rows, columns = chart.image.shape
    return Canvas(chart.image.affine, (rows, columns), low, high, ticks, unit)


def _pixels(ds: Dataset, frames: np.ndarray, image: Image, canvas: Canvas) -> None:
    """The pictures, and the size of their pixels where the image has lengths that can be trusted."""
    count, ds.Rows, ds.Columns, ds.SamplesPerPixel = frames.shape
    ds.NumberOfFrames, ds.PhotometricInterpretation, ds.PlanarConfiguration = count, "RGB", 0
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 8, 8, 7, 0
    if not any(flag.denies == "mm" for flag in image.refusals):
        ds.PixelSpacing = decimals([canvas.pixel_mm] * 2)
        ds.PixelSpacingCalibrationType = "GEOMETRY"
        ds.PixelSpacingCalibrationDescription = "resampled from the map"
    body = frames.tobytes()
    ds.PixelData = body + b"\0" * (len(body) % 2)
    ds["PixelData"].VR = "OB"


def _orientation(image: Image) -> list[str]:
    """Where the rows and the columns of a picture point to in the patient; head and feet are H and F in DICOM."""
    _, right, _, down = plane_of(image.affine).edges
    return [letters.replace("S", "H").replace("I", "F") for letters in (right, down)]


def _height(image: Image, k: int) -> float:
    """Where slice k lies along the normal of the slices, mm."""
    affine = np.asarray(image.affine, float)
    normal = np.cross(affine[:3, 2], affine[:3, 1])
    return float((affine @ (k, 0, 0, 1))[:3] @ normal / np.linalg.norm(normal))


SC = Form("sc", "dcm", write, "The maps as colour pictures, DICOM secondary capture")
