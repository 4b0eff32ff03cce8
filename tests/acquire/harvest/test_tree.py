"""The content tree of a stranger's report: order, depth, size, references."""

import struct
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

from vivomap.acquire.harvest.complaints import Book
from vivomap.acquire.harvest.read import sheet
from vivomap.acquire.harvest.tree import DEEPEST, declared, referred, text_of, tree
from vivomap.core import Refusal


def nested(made: Any, levels: int) -> Dataset:
    inner = made.item("TEXT", "CONTAINS", made.code("121106", "DCM", "Comment"), TextValue="deep")
    for _ in range(levels - 2):
        inner = made.item("CONTAINER", "CONTAINS", made.code("121070", "DCM", "Findings"), inner)
    ds = made.report()
    ds.ContentSequence = [inner]
    return ds


def test_items_come_in_document_order_with_their_places(made: Any) -> None:
    root = tree(made.report(), Book())
    places = [n.place for n in root.below()]
    assert places == sorted(places, key=lambda p: [int(x) for x in p.split(".")])
    assert places[:3] == ["1", "1.1", "1.1.1"]
    assert declared(made.report()) == "1500"


def test_as_deep_as_is_allowed_is_read_and_one_more_is_refused(made: Any) -> None:
    assert max(n.depth for n in tree(nested(made, DEEPEST), Book()).below()) == DEEPEST
    with pytest.raises(Refusal) as refused:
        tree(nested(made, DEEPEST + 1), Book())
    assert refused.value.code == "nested_too_deep"


def deep_bytes(levels: int, defined: bool) -> bytes:
    """Content sequences in each other, as bytes: no library writes so many."""
    inner = b""
    ends = b"" if defined else bytes.fromhex("feff0de000000000feffdde000000000")
    starts = []
    for _ in range(levels):
        long = len(inner) if defined else 0xFFFFFFFF
        item = bytes.fromhex("feff00e0") + struct.pack("<I", long)
        head = bytes.fromhex("400030a7") + b"SQ\0\0" + struct.pack("<I", long + 8 if defined else long)
        if defined:
            inner = head + item + inner
        else:
            starts.append(head + item)
    return inner if defined else b"".join(starts) + ends * levels


@pytest.mark.parametrize("defined", [True, False])
@pytest.mark.parametrize("levels", [300, 5000])
def test_a_file_nested_hundreds_of_levels_deep_is_refused_and_crashes_nothing(
    levels: int, defined: bool, made: Any, tmp_path: Path
) -> None:
    ds = made.report()
    del ds.ContentSequence
    path = made.saved(ds, tmp_path / "deep.dcm")
    path.write_bytes(path.read_bytes() + deep_bytes(levels, defined))
    found = sheet(path)
    assert found.refused
    assert found.refused[0] == "nested_too_deep"


def test_more_items_than_any_report_has_are_refused(made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vivomap.acquire.harvest.tree.MOST", 5)
    with pytest.raises(Refusal) as refused:
        tree(made.report(), Book())
    assert refused.value.code == "report_too_large"


def test_an_item_without_a_type_is_known_by_what_it_holds(made: Any) -> None:
    ds = made.report()
    del ds.ContentSequence[0].ContentSequence[0].ContentSequence[0].ValueType
    book = Book()
    node = next(n for n in tree(ds, book).below() if n.place == "1.1.1.1")
    assert (node.kind, text_of(node)) == ("TEXT", "Lesion A")
    assert [c.code for c in book.told()] == ["sr_value_type"]


def test_an_item_names_the_objects_that_it_points_to(made: Any) -> None:
    target = Dataset()
    target.ReferencedSOPClassUID, target.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", "1.2.3"
    image = made.item("IMAGE", "SELECTED FROM", None, ReferencedSOPSequence=[target])
    drawn = made.item("SCOORD", "INFERRED FROM", None, image, GraphicType="POINT", GraphicData=[1.0, 2.0])
    ds = made.report(made.group(made.num(made.deep(made.LONG), "5", made.deep(made.MM), drawn)))
    node = next(n for n in tree(ds, Book()).below() if n.kind == "NUM")
    assert [u for c in node.children for u in referred(c)] == ["1.2.3"]
