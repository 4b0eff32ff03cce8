from collections import Counter

import pytest
from pydicom.dataset import Dataset

from vivomap.acquire.deidentify.attributes import clean, holder, personal
from vivomap.acquire.deidentify.key import Key
from vivomap.acquire.deidentify.values import Who
from vivomap.core import Refusal


def cleaned(ds: Dataset, who: Who) -> Counter[tuple[str, str]]:
    tally: Counter[tuple[str, str]] = Counter()
    clean(ds, who, tally)
    return tally


def test_overlays_and_curves_go(who: Who) -> None:
    ds = Dataset()
    ds.add_new(0x60000010, "US", 8)
    ds.add_new(0x60003000, "OW", b"JANE DOE")
    ds.add_new(0x60220022, "LO", "JANE DOE")
    ds.add_new(0x50003000, "OW", b"JANE DOE")
    assert len(cleaned(ds, who)) == 4
    assert len(ds) == 0


def test_an_unknown_private_element_goes_with_its_creator(who: Who) -> None:
    ds = Dataset()
    block = ds.private_block(0x0029, "SIEMENS CSA HEADER", create=True)
    block.add_new(0x10, "OB", b"JANE DOE")
    ds.add_new(0x00311001, "LO", "JANE DOE")
    cleaned(ds, who)
    assert len(ds) == 0


def test_what_suv_needs_stays_under_its_creator(who: Who) -> None:
    ds = Dataset()
    philips = ds.private_block(0x7053, "Philips PET Private Group", create=True)
    philips.add_new(0x00, "DS", 0.0004)
    philips.add_new(0x01, "LO", "JANE DOE")
    ge = ds.private_block(0x0009, "GEMS_PETD_01", create=True)
    ge.add_new(0x0D, "DT", "20240410100000.00")
    cleaned(ds, who)
    assert ds[0x7053, 0x1000].value == 0.0004
    assert ds[0x0009, 0x100D].value == "20240101100000.00"
    assert (0x7053, 0x1001) not in ds
    assert len(ds) == 4


def test_text_in_the_place_of_a_safe_number_goes(who: Who) -> None:
    ds = Dataset()
    philips = ds.private_block(0x7053, "Philips PET Private Group", create=True)
    philips.add_new(0x09, "UN", b"JANE DOE AND MORE")
    ge = ds.private_block(0x0009, "GEMS_PETD_01", create=True)
    ge.add_new(0x0D, "LO", "JANE DOE")
    cleaned(ds, who)
    assert len(ds) == 0


def test_the_right_number_under_a_false_creator_goes(who: Who) -> None:
    ds = Dataset()
    ds.private_block(0x7053, "JANE DOE", create=True).add_new(0x09, "DS", 2.5)
    cleaned(ds, who)
    assert len(ds) == 0


def test_items_within_items_are_cleaned_and_references_still_meet(who: Who) -> None:
    ds, outer, inner = Dataset(), Dataset(), Dataset()
    inner.ReferencedSOPInstanceUID, inner.PatientName = "1.2.3", "DOE^JANE"
    outer.ReferencedImageSequence = [inner]
    ds.SOPInstanceUID, ds.ReferencedImageSequence = "1.2.3", [outer]
    cleaned(ds, who)
    left = ds.ReferencedImageSequence[0].ReferencedImageSequence[0]
    assert left.ReferencedSOPInstanceUID == ds.SOPInstanceUID == who.key.uid("1.2.3")
    assert not left.PatientName


def test_items_deeper_than_any_object_needs_are_refused(who: Who) -> None:
    ds = Dataset()
    for _ in range(40):
        outer = Dataset()
        outer.ReferencedImageSequence = [ds]
        ds = outer
    with pytest.raises(Refusal) as refused:
        cleaned(ds, who)
    assert refused.value.code == "bad_header"


def test_the_patients_words_come_from_every_name_and_number() -> None:
    ds = Dataset()
    ds.PatientName, ds.PatientID, ds.ReferringPhysicianName = "DOE^JANE", "MRN77", "Meier^Hans"
    assert personal(ds) == {"doe", "jane", "mrn77", "meier", "hans"}


def test_without_a_patient_id_the_study_is_the_patient(key: Key) -> None:
    one, other = Dataset(), Dataset()
    one.StudyInstanceUID, other.StudyInstanceUID = "1.2.3", "1.2.4"
    assert holder(one, key).pseudonym != holder(other, key).pseudonym
    one.PatientID = other.PatientID = "MRN77"
    assert holder(one, key) == holder(other, key)


def test_what_was_done_is_counted_by_tag_without_a_value(who: Who) -> None:
    ds = Dataset()
    ds.PatientName, ds.OtherPatientIDs = "DOE^JANE", "MRN77"
    assert cleaned(ds, who) == {("(0010,0010)", "empty"): 1, ("(0010,1000)", "remove"): 1}
