from vivomap.acquire.deidentify.private import MOMENT, NUMBERS, is_creator, kind

PHILIPS = {0x70530010: "Philips PET Private Group"}


def test_the_factors_of_philips_are_known_in_whatever_block_they_stand() -> None:
    assert kind(0x70531009, PHILIPS) == kind(0x7053AB00, {0x705300AB: "Philips PET Private Group"}) == NUMBERS


def test_the_start_of_ge_and_siemens_is_a_moment() -> None:
    assert kind(0x0009100D, {0x00090010: "GEMS_PETD_01"}) == kind(0x00711022, {0x00710010: "SIEMENS MED PT"}) == MOMENT


def test_without_its_creator_nothing_is_known() -> None:
    assert kind(0x70531009, {}) == kind(0x70531009, {0x70530010: "SOMEBODY ELSE"}) == ""
    assert kind(0x70531109, PHILIPS) == kind(0x70531001, PHILIPS) == ""


def test_a_creator_is_told_from_what_it_reserves() -> None:
    assert is_creator(0x00090010)
    assert not is_creator(0x00091001)
    assert not is_creator(0x00080010)
