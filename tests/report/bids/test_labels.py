"""Labels hold letters and digits alone, and two patients never share one."""

import re
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from vivomap.report.bids.labels import session, subject, word

TEXTS = st.text(max_size=40)


@given(TEXTS)
def test_a_label_is_letters_and_digits(text: str) -> None:
    assert re.fullmatch("[A-Z0-9]{1,40}", subject(text))
    assert re.fullmatch("[a-z0-9]{1,24}", word(text))


@given(TEXTS, TEXTS)
def test_two_patients_have_two_labels(one: str, other: str) -> None:
    assert (subject(one) == subject(other)) == (one == other)


def test_patients_that_differ_in_a_sign_or_in_small_letters_stay_apart() -> None:
    assert len({subject(p) for p in ("P1", "P-1", "p1", "P_1", "P 1")}) == 5
    assert subject("P1") == "P1"


def test_a_visit_is_named_for_its_day() -> None:
    assert (session(date(2026, 1, 31)), session(None)) == ("20260131", "undated")
