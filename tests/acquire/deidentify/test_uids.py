from vivomap.acquire.deidentify.key import Key
from vivomap.acquire.deidentify.uids import kept, pseudonym


def test_the_standards_own_uids_stay(key: Key) -> None:
    for uid in ("1.2.840.10008.1.2.1", "1.2.840.10008.5.1.4.1.1.481.3", "1.2.840.10008.1.4.1.1"):
        assert pseudonym(uid, key) == uid


def test_every_other_uid_is_mapped_and_always_alike(key: Key) -> None:
    assert pseudonym("1.3.6.1.4.1.5", key) == pseudonym("1.3.6.1.4.1.5", key) != "1.3.6.1.4.1.5"
    assert pseudonym("JANE DOE", key).startswith("2.25.")
    assert pseudonym("1.2.840.10008.JANE", key).startswith("2.25.")
    assert pseudonym("1.2.840.10008." + "19610203" * 5, key).startswith("2.25.")


def test_a_makers_class_stays_only_where_a_class_stands() -> None:
    assert kept("SOPClassUID", "1.2.840.113619.4.26")
    assert not kept("SOPClassUID", "JANE DOE")
    assert not kept("SOPInstanceUID", "1.2.840.113619.4.26")


def test_a_public_dictionary_stays_and_that_of_a_house_does_not() -> None:
    assert kept("CodingSchemeUID", "2.16.840.1.113883.6.96")
    assert not kept("CodingSchemeUID", "1.2.276.0.99.1")
