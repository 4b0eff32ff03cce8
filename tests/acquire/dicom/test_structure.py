import struct

import pytest

from vivomap.acquire.dicom.structure import (
    UNDEFINED,
    Form,
    Short,
    check,
    form_of,
    guessed,
    is_sequence,
    meta,
    sequence_end,
)
from vivomap.core import Refusal

TAG = struct.pack("<HH", 0x0008, 0x1140)
ITEM, ITEM_END, END = (struct.pack("<HH", 0xFFFE, n) for n in (0xE000, 0xE00D, 0xE0DD))


def inside(depth: int, ends: bool) -> bytes:
    """A sequence so many levels deep, as bytes."""
    content = b""
    for _ in range(depth):
        item = ITEM + struct.pack("<I", UNDEFINED if ends else len(content)) + content
        item += ITEM_END + bytes(4) if ends else b""
        size = UNDEFINED if ends else len(item)
        content = TAG + b"SQ\0\0" + struct.pack("<I", size) + item + (END + bytes(4) if ends else b"")
    return content


def code(data: bytes) -> str:
    with pytest.raises(Refusal) as refused:
        check(data, 0, len(data), Form())
    return refused.value.code


@pytest.mark.parametrize("ends", [True, False])
def test_thirty_two_sequences_may_lie_in_each_other_and_no_more(ends: bool) -> None:
    check(inside(32, ends), 0, len(inside(32, ends)), Form())
    assert code(inside(33, ends)) == "nested_too_deep"


@pytest.mark.parametrize("length", [3, 2**31, UNDEFINED - 1])
def test_no_element_may_be_longer_than_what_holds_it(length: int) -> None:
    text = struct.pack("<HH2sHI", 0x0020, 0x4000, b"UT", 0, length) + b"ab"
    assert code(text) == "header_cut"
    item = ITEM + struct.pack("<I", len(text)) + text
    assert code(TAG + b"SQ\0\0" + struct.pack("<I", len(item)) + item + bytes(2**6)) == "header_cut"


def test_a_second_identity_is_refused_wherever_it_stands() -> None:
    one, other = (struct.pack("<HH2sH", 0x0010, n, b"LO", 2) + b"P1" for n in (0x0020, 0x1000))
    assert code(one + other + one) == "duplicate_element"
    check(one + other + other, 0, len(one + other + other), Form())


def test_what_is_no_item_is_refused() -> None:
    assert code(TAG + b"SQ\0\0" + struct.pack("<I", 8) + TAG + bytes(4)) == "bad_header"


def test_bytes_that_end_too_early_are_asked_for() -> None:
    data = inside(3, True)
    for length in range(1, len(data) - 1):
        with pytest.raises(Short):
            check(data[:length], 0, len(data), Form())
    assert sequence_end(data, 12, UNDEFINED, Form()) == len(data)


def test_nothing_behind_the_pixels_is_walked() -> None:
    data = struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OW", 0, 2) + b"abnonsense"
    check(data, 0, len(data), Form())


def test_each_form_is_told_by_its_syntax_or_its_first_element() -> None:
    assert form_of("1.2.840.10008.1.2") == Form(False)
    assert form_of("1.2.840.10008.1.2.2") == Form(True, ">")
    assert form_of("1.2.840.10008.1.2.4.90") == Form()
    assert guessed(b"\x08\0\x05\0CS\x0a\0") == Form()
    assert guessed(b"\x08\0\x05\0\x0a\0\0\0") == Form(False)
    assert guessed(b"\0\x08\0\x05CS\0\x0a") == Form(True, ">")


def test_the_head_of_a_file_says_the_syntax_and_where_the_data_set_starts() -> None:
    head = struct.pack("<HH2sH", 2, 0x10, b"UI", 18) + b"1.2.840.10008.1.2\0"
    assert meta(bytes(128) + b"DICM" + head + b"rest") == ("1.2.840.10008.1.2", 132 + len(head))
    assert meta(head) == ("1.2.840.10008.1.2", len(head))
    assert meta(b"\x08\0") == ("", 0)
    assert meta(b"\x02\0\x10")[0] == ""


def test_the_dictionary_knows_a_sequence_that_does_not_say_so() -> None:
    assert is_sequence(0x00081140, b"")
    assert is_sequence(0x00081140, b"UN")
    assert not is_sequence(0x00100020, b"")
    assert not is_sequence(0x00091001, b"")
