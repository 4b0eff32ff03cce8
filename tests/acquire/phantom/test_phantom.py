from pathlib import Path

import pytest

from vivomap.acquire import phantom
from vivomap.acquire.phantom.truth import Patient, Truth
from vivomap.core import Refusal
from vivomap.core.errors import codes

Written = tuple[Path, Truth]


def test_the_demo_knows_its_patients_and_their_pathways() -> None:
    assert phantom.NAMES == {
        "pet_ct_mr": "pet_response", "serial_ct": "lung_response", "two_visit": "lung_response"
    }  # fmt: skip


def test_every_patient_says_what_it_shows() -> None:
    cards = phantom.patients()
    assert {"letter", *phantom.NAMES} <= set(cards)
    assert all(isinstance(card, Patient) and card.says.endswith(".") for card in cards.values())


def test_an_unknown_patient_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refusal:
        phantom.write("nobody", tmp_path / "x")
    assert "two_visit" in refusal.value.expected
    assert not (tmp_path / "x").exists()


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(Refusal) as refusal:
        phantom.write("letter", tmp_path)
    assert refusal.value.code == "folder_not_empty"
    assert refusal.value.code in codes()
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_another_seed_is_another_patient(tmp_path: Path) -> None:
    one, two = (phantom.write("letter", tmp_path / str(seed), seed) for seed in (0, 1))
    assert one.patient != two.patient
    assert Truth.read(tmp_path / "1") == two


def test_every_object_is_read_without_a_warning_and_has_valid_uids(two_visit: Written, hybrid: Written) -> None:
    from pydicom import dcmread

    for folder, _ in (two_visit, hybrid):
        seen = set()
        for path in folder.rglob("*.dcm"):
            ds = dcmread(path)
            for element in ds:
                assert element.VR != "UI" or all(
                    u.is_valid for u in ([element.value] if element.VM == 1 else element.value)
                )
            assert ds.SOPInstanceUID == ds.file_meta.MediaStorageSOPInstanceUID
            seen.add(str(ds.SOPInstanceUID))
        assert len(seen) == len(list(folder.rglob("*.dcm")))


def test_what_is_not_there_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        phantom.nothing
