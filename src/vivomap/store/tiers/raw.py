"""The raw images of a visit: those that were received and are not held, or those of a folder."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import pydicom
from pydicom.errors import InvalidDicomError

from vivomap.core import Refusal
from vivomap.store.inbox import open_inbox
from vivomap.store.inbox.keeping import JOURNAL
from vivomap.store.project import Project
from vivomap.store.tiers.content import Content

STUDY, INSTANCE = "StudyInstanceUID", "SOPInstanceUID"


def received(project: Project, studies: Collection[str]) -> tuple[Path, ...]:
    """The objects of some studies in the inbox of a project, but for those that are held."""
    if not (project.path / JOURNAL).is_dir():
        return ()
    inbox = open_inbox(project.path)
    mine = [e for e in inbox.entries() if e.study in studies and e.disposition != "HOLD"]
    return tuple(inbox.path(entry.object) for entry in mine)


def in_folder(folder: Path, studies: Collection[str]) -> tuple[Path, ...]:
    """The DICOM files of some studies below a folder. Raises Refusal `file_absent` if there is no such folder."""
    if not folder.exists():
        raise Refusal("file_absent", "there is no such file or folder", where=str(folder))
    return tuple(path for path in _files(folder) if _uid(path, STUDY) in studies)


def named(paths: Sequence[Path]) -> dict[str, Content]:
    """Raw objects by their name in a tier: the SOP Instance UID; where two contents have one UID, with their hash."""
    found: dict[str, Content] = {}
    for path in paths:
        content, name = Content(path), f"raw/{_uid(path, INSTANCE) or path.stem}"
        rival = found.get(f"{name}.dcm")
        if rival is not None and rival.digest != content.digest:
            name = f"{name}-{content.digest[:12]}"
        found[f"{name}.dcm"] = content
    return found


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_file():
        yield folder
    for top, _, names in sorted(os.walk(folder)):
        yield from (Path(top) / name for name in sorted(names))


def _uid(path: Path, keyword: str) -> str:
    """A UID of a DICOM file, of digits and points alone; "" where the file is none, or says none."""
    try:
        ds = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=[STUDY, INSTANCE])
    except (InvalidDicomError, OSError, ValueError, EOFError):
        return ""
    uid = str(ds.get(keyword, ""))
    return uid if uid.replace(".", "").isdigit() else ""
