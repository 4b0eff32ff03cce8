"""From a folder of patients to a folder of pseudonyms: neutral names, nothing half done, the input never touched.

Everything is made in a folder beside the one asked for, which gets its name when all of it is there. The same input
and key give the same bytes.
"""

from __future__ import annotations

import os
import shutil
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from vivomap.acquire.deidentify import attributes, hold, pixels, reading, sealed
from vivomap.acquire.deidentify.attributes import Tally
from vivomap.acquire.deidentify.key import Key
from vivomap.acquire.deidentify.marks import mark
from vivomap.acquire.deidentify.report import Summary
from vivomap.acquire.deidentify.uids import pseudonym
from vivomap.acquire.deidentify.values import Who
from vivomap.acquire.dicom.header import head
from vivomap.acquire.dicom.template import Template
from vivomap.acquire.element import said
from vivomap.core import Held, Refusal

LEVELS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
REPORTS = ("deid-report.json", "deid-report.txt")


@dataclass(frozen=True)
class Order:
    """What to do: from where, to where, with which key; what a person has approved, and who."""

    sources: tuple[Path, ...]
    out: Path
    key: Key
    key_file: Path
    approved: frozenset[str] = frozenset()
    approved_by: str = ""
    dry: bool = False


@dataclass(frozen=True)
class _Run:
    """What has been done so far."""

    order: Order
    stage: Path
    tally: Tally = field(default_factory=Counter)
    pixels: Counter[str] = field(default_factory=Counter)
    held: list[Held] = field(default_factory=list)
    originals: dict[str, tuple[str, ...]] = field(default_factory=dict)
    written: dict[Path, tuple[str, ...]] = field(default_factory=dict)


def deidentify(order: Order, progress: Callable[[int, int], None] = lambda done, total: None) -> Summary:
    """De-identify every object below the sources into a new folder, and say what was done.

    Raises Refusal if there is no file, if the output is not empty or lies within the input, or if it cannot be written.
    """
    paths = sorted({p for source in order.sources for p in _files(source)}, key=str)
    if not paths:
        raise Refusal("empty_folder", "there is no file to read", where=", ".join(map(str, order.sources)))
    _may_write(order)
    run = _Run(order, order.out.with_name(f".{order.out.name[:32]}.{uuid4().hex}.part"))
    try:
        templates: list[Template] = []
        for done, path in enumerate(paths, 1):
            try:
                _one(run, path, templates)
            except Refusal as refusal:
                run.held.append(Held(str(path), refusal.code, refusal.summary))
            progress(done, len(paths))
        summary = _summary(run)
        if not order.dry:
            _finish(run, summary)
    finally:
        shutil.rmtree(run.stage, ignore_errors=True)
    return summary


def load(path: Path, templates: list[Template]) -> Dataset:
    """One object, whole. Raises Refusal if the file holds none that can be read."""
    data = path.read_bytes()
    try:
        head(path, templates)
        ds = pydicom.dcmread(BytesIO(data), force=True)
    except (Refusal, MemoryError):
        raise
    except Exception as error:  # pydicom raises what its parts raise
        raise Refusal("bad_header", "the object cannot be read", found=type(error).__name__) from None
    syntax = ds.file_meta.get("TransferSyntaxUID") if "file_meta" in vars(ds) else None
    if syntax is None:
        implicit, little = ds.original_encoding
        syntax = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian if little else ExplicitVRBigEndian
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax
    ds.preamble = b"\0" * 128
    return ds


def clean(ds: Dataset, order: Order, tally: Tally) -> tuple[Who, str]:
    """De-identify one object in its place; gives whose it is and what became of its pixels. Raises Refusal."""
    hold.check(ds, order.approved)
    who = attributes.holder(ds, order.key)
    done = pixels.clean(ds, order.approved, who.own)
    attributes.clean(ds, who, tally)
    mark(ds, who, "blanked" in done)
    return who, done


def _one(run: _Run, path: Path, templates: list[Template]) -> None:
    tally: Tally = Counter()
    with warnings.catch_warnings(), pydicom.config.disable_value_validation():
        warnings.simplefilter("ignore")
        ds = load(path, templates)
        before = tuple(said(ds, k) for k in (*LEVELS, "PatientID", "IssuerOfPatientID"))
        who, done = clean(ds, run.order, tally)
        data = BytesIO()
        try:
            ds.save_as(data, enforce_file_format=True)
        except UNWRITABLE as error:
            raise Refusal("bad_header", "the object cannot be written again", found=type(error).__name__) from None
    after = tuple(pseudonym(uid, run.order.key) for uid in before[:3])
    place = Path(who.pseudonym, after[0][-12:], after[1][-12:], after[2][-16:] + ".dcm")
    if _place(run, place, data.getvalue()):
        run.tally.update(tally)
        if done:
            run.pixels[done] += 1
        run.written[place] = (who.pseudonym, *after[:2])
        run.originals.update({new: (sealed.UID, old) for new, old in zip(after, before[:3], strict=True)})
        words = (before[4], before[3]) if before[3] else (sealed.STUDY, before[0])
        run.originals[who.pseudonym] = (sealed.PATIENT, *words)


UNWRITABLE = (ValueError, TypeError, AttributeError, RuntimeError, OverflowError, KeyError)


def _place(run: _Run, place: Path, data: bytes) -> bool:
    """Write one object, but not the same one twice. Raises Refusal if another object has its UID."""
    path = run.stage / place
    if place in run.written:
        if not run.order.dry and path.read_bytes() != data:
            raise Refusal("uid_conflict", "another object with the same UID has other bytes")
        return False
    if not run.order.dry:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return True


def _finish(run: _Run, summary: Summary) -> None:
    """Keep the way back, write the reports, and give the folder its name."""
    run.stage.mkdir(parents=True, exist_ok=True)
    for name, text in zip(REPORTS, (summary.json(), summary.text()), strict=True):
        (run.stage / name).write_text(text, "utf-8")
    sealed.remember(run.order.key_file, run.order.key, run.originals)
    if run.order.out.exists():
        run.order.out.rmdir()
    run.stage.rename(run.order.out)


def _summary(run: _Run) -> Summary:
    patients, studies, series = (len({ids[: k + 1] for ids in run.written.values()}) for k in range(3))
    held, by = tuple(run.held), run.order.approved_by if run.order.approved else ""
    people = {words[2] for words in run.originals.values() if words[0] == sealed.PATIENT and words[1] != sealed.STUDY}
    whose, ocr = tuple(sorted(people)), bool(reading.program())
    return Summary(len(run.written), patients, studies, series, run.tally, run.pixels, held, ocr, by, whose)


def _may_write(order: Order) -> None:
    out = order.out.resolve()
    for source in order.sources:
        inner = source.resolve()
        if out == inner or inner in out.parents or out in inner.parents:
            raise Refusal(
                "bad_setting", "the output must not lie within the input, nor around it", where=str(order.out)
            )
    if order.out.exists() and (not order.out.is_dir() or any(order.out.iterdir())):
        raise Refusal("folder_not_empty", "the output is there already", where=str(order.out), expected="a new folder")


def _files(source: Path) -> Iterator[Path]:
    if source.is_file():
        yield source
    elif source.is_dir():
        for folder, _, names in os.walk(source):
            yield from (Path(folder) / name for name in names)
    else:
        raise Refusal("file_absent", "there is no such file or folder", where=str(source))
