"""What is fuzzed: each takes the bytes of one file, and may do anything but raise."""

from __future__ import annotations

import math
import tempfile
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset

from vivomap.acquire import read
from vivomap.acquire.element import said
from vivomap.acquire.harvest.read import sheet
from vivomap.acquire.receive.judge import look
from vivomap.acquire.suv import factor
from vivomap.core import Refusal
from vivomap.core.errors import codes

from ..badfiles.objects import good, whole
from . import seeds

FOLDER = Path(tempfile.mkdtemp(prefix="fuzz"))
DISPOSITIONS = ("KEEP", "FLAG", "HOLD")
CODES = frozenset(codes())


@dataclass(frozen=True)
class Target:
    """A name, good objects to start from, and what is done with each changed one."""

    name: str
    seeds: Callable[[], Iterable[bytes]]
    one: Callable[[bytes], None]


def validator(data: bytes) -> None:
    """The receiver's look at a header: a verdict with a code that has a page, for any bytes."""
    path = FOLDER / "object"
    path.write_bytes(data)
    found = look(path, "1.2.3.1.4.4", "1.2.840.10008.5.1.4.1.1.2")
    assert found.disposition in DISPOSITIONS
    assert not found.code or found.code in CODES, found.code


def series(data: bytes) -> None:
    """A series with one slice changed: what is made of it holds numbers and places, or says why not."""
    folder = FOLDER / "series"
    folder.mkdir(exist_ok=True)
    for k in (2, 4):
        ds = good(1, k)
        ds.Rows, ds.Columns, ds.PixelData = 6, 5, bytes(range(60))
        (folder / f"{k}").write_bytes(whole(ds))
    (folder / "middle").write_bytes(data)
    found = read(folder)
    held = {h.code for h in (*found.held, *(h for s in found for h in s.held))}
    said = {f.code for s in found for i in s.images for f in (*i.refusals, *i.flags)}
    assert held | said <= CODES, (held | said) - CODES
    for image in (i for s in found for i in s.images):
        assert np.isfinite(np.asarray(image.affine)).all()
        assert image.voxels.array.size


def suv(data: bytes) -> None:
    """The factor to SUV from one header: a positive number, or a refusal."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ds = _parsed(data)
        if ds is None or said(ds, "Modality") == "":
            return
        try:
            found = factor(ds)
        except Refusal as refused:
            code = refused.code
        else:
            code = ""
            assert math.isfinite(found.value)
            assert found.value > 0
    assert not code or code in CODES, code


def _parsed(data: bytes) -> Dataset | None:
    try:
        return pydicom.dcmread(BytesIO(data), force=True)
    except Exception:  # the reading library says so of what it cannot read: the door holds such a file before
        return None


def report(data: bytes) -> None:
    """The numbers of another maker's report: each with a unit and finite, or a complaint; nothing raises."""
    path = FOLDER / "report.dcm"
    path.write_bytes(data)
    made = sheet(path)
    if made.refused:
        assert made.refused[0] in CODES, made.refused
        assert "(" not in made.refused[1] or made.refused[0] != "bad_header", made.refused
    for number in made.numbers:
        assert math.isfinite(number.value)


TARGETS = {
    t.name: t
    for t in (
        Target("validator", seeds.images, validator),
        Target("series", seeds.images, series),
        Target("suv", seeds.uptake, suv),
        Target("report", seeds.reports, report),
    )
}
