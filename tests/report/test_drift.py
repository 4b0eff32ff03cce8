"""A scanner's protocol over time: changes are found on their day, and rounding is none."""

from datetime import date, timedelta

import numpy as np

from vivomap.core import NOT_COMPARABLE, Asked, Image, Study, Voxels
from vivomap.report.drift import panel, traces

EYE = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))
FIRST = date(2026, 1, 5)
TE = Asked("dwi", "te_ms", "project", NOT_COMPARABLE, "ms", high=80.0, apart=5.0)


def study(k: int, serial: str = "S1", **more: str | float) -> Study:
    said = {"manufacturer": "MAKER", "model": "M", "serial": serial, "protocol": "DWI", "te_ms": 60.0, **more}
    image = Image(
        "dwi", Voxels.of(np.zeros((1, 2, 2))), "1", EYE, settings=tuple(said.items()), day=FIRST + timedelta(k)
    )
    return Study(f"P-{k}", image.day, (image,))


def test_a_change_of_a_setting_and_of_the_software_is_found_on_its_day() -> None:
    found = traces([study(0, software="V1"), study(9, software="V1"), study(20, te_ms=90.0, software="V2")], [TE])
    steps = {t.setting: [(s.day, s.before, s.after) for s in t.steps] for t in found}
    assert steps["te_ms"] == [(FIRST + timedelta(20), 60.0, 90.0)]
    assert steps["software"] == [(FIRST + timedelta(20), "V1", "V2")]
    assert found[0].steps


def test_less_than_one_percent_or_than_what_a_card_allows_is_no_change() -> None:
    found = traces([study(0, tr_ms=5000.0), study(9, te_ms=64.0, tr_ms=5020.0)], [TE])
    assert not any(t.steps for t in found)


def test_two_scanners_are_two_lines_and_one_day_is_none() -> None:
    found = traces([study(0), study(1, "S2", te_ms=90.0)], [TE])
    assert found == ()
    found = traces([study(0), study(2), study(1, "S2"), study(3, "S2")], [TE])
    assert {t.scanner for t in found} == {"MAKER M S1", "MAKER M S2"}


def test_what_lies_outside_what_is_asked_is_open_in_the_drawing() -> None:
    (te,) = [t for t in traces([study(0, te_ms=90.0), study(5, te_ms=90.0)], [TE]) if t.setting == "te_ms"]
    made = panel(te)
    assert [p.out for p in made.points] == [True, True]
    assert [r.value for r in made.rules] == [80.0]


def test_words_are_asked_as_the_numbers_ask_them_whatever_their_letters() -> None:
    asked = Asked("dwi", "plane", "project", words=("Axial",))
    found = traces([study(0, plane="AXIAL"), study(5, plane="AXIAL")], [asked])
    (plane,) = [t for t in found if t.setting == "plane"]
    assert [p.out for p in panel(plane).points] == [False, False]
    (other,) = [t for t in traces([study(0, plane="OBL"), study(5, plane="OBL")], [asked]) if t.setting == "plane"]
    assert [p.out for p in panel(other).points] == [True, True]
