"""Each step is coarser than the one before, and the last tells nothing."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivomap.report.cohort.hierarchies import AFTER, AGE, ANY, EACH, FIXED, MONTH, SCANNER, SEX, UNKNOWN, Hierarchy

RAW: dict[str, st.SearchStrategy[Any]] = {
    "age": st.integers(0, 110),
    "sex": st.sampled_from("FMO"),
    "site": st.sampled_from(["north", "south"]),
    "month": st.dates(date(1990, 1, 1), date(2030, 1, 1)),
    "scanner": st.tuples(st.sampled_from(["GE", "SIEMENS"]), st.sampled_from(["A", "B"])),
    "after": st.integers(0, 4000),
}


@pytest.mark.parametrize("hierarchy", [*FIXED, *EACH], ids=lambda h: h.column)
@given(data=st.data())
def test_who_is_alike_at_a_step_is_alike_at_every_coarser_one(hierarchy: Hierarchy, data: st.DataObject) -> None:
    one, other = (data.draw(RAW[hierarchy.column]) for _ in range(2))
    alike = [hierarchy.text(one, level) == hierarchy.text(other, level) for level in range(hierarchy.top + 1)]
    assert alike == sorted(alike)
    assert hierarchy.text(one, hierarchy.top) == hierarchy.name(hierarchy.top) == ANY


def test_the_steps_read_as_a_person_would_say_them() -> None:
    assert [AGE.text(67, level) for level in range(4)] == ["65 to 69", "60 to 69", "60 to 79", "any"]
    assert [AGE.text(93, level) for level in range(3)] == ["90 or more"] * 3
    assert AGE.text(85, 2) == "80 to 89"
    assert [MONTH.text(date(2026, 5, 9), level) for level in range(4)] == ["2026-05", "2026-Q2", "2026", "any"]
    assert [SCANNER.text(("GE", "Discovery"), level) for level in range(3)] == ["GE Discovery", "GE", "any"]
    assert [AFTER.text(57, level) for level in range(4)] == ["week 8", "weeks 8 to 11", "weeks 0 to 11", "any"]


def test_what_is_not_known_says_so_and_no_day_is_ever_told() -> None:
    assert [h.text(None, 0) for h in (AGE, SEX, MONTH, AFTER)] == [UNKNOWN] * 4
    assert SCANNER.text(("", ""), 0) == UNKNOWN
    for k in range(40):
        day = date(2026, 1, 1) + timedelta(days=k)
        assert day.isoformat() not in [MONTH.text(day, level) for level in range(4)]
