"""Whatever was pointed at, as studies: a folder of any shape, several folders, one file; DICOM, NIfTI or NRRD."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from itertools import count
from pathlib import Path
from typing import TypeVar

from vivomap.acquire import dicom, spectroscopy
from vivomap.acquire.nifti import read_volumes
from vivomap.acquire.nifti.sidecar import stem_of
from vivomap.acquire.visits import ordered
from vivomap.core import Held, Refusal, Studies, Voxels

Source = str | Path | Sequence[str | Path]
VOLUMES = (".nii", ".nii.gz", ".nrrd", ".nhdr")
TABLE = "visits.csv"
T = TypeVar("T")


def read(source: Source, progress: Callable[[int, int], None] | None = None) -> Studies:
    """Every study in folders or files: one per Study Instance UID, by patient and day, undated last.

    The names and the order of the files change nothing. Files that no study could use are in `held`, with a reason;
    `progress` is told how many steps of how many are done. Raises Refusal if there is no file.
    """
    roots = [Path(source)] if isinstance(source, str | Path) else [Path(s) for s in source]
    paths = sorted({path for root in roots for path in _files(root)}, key=str)
    if not paths:
        raise Refusal("empty_folder", "there is no file to read", where=", ".join(str(r) for r in roots))
    done, total = count(1), 2 * len(paths)

    def tick() -> None:
        if progress:
            progress(min(next(done), total), total)

    spectra = {p for p in paths if spectroscopy.loose(p)}
    volumes = [p for p in paths if p.name.lower().endswith(VOLUMES) and p not in spectra]
    beside = {p for p in paths if _beside(p, volumes)}
    intakes, held = dicom.take([p for p in paths if p not in beside.union(volumes, spectra)], tick)
    found = spectroscopy.admitted(dicom.studies(intakes, tick))
    for root in roots:
        mine = [p for p in volumes if p == root or root in p.parents]
        if mine:
            more, unused = read_volumes(mine, root if root.is_dir() else root.parent)
            found, held = (*found, *more), [*held, *unused]
        heard = [p for p in spectra if p == root or root in p.parents]
        if heard:
            more, unused = spectroscopy.read_loose(heard, root if root.is_dir() else root.parent)
            found, held = (*found, *more), [*held, *unused]
    if progress:
        progress(total, total)
    studies = Studies(ordered(found), tuple(sorted(_unique(held), key=lambda h: (h.path, h.code))))
    return studies if all(_spelled(str(p)) == str(p) for p in paths) else _spelled(studies)


def _spelled(value: T) -> T:
    """The same with every byte of a name that is no UTF-8 spelled out: such text can be neither kept nor sent."""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")  # type: ignore[return-value]
    if isinstance(value, tuple):
        return tuple(_spelled(v) for v in value)  # type: ignore[return-value]
    if not is_dataclass(value) or isinstance(value, Voxels | type):
        return value
    return replace(value, **{f.name: _spelled(getattr(value, f.name)) for f in fields(value)})


def _beside(path: Path, volumes: Sequence[Path]) -> bool:
    """Whether a file says something of a volume: a JSON, b-values or directions of its stem, or the table of visits."""
    if path.name == TABLE:
        return bool(volumes)
    named = path.suffix in (".json", ".bval", ".bvec")
    return named and any(path.parent == v.parent and stem_of(v) == path.stem for v in volumes)


def _unique(held: Sequence[Held]) -> Sequence[Held]:
    return tuple(dict.fromkeys(held))


def _below(folder: str) -> Iterator[str]:
    """The files of a folder and its folders; links to folders are not followed, so that no circle is walked.

    Such a link, and one that leads nowhere, is given as it is: the door holds it, so that nothing is passed over.
    """
    try:
        with os.scandir(folder) as entries:
            found = list(entries)
    except OSError:
        yield folder  # held by its name as unreadable, as a file would be
        return
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            yield from _below(entry.path)
        elif entry.is_file() or (entry.is_symlink() and (entry.is_dir() or not os.path.exists(entry.path))):
            yield entry.path


def _files(root: Path) -> Iterator[Path]:
    """Every file below a folder, or the file itself. Raises Refusal if nothing is there."""
    if root.is_file():
        yield root
    elif root.is_dir():
        yield from map(Path, _below(str(root)))
    else:
        raise Refusal("file_absent", "there is no such file or folder", where=str(root))
