import pytest
from pydicom.datadict import DicomDictionary, dictionary_VR, keyword_for_tag
from pydicom.tag import Tag

from vivomap.acquire.deidentify import rules
from vivomap.acquire.deidentify.rules import action, table


def test_the_table_names_every_attribute_as_the_dictionary_does() -> None:
    lines = (rules.files("vivomap.acquire.deidentify") / "table.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line.startswith("(")]
    assert len(rows) == len(table()) > 600
    for tag, keyword, basic, option in rows:
        assert keyword_for_tag(int(tag[1:5] + tag[6:10], 16)) == keyword
        assert set(basic) <= set("XZDU/*")
        assert option == "-" or option in rules.OPTIONS


@pytest.mark.parametrize("tag", sorted(table()))
def test_nothing_of_the_table_is_kept_without_an_option(tag: int) -> None:
    basic, option = table()[tag]
    chosen = action(tag, dictionary_VR(tag))
    if option not in ("device", "patient"):
        assert chosen != rules.KEEP, (keyword_for_tag(tag), basic, option)


def test_no_name_no_date_and_no_uid_of_the_whole_dictionary_is_kept() -> None:
    for tag, (vr, *_, keyword) in DicomDictionary.items():
        if keyword and vr in ("PN", "DA", "DT", "TM", "UI", "AE", "UN", "UR") and tag >> 16 > 2:
            option = table().get(tag, ("", ""))[1]
            assert action(tag, vr) != rules.KEEP or option == "device", keyword


@pytest.mark.parametrize(
    ("keyword", "chosen"),
    [
        ("PatientName", rules.EMPTY),
        ("PatientBirthDate", rules.EMPTY),
        ("PatientWeight", rules.KEEP),
        ("StudyDate", rules.MOVE),
        ("SeriesDescription", rules.CLEAN),
        ("DeviceSerialNumber", rules.KEEP),
        ("ContentSequence", rules.INSIDE),
        ("ReferencedImageSequence", rules.INSIDE),
        ("OriginalAttributesSequence", rules.REMOVE),
        ("ContextGroupVersion", rules.DUMMY),  # published days would tell how far dates were moved
        ("PixelData", rules.KEEP),
        ("ROIName", rules.CLEAN),
    ],
)
def test_what_matters_most_is_treated_as_the_page_says(keyword: str, chosen: str) -> None:
    vr = dictionary_VR(keyword)
    assert action(int(Tag(keyword)), "OW" if "OW" in vr else vr) == chosen


def test_what_no_dictionary_knows_is_removed() -> None:
    assert action(0x00100011, "LO") == rules.REMOVE
