"""What a number is about: its group, the lesion that this follows, where it is."""

from collections.abc import Callable
from typing import Any

from vivomap.acquire.harvest import Sheet


def test_a_tracking_uid_of_the_number_goes_before_that_of_its_group(made: Any, read_back: Callable[..., Sheet]) -> None:
    own = made.item("UIDREF", "HAS OBS CONTEXT", made.code("112040", "DCM", "Tracking Unique Identifier"), UID="1.2.9")
    axis = made.num(made.deep(made.LONG), "5", made.deep(made.MM), own)
    volume = made.num(made.deep(made.VOLUME), "1", made.code("mL", "UCUM", "mL"))
    found = read_back(made.report(made.group(axis, volume)))
    assert [n.about.tracking for n in found.numbers] == ["1.2.9", made.TRACKING]
    assert {n.about.label for n in found.numbers} == {"Lesion A"}


def test_a_group_without_identifiers_is_named_by_its_place(made: Any, read_back: Callable[..., Sheet]) -> None:
    ds = made.report()
    del ds.ContentSequence[0].ContentSequence[0].ContentSequence[:2]
    found = read_back(ds)
    assert {n.about.label for n in found.numbers} == {"group 1.1.1"}
    assert "sr_no_tracking" in {c.code for c in found.complaints}


def test_the_side_of_a_site_is_part_of_it(made: Any, read_back: Callable[..., Sheet]) -> None:
    ds = made.report()
    site = ds.ContentSequence[0].ContentSequence[0].ContentSequence[3]
    side = made.code("272741003", "SCT", "Laterality")
    left = made.code("7771000", "SCT", "Left")
    site.ContentSequence = [made.item("CODE", "HAS CONCEPT MOD", side, ConceptCodeSequence=[left])]
    assert {n.about.site for n in read_back(ds).numbers} == {"Left Lung"}


def test_two_groups_are_two_lesions(made: Any, read_back: Callable[..., Sheet]) -> None:
    other = made.lesion()
    other.ContentSequence[0].TextValue, other.ContentSequence[1].UID = "Lesion B", "1.2.3"
    found = read_back(made.report(made.lesion(), other))
    assert [n.about[:2] for n in found.numbers] == [("Lesion A", made.TRACKING)] * 2 + [("Lesion B", "1.2.3")] * 2
