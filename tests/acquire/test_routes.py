"""Routing rules: what a study says of itself decides which clinical question it is for."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from vivomap.acquire.receive.part10 import header
from vivomap.acquire.routes import Route, Routes, Send, Told, routes, told
from vivomap.core import Refusal

from .receive.conftest import EXPLICIT, ct, encoded

PATHWAYS = ("lung_response", "pet_response")
CHEST = Told("CT", "CHEST", "CT THORAX LUNG 1.0", "CTTHX CT OF THE CHEST")


def rules(folder: Path, text: str) -> Routes:
    path = folder / "routes.toml"
    path.write_text(text)
    return routes(path, PATHWAYS)


def test_a_file_of_rules_is_read_whole(tmp_path: Path) -> None:
    found = rules(
        tmp_path,
        """
        quiet_s = 5
        [[route]]
        name = "chest CT"
        pathway = "lung_response"
        modality = ["CT"]
        description = ["thorax", "chest"]
        [[route.send]]
        to = "dicom://PACS@127.0.0.1:104"
        forms = ["sr", "seg"]
        """,
    )
    send = Send("dicom://PACS@127.0.0.1:104", ("sr", "seg"))
    assert found == Routes(
        (Route("chest CT", "lung_response", ("CT",), description=("thorax", "chest"), sends=(send,)),), 5.0
    )


@pytest.mark.parametrize(
    ("asked", "fits"),
    [
        ({"modality": ("CT",)}, True),
        ({"modality": ("MR", "ct")}, True),
        ({"modality": ("MR",)}, False),
        ({"body_part": ("chest",)}, True),
        ({"body_part": ("CHES",)}, False),
        ({"description": ("thorax",)}, True),
        ({"description": ("abdomen",)}, False),
        ({"order": ("ctthx",)}, True),
        ({"order": ("MRBRAIN",)}, False),
        ({"modality": ("CT",), "description": ("abdomen",)}, False),
    ],
)
def test_all_that_a_rule_says_must_fit_one_series(asked: dict[str, tuple[str, ...]], fits: bool) -> None:
    assert Route("r", "lung_response", **asked).takes([CHEST]) is fits


def test_what_two_series_say_together_is_not_enough() -> None:
    rule = Route("r", "lung_response", modality=("CT",), body_part=("HEAD",))
    assert not rule.takes([CHEST, Told("MR", "HEAD", "", "")])
    assert not rule.takes([])


def test_the_headers_are_asked_and_the_order_may_stand_in_a_code(tmp_path: Path) -> None:
    ds = ct(1)
    ds.StudyDescription, ds.BodyPartExamined = "Thorax follow-up", "CHEST"
    code, asked = Dataset(), Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "CTTHX", "99HOUSE", "CT of the chest"
    asked.RequestedProcedureID, asked.RequestedProcedureCodeSequence = "77", [code]
    ds.RequestAttributesSequence = [asked]
    path = tmp_path / "one.dcm"
    path.write_bytes(header(ds.SOPClassUID, ds.SOPInstanceUID, EXPLICIT) + encoded(ds))
    (one,) = told([path, path])
    assert (one.modality, one.body_part) == ("CT", "CHEST")
    assert "THORAX FOLLOW-UP" in one.description
    assert all(word in one.order for word in ("77", "CTTHX", "CT OF THE CHEST"))


def test_a_file_that_is_no_dicom_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"nothing")
    with pytest.raises(Refusal) as refused:
        told([tmp_path / "x"])
    assert refused.value.code == "bad_header"


@pytest.mark.parametrize(
    ("text", "code", "word"),
    [
        ("", "bad_setting", "no rule"),
        ("route = 3", "bad_setting", "no rule"),
        ("[[route", "bad_setting", "no TOML"),
        ("quiet_s = 0\n[[route]]", "bad_setting", "quiet_s"),
        ('[[route]]\nname = "a"', "bad_setting", "pathway"),
        ('[[route]]\nname = "a"\npathway = "lung_respnse"\nmodality = ["CT"]', "unknown_name", "lung_response"),
        ('[[route]]\nname = "a"\npathway = "lung_response"', "bad_setting", "every study"),
        ('[[route]]\nname = "a"\npathway = "lung_response"\nmodalty = ["CT"]', "bad_setting", "modality"),
        ('[[route]]\nname = "a"\npathway = "lung_response"\nmodality = "CT"', "bad_setting", "list of texts"),
        ('[[route]]\nname = "a"\npathway = "lung_response"\nmodality = ["CT"]\n' * 2, "bad_setting", "one name"),
    ],
)
def test_a_rule_with_a_mistake_is_refused_with_the_word_that_was_meant(
    tmp_path: Path, text: str, code: str, word: str
) -> None:
    with pytest.raises(Refusal) as refused:
        rules(tmp_path, text)
    assert refused.value.code == code
    assert word in f"{refused.value.summary} {refused.value.expected} {refused.value.found}"


def test_rules_that_are_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        routes(tmp_path / "none.toml", PATHWAYS)
    assert refused.value.code == "file_absent"


@given(st.builds(Told, *[st.text(max_size=8).map(str.upper)] * 4))
def test_a_rule_takes_what_says_its_own_words(one: Told) -> None:
    asked = {name: (value,) for name, value in one._asdict().items() if value.strip()}
    assert Route("r", "lung_response", **asked).takes([one])
