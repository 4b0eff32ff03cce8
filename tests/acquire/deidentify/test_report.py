import json
from collections import Counter

from vivomap.acquire.deidentify.report import OPTIONS, Summary, keyword
from vivomap.core import Held

SUMMARY = Summary(
    3,
    1,
    1,
    1,
    Counter({("(0010,0010)", "empty"): 3, ("(0029,1010)", "remove"): 3}),
    Counter({"blanked": 1}),
    (Held("/data/DOE_JANE.dcm", "not_approved", "a secondary capture"),),
    False,
    "me",
)


def test_it_counts_and_names_no_file_and_no_person() -> None:
    for text in (SUMMARY.json(), SUMMARY.text()):
        assert "DOE" not in text
        assert "(0010,0010)" in text
        assert "PatientName" in text
    data = json.loads(SUMMARY.json())
    assert data["schema"] == "vivomap.deid/1"
    assert data["held"] == {"not_approved": 1}
    assert {o["code"] for o in data["options"]} == set(OPTIONS)


def test_it_says_that_nobody_looked_for_text() -> None:
    assert "tesseract is not installed" in SUMMARY.text()
    assert json.loads(SUMMARY.json())["text_in_pixels_checked"] is False


def test_a_tag_is_called_by_its_name() -> None:
    assert keyword("(0010,0010)") == "PatientName"
    assert keyword("(0029,1010)") == ""
