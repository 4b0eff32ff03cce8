from datetime import date
from pathlib import Path

import pytest

from vivomap.acquire.phantom.truth import Call, Known, Lesion, Truth, Visit
from vivomap.core import Refusal

LESION = Lesion("lesion_1 lung", "lung", "present", "2.25.1", (Known("volume", 1.5, "mL", 0.1),), (1.0, 2.0, 3.0))
GONE = Lesion("lesion_2 lung", "lung", "vanished", "2.25.2")
VISIT = Visit(date(2024, 1, 2), "a", "scanner", (LESION, GONE), (Call("recist", "PR", "why"),))
TRUTH = Truth("two_visit", 0, "P", "says", (VISIT,))


def test_a_truth_reads_back_as_it_was_written(tmp_path: Path) -> None:
    TRUTH.write(tmp_path)
    assert Truth.read(tmp_path) == TRUTH


def test_it_is_asked_by_name() -> None:
    assert VISIT.lesion("lesion_1 lung").number("volume").value == 1.5
    assert VISIT.call("recist").category == "PR"


@pytest.mark.parametrize("ask", [lambda: VISIT.lesion("x"), lambda: LESION.number("x"), lambda: VISIT.call("x")])
def test_what_is_not_known_is_refused(ask: object) -> None:
    with pytest.raises(Refusal) as refusal:
        ask()  # type: ignore[operator]
    assert refusal.value.code == "unknown_name"


def test_a_number_needs_a_unit_of_the_table() -> None:
    with pytest.raises(Refusal, match="unit"):
        Known("volume", 1.0, "ccm", 0.1)
