"""Lesion, site, segment and algorithm where a report says little."""

from __future__ import annotations

from pydicom.dataset import Dataset

from vivomap.report.fhir.sr.places import Frame, algorithm, chosen, equipment, sited, tracked

FRAME = Frame("1.2.3", "P-1", "1.2", "", "", "preliminary")


def text(code: str, value: str) -> Dataset:
    item, name = Dataset(), Dataset()
    name.CodeValue, name.CodingSchemeDesignator, name.CodeMeaning = code, "DCM", "x"
    item.ConceptNameCodeSequence, item.TextValue, item.ValueType = [name], value, "TEXT"
    return item


def test_a_group_that_names_nothing_gives_nothing() -> None:
    empty = Dataset()
    assert tracked(FRAME, empty, "1") == sited(FRAME, empty, "1") == algorithm(FRAME, empty) == {}
    assert list(chosen(FRAME, empty, "1")) == []


def test_a_lesion_with_a_label_alone_is_still_a_lesion() -> None:
    group = Dataset()
    group.ContentSequence = [text("112039", "Nodule 2")]
    made = tracked(FRAME, group, "1")
    assert [i["value"] for i in made["identifier"]] == ["Nodule 2"]


def test_a_segment_reference_without_a_number_is_the_whole_object() -> None:
    group, named = Dataset(), Dataset()
    named.ReferencedSOPClassUID, named.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.66.4", "1.9"
    item = text("121191", "")
    item.ValueType, item.ReferencedSOPSequence = "IMAGE", [named]
    group.ContentSequence = [item]
    (made,) = chosen(FRAME, group, "1")
    assert "subset" not in made["instance"][0]
    named.ReferencedSegmentNumber = [1, 2]
    (both,) = chosen(FRAME, group, "1")
    assert both["instance"][0]["subset"] == ["1", "2"]


def test_the_same_algorithm_is_one_device() -> None:
    one, two = Dataset(), Dataset()
    one.ContentSequence = two.ContentSequence = [text("111001", "snake"), text("111003", "2")]
    assert algorithm(FRAME, one) == algorithm(FRAME, two)
    assert equipment(FRAME, Dataset())["id"] != algorithm(FRAME, one)["id"]
