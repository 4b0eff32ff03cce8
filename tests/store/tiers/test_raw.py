"""Raw images of a visit come from the inbox or a folder: those of its studies, and none that is held."""

import hashlib
from pathlib import Path

import pydicom
import pytest

from vivomap.core import Refusal
from vivomap.store import Project
from vivomap.store.inbox import Arrival, Judgement, System, open_inbox
from vivomap.store.tiers.raw import in_folder, named, received


def studies(folder: Path) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for path in sorted(p for p in folder.rglob("*") if p.suffix != ".csv" and p.is_file()):
        found.setdefault(str(pydicom.dcmread(path).StudyInstanceUID), []).append(path)
    return found


def test_a_folder_gives_the_files_of_the_visit_alone(small) -> None:
    both = studies(small.folder)
    assert len(both) == 2
    for uid, paths in both.items():
        assert sorted(in_folder(small.folder, (uid,))) == paths
    assert in_folder(small.folder, ("1.2.3",)) == ()
    assert in_folder(next(iter(both.values()))[0], tuple(both)) == (next(iter(both.values()))[0],)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        in_folder(tmp_path / "nowhere", ("1",))
    assert refused.value.code == "file_absent"


def test_files_that_are_no_images_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("notes")
    (tmp_path / "b.dcm").write_bytes(b"\0" * 128 + b"DICM")
    assert in_folder(tmp_path, ("1",)) == ()


def test_the_inbox_gives_what_was_received_and_is_not_held(project: tuple[Project, str]) -> None:
    inbox = open_inbox(project[0].path, System())
    for text, instance in (("good", "1.1"), ("held", "1.2"), ("other", "1.3")):
        came = Arrival("1.2", instance, "1.3", hashlib.sha256(text.encode()).hexdigest(), "CT_1", "192.0.2.7")
        inbox.keep(came, lambda text=text: (text.encode(),))
    held = Judgement("HOLD", "pixels_cut", "cut", "9.1")
    kept = {uid: Judgement("KEEP", study=study, patient="P") for uid, study in (("1.1", "9.1"), ("1.3", "9.2"))}
    inbox.judge([(row, kept.get(row.instance, held)) for row in inbox.unjudged()])
    (path,) = received(project[0], ("9.1",))
    assert path.read_bytes() == b"good"


def test_a_project_that_never_received_has_none(project: tuple[Project, str]) -> None:
    assert received(project[0], ("9.1",)) == ()
    assert not (project[0].path / "journal").exists()


def test_an_object_is_named_by_its_uid_and_two_contents_of_one_uid_are_both_kept(small, tmp_path: Path) -> None:
    (path, *_), *_ = studies(small.folder).values()
    ds = pydicom.dcmread(path)
    ds.ImageComments = "another"
    ds.save_as(tmp_path / "rival.dcm")
    names = named((path, path, tmp_path / "rival.dcm"))
    uid = str(ds.SOPInstanceUID)
    assert len(names) == 2
    assert f"raw/{uid}.dcm" in names
    assert all(name.startswith(f"raw/{uid}") for name in names)
