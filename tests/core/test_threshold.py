"""A threshold without source, grade or unit is refused."""

import pytest

from vivomap.core import Refusal, Threshold


def test_a_threshold_needs_a_source_a_grade_and_a_unit() -> None:
    assert Threshold("t", 1, "mm", "a paper", "B").version == 1
    for wrong in (("t", 1, "mm", "", "B"), ("t", 1, "mm", "a paper", "Z"), ("t", 1, "inch", "a paper", "B")):
        with pytest.raises(Refusal):
            Threshold(*wrong)  # type: ignore[arg-type]
