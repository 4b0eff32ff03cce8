"""Whether a scanner was in control on a day, and what its images then carry."""

from datetime import date, timedelta

import numpy as np
import pytest

from vivomap.core import Image, Study, Voxels, dumps
from vivomap.core.quality import Check
from vivomap.store.control import DEFAULTS, Rule, flags, lines, watched
from vivomap.store.control.charts import BASELINE

SCANNER = "MAKER M S1"
FIRST = date(2026, 1, 5)
EYE = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))
WEEKLY = (Rule("ct", "water", target=0.0, action=5.0, due_days=8), *DEFAULTS)


def checks(*values: float, kind: str = "ct", quantity: str = "water") -> list[Check]:
    return [
        Check(kind, quantity, "density", v, "[hnsf'U]", 0.2, FIRST + timedelta(days=7 * k), SCANNER, "V1", "")
        for k, v in enumerate(values)
    ]


def image(role: str = "ct", day: date | None = FIRST, serial: str = "S1") -> Image:
    settings = (("manufacturer", "MAKER"), ("model", "M"), ("serial", serial))
    return Image(role, Voxels.of(np.zeros((2, 2, 2))), "[hnsf'U]", EYE, settings=settings, day=day)


def codes(known, when: date, **more: str) -> list[str]:  # type: ignore[no-untyped-def]
    return [f.code for f in flags(known, image(day=when, **more), None)]


def test_a_value_beyond_the_action_limit_marks_images_until_the_next_good_check() -> None:
    known = lines(checks(0.5, 7.0, 0.2), WEEKLY)
    assert codes(known, FIRST) == []
    assert codes(known, FIRST + timedelta(days=8)) == ["out_of_control"]
    assert codes(known, FIRST + timedelta(days=15)) == []
    (flag,) = flags(known, image(day=FIRST + timedelta(days=8)), None)
    assert "7 ± 0.2 HU on 2026-01-12" in flag.reason
    assert "-5 to 5" in flag.reason


def test_a_check_that_is_too_old_says_so() -> None:
    known = lines(checks(0.5), WEEKLY)
    assert codes(known, FIRST + timedelta(days=8)) == []
    assert codes(known, FIRST + timedelta(days=9)) == ["check_overdue"]


def test_a_scanner_or_a_day_or_a_kind_without_checks_is_not_judged() -> None:
    known = lines(checks(50.0), WEEKLY)
    assert codes(known, FIRST, serial="S2") == []
    assert codes(known, FIRST - timedelta(days=1)) == []
    assert flags(known, image("dwi"), FIRST) == ()
    assert flags(known, image(day=None), None) == ()
    assert [f.code for f in flags(known, image(day=None), FIRST)] == ["out_of_control"]


def test_three_sigma_and_a_slow_drift_are_known_after_the_baseline() -> None:
    calm = [0.0, 0.4, -0.3, 0.2, -0.4, 0.1, 0.3, -0.2]
    assert len(calm) == BASELINE
    (line,) = lines(checks(*calm, 3.5), WEEKLY)
    assert "three sigma" in line.faults[-1]
    (slow,) = lines(checks(*calm, *[1.6] * 6), WEEKLY)
    assert not any("three sigma" in f for f in slow.faults)
    assert any("drifting" in f for f in slow.faults)
    assert lines(checks(*calm[:4], 3.5), WEEKLY)[0].control is None


def test_the_order_of_putting_down_changes_nothing_but_of_one_day() -> None:
    mine = checks(0.5, 7.0, 0.2)
    assert lines(mine, WEEKLY) == lines(mine[::-1], WEEKLY)


def test_the_visit_carries_the_state_in_force_so_that_it_replays_alike() -> None:
    study = Study("P-1", FIRST + timedelta(days=8), (image(day=None), image("dwi", day=None)))
    known = lines(checks(0.5, 7.0), WEEKLY)
    made = watched(study, known)
    assert [len(i.flags) for i in made.images] == [1, 0]
    assert dumps(watched(study, known)) == dumps(made)
    assert watched(made, known) == made
    assert watched(study, ()) is study


def test_a_check_that_comes_late_changes_what_is_said_and_the_old_word_gives_way() -> None:
    study = Study("P-1", FIRST + timedelta(days=16), (image(day=None),))
    overdue = watched(study, lines(checks(0.5), WEEKLY))
    assert [f.code for f in overdue.images[0].flags] == ["check_overdue"]
    assert [f.code for f in watched(overdue, lines(checks(0.5, 0.2, 7.0), WEEKLY)).images[0].flags] == [
        "out_of_control"
    ]
    assert watched(overdue, lines(checks(0.5, 0.2, 0.1), WEEKLY)) == study


@pytest.mark.parametrize("role", ["suv", "activity"])
def test_uptake_is_judged_by_the_cylinder(role: str) -> None:
    check = Check("uptake", "cylinder", "suv_mean", 1.2, "g/ml{SUVbw}", 0.02, FIRST, SCANNER, "V1", "")
    assert [f.code for f in flags(lines([check], DEFAULTS), image(role), None)] == ["out_of_control"]
