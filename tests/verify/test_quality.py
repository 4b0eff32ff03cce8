"""A phantom's values as checks."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from vivomap.acquire import read
from vivomap.acquire.phantom.checks import write
from vivomap.verify.quality import checks


def test_each_part_gives_its_value_with_scanner_day_and_source(tmp_path: Path) -> None:
    (study,) = read([write("ct", tmp_path, date(2026, 1, 5), off=7.0)])
    made, lost = checks(study)
    assert not lost
    water = next(c for c in made if c.quantity == "water")
    assert abs(water.value - 7) < 3 * water.uncertainty + 0.5
    assert (water.scanner, water.software, water.day) == ("MAKER WORKS MODEL 64 S1", "V1", date(2026, 1, 5))
    assert water.known_by == "its name"
    assert len(water.measurement) == 64


def test_a_phantom_without_a_day_has_no_place_on_a_chart(tmp_path: Path) -> None:
    (study,) = read([write("uptake", tmp_path, date(2026, 1, 5))])
    undated = replace(study, day=None, images=tuple(replace(i, day=None) for i in study.images))
    made, lost = checks(undated)
    assert made == ()
    assert [m.code for m in lost] == ["no_date"]
