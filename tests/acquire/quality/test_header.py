"""Files that call themselves a phantom, before they are decoded."""

from datetime import date
from pathlib import Path

from vivomap.acquire.phantom.checks import write
from vivomap.acquire.quality.header import called


def test_a_phantom_is_called_by_its_header_and_a_patient_is_not(tmp_path: Path, small_dwi: Path) -> None:
    assert called(write("ct", tmp_path, date(2026, 1, 5)).glob("*.dcm"))
    assert not called(sorted(small_dwi.rglob("*.dcm"))[:2])


def test_what_cannot_be_read_calls_itself_nothing(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("phantom", encoding="utf-8")
    assert not called([tmp_path / "note.txt", tmp_path / "absent"])
