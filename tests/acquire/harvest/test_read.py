"""Whatever a file holds, reading it gives a sheet: numbers or a refusal with a code that has a page, never an error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from vivomap.acquire.harvest import Sheet
from vivomap.acquire.harvest.read import sheet
from vivomap.core.errors import codes

PAGES = frozenset(codes())


def sound(found: Sheet) -> None:
    """What holds of every sheet."""
    if found.refused:
        assert found.refused[0] in PAGES, found.refused
        assert not found.numbers
    for number in found.numbers:
        number.claim()
    said = (
        [c.code for c in found.complaints]
        + [m.code for m in found.missing]
        + [f.code for n in found.numbers for f in n.flags]
    )
    assert not set(said) - PAGES


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty_file"),
        (b"hello", "not_an_image"),
        (b"\0" * 128 + b"DICM", None),
        (b"MZ" + b"\0" * 126 + b"DICM" + b"\0" * 400, "executable_preamble"),
    ],
)
def test_what_is_no_object_is_refused(body: bytes, code: str | None, tmp_path: Path) -> None:
    (tmp_path / "a.dcm").write_bytes(body)
    found = sheet(tmp_path / "a.dcm")
    assert found.refused
    assert code in (None, found.refused[0])
    sound(found)


def test_a_file_that_is_not_there_or_a_folder_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.dcm", tmp_path):
        found = sheet(path)
        assert found.refused
        assert found.refused[0] == "unreadable_file"


def test_a_name_that_is_no_utf_8_is_spelled_out(made: Any, tmp_path: Path) -> None:
    path = made.saved(made.report(), tmp_path / "a.dcm").rename(tmp_path / "a\udcff.dcm")
    found = sheet(path)
    assert found.path.endswith("a\\xff.dcm")
    assert found.numbers


def test_images_and_key_objects_hold_no_number(data: Path, made: Any, tmp_path: Path) -> None:
    image = sheet(data / "dicom_seg_sr_pm/dcmqi/segmentations/ct-3slice/01.dcm")
    keys = made.saved(made.header("1.2.840.10008.5.1.4.1.1.88.59", "KO"), tmp_path / "ko.dcm")
    for found in (image, sheet(keys)):
        assert found.refused
        assert found.refused[0] == "not_harvested"


def test_a_report_larger_than_any_is_refused(made: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made.saved(made.report(), tmp_path / "a.dcm")
    monkeypatch.setattr("vivomap.acquire.harvest.read.LARGEST", 100)
    found = sheet(path)
    assert found.refused
    assert found.refused[0] == "report_too_large"


def test_every_broken_report_is_read_to_a_sound_sheet(
    corpus: Sequence[tuple[str, Dataset]], read_back: Callable[..., Sheet]
) -> None:
    for name, ds in corpus:
        found = read_back(ds)
        assert found.refused is None, name
        sound(found)


@pytest.fixture(scope="session")
def bodies(data: Path) -> tuple[bytes, ...]:
    """Small objects of each kind, as bytes to be broken."""
    folder = data / "dicom_seg_sr_pm"
    names = (
        "highdicom/sr_document.dcm",
        "highdicom/seg_image_ct_binary_overlap.dcm",
        "highdicom/sr_document_with_multiple_groups.dcm",
    )
    return tuple((folder / name).read_bytes() for name in names)


@pytest.mark.slow  # hundreds of broken files, each read whole
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(draw=st.data())
def test_bytes_changed_anywhere_raise_nothing(draw: st.DataObject, bodies: tuple[bytes, ...], tmp_path: Path) -> None:
    body = bytearray(draw.draw(st.sampled_from(bodies)))
    for _ in range(draw.draw(st.integers(1, 6))):
        at = draw.draw(st.integers(128, len(body) - 1))
        body[at : at + 1] = draw.draw(st.binary(max_size=4))
    if draw.draw(st.booleans()):
        del body[draw.draw(st.integers(132, len(body))) :]
    (tmp_path / "a.dcm").write_bytes(bytes(body))
    sound(sheet(tmp_path / "a.dcm"))


@pytest.mark.slow  # hundreds of broken reports, each written and read
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(draw=st.data())
def test_values_changed_anywhere_raise_nothing(draw: st.DataObject, made: Any, tmp_path: Path) -> None:
    body = BytesIO()
    made.report().save_as(body, enforce_file_format=True)
    whole = bytearray(body.getvalue())
    for _ in range(draw.draw(st.integers(1, 8))):
        at = draw.draw(st.integers(600, len(whole) - 1))
        whole[at] = draw.draw(st.sampled_from(b"0123456789.,-+eENaNifSQ\\ \xff\x00"))
    (tmp_path / "a.dcm").write_bytes(bytes(whole))
    sound(sheet(tmp_path / "a.dcm"))
