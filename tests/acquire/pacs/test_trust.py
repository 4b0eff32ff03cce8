"""What is believed of an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.uid import UID, generate_uid

from vivomap.acquire.pacs.trust import is_uid, short, uid
from vivomap.core import Refusal


@pytest.mark.parametrize(
    "text", ["", "1", "1.", ".1", "1..2", "01.2", "1.02", "1.2/../..", "1.2\n", "1.2'; --", "1." + "1" * 64, "१.२"]
)
def test_a_hostile_uid_is_none(text: str) -> None:
    assert not is_uid(text)
    with pytest.raises(Refusal):
        uid("x" + text)


@given(st.text(max_size=70))
def test_what_passes_is_a_uid_for_the_reading_library_too(text: str) -> None:
    if is_uid(text):
        assert UID(text).is_valid


def test_uids_that_are_made_pass() -> None:
    assert all(is_uid(generate_uid()) for _ in range(20))
    assert uid(" 1.2.3 ") == "1.2.3"


def test_words_of_a_pacs_are_short_and_on_one_line() -> None:
    assert short("a\nb\r\n" + "c" * 500) == ("a b " + "c" * 500)[:200]
