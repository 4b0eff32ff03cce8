"""Small good objects to start from: images of three modalities in every plain syntax, outlines and a report."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator

from pydicom.dataset import Dataset
from pydicom.uid import RLELossless

from vivomap.acquire.phantom import suv_cases
from vivomap.acquire.receive.part10 import header

from ..acquire.harvest.conftest import report
from ..badfiles.objects import BIG, DEFLATED, EXPLICIT, IMPLICIT, encoded, good, whole

SYNTAXES = (EXPLICIT, IMPLICIT, BIG)
SUVS = ("DRO_0_0", "DRO_2_4", "DRO_3_3_1", "DRO_4_1", "zones_differ", "DRO_2_2_0", "centimetres")


def images() -> Iterator[bytes]:
    """A slice of CT and MR in each syntax, one deflated and one compressed."""
    for modality in ("CT", "MR"):
        ds = small(modality)
        yield from (whole(ds, syntax=syntax) for syntax in SYNTAXES)
    ds = small("CT")
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = squeeze.compress(encoded(ds)) + squeeze.flush()
    yield header(str(ds.SOPClassUID), str(ds.SOPInstanceUID), DEFLATED) + packed
    yield encoded(ds, IMPLICIT)
    ds.compress(RLELossless, generate_instance_uid=False)
    buffer = io.BytesIO()
    ds.save_as(buffer, enforce_file_format=True)
    yield buffer.getvalue()


def small(modality: str) -> Dataset:
    """A slice of 6 x 5 pixels, with a sequence and a private block."""
    ds = good(1, modality=modality)
    ds.Rows, ds.Columns, ds.PixelData = 6, 5, bytes(range(60))
    item = Dataset()
    item.ReferencedSOPInstanceUID = "1.2.3.4"
    ds.ReferencedImageSequence = [item]
    if modality == "MR":
        ds.DiffusionBValue, ds.EchoTime, ds.RepetitionTime = 800.0, 60, 3000
        ds.private_block(0x2005, "Philips MR Imaging DD 001", create=True).add_new(0x0E, "FL", 2.0)
    return ds


def reports() -> Iterator[bytes]:
    """A measurement report of another maker."""
    yield whole(report())


def uptake() -> Iterator[bytes]:
    """A slice of PET for each way of writing a SUV."""
    for name in SUVS:
        ds = suv_cases.made(suv_cases.case_named(name))[0]
        ds.Rows, ds.Columns, ds.PixelData = 2, 2, bytes(8)
        yield whole(ds)
