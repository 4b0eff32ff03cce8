"""What was drawn: outlines (RTSTRUCT), segmentations (SEG) and solids in mm as regions; found by name; written."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from pydicom.dataset import Dataset

from vivomap.acquire.element import UNREADABLE, said
from vivomap.acquire.regions.drawn import Drawn, drawn, parse
from vivomap.acquire.regions.export import export
from vivomap.acquire.regions.names import find
from vivomap.acquire.regions.rtstruct import structures
from vivomap.acquire.regions.seg import segments
from vivomap.core import Flag, Held, Image, Refusal, Region, same_grid

__all__ = ["Drawn", "drawn", "export", "find", "from_dicom", "parse"]

READERS = {"RTSTRUCT": structures, "SEG": segments}


def from_dicom(datasets: Sequence[Dataset], images: Sequence[Image]) -> tuple[tuple[Region, ...], tuple[Held, ...]]:
    """The regions of structure sets and segmentations on the grids of the images, and what could be no region.

    The order of the data sets does not matter. A name that two objects give on one grid is followed by a number.
    """
    regions: list[Region] = []
    held: list[Held] = []
    for ds in sorted(datasets, key=lambda d: said(d, "SOPInstanceUID")):
        for one in _read(ds, images):
            if isinstance(one, Region):
                regions.append(one)
            else:
                held.append(Held(_place(ds), one.code, f"{one.where}: {one.summary}" if one.where else one.summary))
    return _told_apart(regions), tuple(held)


def _read(ds: Dataset, images: Sequence[Image]) -> Iterable[Region | Refusal]:
    """The regions of one object; a refusal of the whole object is its only item."""
    reader = READERS.get(said(ds, "Modality"))
    if reader is None:
        return (Refusal("not_a_region", "the object is neither a structure set nor a segmentation"),)
    try:
        return tuple(reader(ds, images))
    except Refusal as refusal:
        return (refusal,)
    except UNREADABLE as error:  # what the library raises for a value that it cannot make
        found = type(error).__name__
        return (Refusal("bad_header", "the object holds a value that cannot be read", found=found),)


def _place(ds: Dataset) -> str:
    """The file of an object, or its UID where it came from no file."""
    name = getattr(ds, "filename", None)
    return str(name) if isinstance(name, str) or hasattr(name, "__fspath__") else said(ds, "SOPInstanceUID")


def _told_apart(regions: Sequence[Region]) -> tuple[Region, ...]:
    """Regions of one name on one grid get a number each, so that nobody measures the one and means the other."""
    named = []
    for one in regions:
        twins = [r for r in regions if r.name == one.name and same_grid(r, one)]
        if len(twins) > 1:
            number = 1 + next(i for i, twin in enumerate(twins) if twin is one)
            reason = f"{len(twins)} regions of this visit are called {one.name!r} on one grid"
            one = replace(one, name=f"{one.name} ({number})", flags=(*one.flags, Flag("name_twice", reason)))
        named.append(one)
    return tuple(named)
