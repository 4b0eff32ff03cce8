"""Complaints: each code has its section of the standard, its reading and its page; repeats are counted."""

import re

from vivomap.acquire.harvest.complaints import SAYS, Book
from vivomap.core.errors import codes, page


def test_every_complaint_quotes_the_standard_and_has_a_page() -> None:
    assert len(SAYS) > 25
    for code, (says, read) in SAYS.items():
        assert re.match(r"PS3\.\d+ ", says), code
        assert read, code
        assert code in codes(), code
        assert says in page(code), code


def test_a_departure_that_repeats_is_told_once_with_its_first_place_and_its_number() -> None:
    book = Book()
    for place in ("1.2", "1.3", "1.4"):
        book.note("unit_not_ucum", place, "millimeters")
    book.note("unit_not_ucum", "1.9", "cc")
    one, other = book.told()
    assert (one.place, one.times, other.place, other.times) == ("1.2 (millimeters)", 3, "1.9 (cc)", 1)
