import struct
from collections.abc import Callable
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.uid import (
    BasicTextSRStorage,
    DigitalXRayImageStorageForPresentation,
    RLELossless,
    RTPlanStorage,
    SecondaryCaptureImageStorage,
)

from vivomap.acquire.dicom.intake import load, take


def codes(folder: Path) -> dict[str, str]:
    intakes, held = take(sorted(folder.iterdir()), lambda: None)
    for intake in intakes:
        load(intake, lambda: None)
    return {Path(h.path).name: h.code for h in (*held, *(h for i in intakes for h in i.held))}


def test_every_file_is_an_image_a_region_a_plan_or_held(series: Callable[..., Path]) -> None:
    def sort(ds: Dataset, k: int) -> None:
        if k == 1:
            ds.SOPClassUID = SecondaryCaptureImageStorage
        if k == 2:
            ds.SOPClassUID, ds.Modality = DigitalXRayImageStorageForPresentation, "DX"
        if k in (3, 4):
            ds.SOPClassUID, ds.Modality = (BasicTextSRStorage, "SR") if k == 3 else (RTPlanStorage, "RTPLAN")
            del ds.PixelData, ds.Rows, ds.Columns

    folder = series(5, edit=sort)
    (folder / "notes.txt").write_text("remember the milk")
    intakes, held = take(sorted(folder.iterdir()), lambda: None)
    (intake,) = intakes
    assert [h.path.name for h in intake.plans] == ["slice_04.dcm"]
    assert {Path(h.path).name: h.code for h in intake.held} == {
        "slice_01.dcm": "picture",
        "slice_02.dcm": "modality_unknown",
        "slice_03.dcm": "not_measured",
    }
    assert [(Path(h.path).name, h.code) for h in held] == [("notes.txt", "not_an_image")]


def test_a_bad_number_holds_its_file_alone(series: Callable[..., Path]) -> None:
    folder = series(4)
    path = folder / "slice_02.dcm"
    path.write_bytes(path.read_bytes().replace(b"-10.0\\-20.0", b"-1O.0\\-20.0"))
    assert codes(folder) == {"slice_02.dcm": "bad_number"}


def test_a_file_that_shrank_is_held(series: Callable[..., Path]) -> None:
    folder = series(4)
    path = folder / "slice_01.dcm"
    path.write_bytes(path.read_bytes()[:-30])
    assert codes(folder) == {"slice_01.dcm": "pixels_cut"}


def test_every_file_ticks_once_for_its_header_and_images_once_more(series: Callable[..., Path]) -> None:
    folder, ticks = series(4), []
    intakes, _ = take(sorted(folder.iterdir()), lambda: ticks.append(1))
    assert len(ticks) == 4
    load(intakes[0], lambda: ticks.append(1))
    assert len(ticks) == 8


def test_rows_that_are_said_again_behind_packed_pixels_hold_the_file(series: Callable[..., Path]) -> None:
    folder = series(3, edit=lambda ds, k: ds.compress(RLELossless, generate_instance_uid=False))
    path = folder / "slice_01.dcm"
    path.write_bytes(path.read_bytes() + struct.pack("<HH2sHH", 0x0028, 0x0010, b"US", 2, 3))
    assert codes(folder) == {"slice_01.dcm": "undecodable_pixels"}
