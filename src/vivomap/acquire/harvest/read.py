"""One file as a sheet of numbers and complaints, whatever it holds; what cannot be read is refused with its code.

Nothing leaves this function but a sheet: what a file makes the libraries raise becomes the refusal of that file.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset

from vivomap.acquire.dicom.header import head
from vivomap.acquire.dicom.tags import CLASSES, PARAMETRIC_MAP
from vivomap.acquire.harvest import dicom_json, dose, parametric_map, rtstruct, seg, sr, text
from vivomap.acquire.harvest.complaints import Book
from vivomap.acquire.harvest.concepts import concept_of, key
from vivomap.acquire.harvest.found import Number, Sheet
from vivomap.acquire.harvest.origin import Origin
from vivomap.acquire.harvest.pattern import MOST_BYTES, Pattern
from vivomap.acquire.harvest.tree import tree
from vivomap.core import Missing, Refusal

LARGEST = 64 << 20  # bytes of a report (rule R8)
REPORTS = CLASSES + "88."
KEY_OBJECTS = CLASSES + "88.59"  # key object selection: names images, holds no number
TEXTS = (".txt", ".text", ".rpt", ".log")
Numbers = Iterable[Number | Missing]
IMAGES: dict[str, tuple[str, Callable[[Dataset, Origin, Book], Numbers]]] = {
    CLASSES + "66.4": ("seg", seg.numbers),
    CLASSES + "66.7": ("seg", seg.numbers),
    CLASSES + "481.3": ("rtstruct", rtstruct.numbers),
    PARAMETRIC_MAP: ("parametric_map", parametric_map.numbers),
}


def sheet(path: Path, declared: Sequence[Pattern] = ()) -> Sheet:
    """What one file holds; never raises but for the system's own interrupts."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the complaints are ours to make
            return _sheet(path, declared)
    except Refusal as refusal:
        return Sheet(spelled(path), refused=(refusal.code, _reason(refusal)))
    except OSError as error:
        return Sheet(spelled(path), refused=("unreadable_file", f"the file cannot be read ({error.strerror})"))
    except RecursionError:
        return Sheet(spelled(path), refused=("nested_too_deep", "items are nested deeper than can be read"))
    except Exception as error:  # what the libraries raise for bytes of strangers; the file is refused either way
        return Sheet(spelled(path), refused=("bad_header", f"the object cannot be read ({type(error).__name__})"))


def spelled(path: Path) -> str:
    """A path as text, with every byte that is no UTF-8 spelled out: such text can be neither kept nor sent."""
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _reason(refusal: Refusal) -> str:
    return "; ".join(p for p in (refusal.summary, f"found {refusal.found}" if refusal.found else "") if p)


def _sheet(path: Path, declared: Sequence[Pattern]) -> Sheet:
    book = Book()
    data = path.read_bytes() if path.stat().st_size <= LARGEST else b""
    digest = hashlib.sha256(data).hexdigest()
    if data[:1] == b"{" or path.suffix.lower() == ".json":
        return _report(dicom_json.dataset(data, book), (path, digest), declared, book)
    if path.suffix.lower() in TEXTS:
        return _text(path, data, digest, declared)
    header = head(path, [])
    sop = header.text("SOPClassUID")
    if sop in IMAGES:
        kind, numbers = IMAGES[sop]
        ds = pydicom.dcmread(path, force=True)
        origin = Origin.of(ds, kind, digest if data else _digest(path))
        return _filled(path, origin, list(numbers(ds, origin, book)), book)
    if not sop.startswith(REPORTS) or sop == KEY_OBJECTS:
        raise Refusal("not_harvested", f"objects of this class hold no number to harvest ({header.text('Modality')})")
    if not data:
        raise Refusal("report_too_large", "the report is larger than any report", expected=f"at most {LARGEST} bytes")
    return _report(header.dataset(), (path, digest), declared, book)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _report(ds: Dataset, place: tuple[Path, str], declared: Sequence[Pattern], book: Book) -> Sheet:
    """A structured report: a dose report where its title says so, else any other."""
    path, digest = place
    title = key(concept_of(ds, "ConceptNameCodeSequence", Book(), "1"))
    kind, numbers = ("dose", dose.numbers) if title in dose.REPORTS else ("sr", sr.numbers)
    origin = Origin.of(ds, kind, digest)
    found = list(numbers(ds, origin, book))
    if declared:
        found += text.of_items(tree(ds, Book()), declared, origin, book)
    return _filled(path, origin, found, book)


def _text(path: Path, data: bytes, digest: str, declared: Sequence[Pattern]) -> Sheet:
    """A text report. Raises Refusal without patterns, or if the text is too long or no text."""
    if not declared:
        raise Refusal("no_pattern", "a text report is read by declared patterns alone", hint="give --patterns FILE")
    if not data or len(data) > MOST_BYTES:
        raise Refusal("report_too_large", "the text is empty or too long", expected=f"1 to {MOST_BYTES} bytes")
    try:
        body = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        body = data.decode("latin-1")  # every byte is a letter there; figures and units are ASCII in both
    book = Book()
    origin = Origin("text", "", "", None, (("file", path.name),), digest)
    return _filled(path, origin, list(text.numbers(body, declared, origin, book)), book)


def _filled(path: Path, origin: Origin, found: Sequence[Number | Missing], book: Book) -> Sheet:
    return Sheet(
        spelled(path),
        origin.kind,
        origin.uid,
        origin.patient,
        origin.maker,
        tuple(n for n in found if isinstance(n, Number)),
        tuple(n for n in found if isinstance(n, Missing)),
        book.told(),
    )
