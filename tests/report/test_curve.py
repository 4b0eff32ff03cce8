"""One number over time."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from vivomap.core import Assessment
from vivomap.report.curve import HEAD, PLOT, curve
from vivomap.report.story import Story
from vivomap.report.timeline import ENDS, axis_of

Case = tuple[Assessment, tuple[Assessment, ...]]


def drawn(case: Case, lesion: str, name: str) -> ET.Element:
    story = Story.of(*case)
    axis = axis_of(story)
    assert axis
    return ET.fromstring(str(curve(story, (lesion, name, 0), axis)))


def of_class(svg: ET.Element, word: str) -> list[ET.Element]:
    return [e for e in svg.iter() if word in e.get("class", "").split()]


def test_a_point_that_cannot_be_compared_is_hollow_and_not_joined(four_visits: Case) -> None:
    svg = drawn(four_visits, "lung_1", "long_axis")
    assert (len(of_class(svg, "full")), len(of_class(svg, "hollow"))) == (3, 1)
    (joined,) = of_class(svg, "ln")
    assert len(joined.get("points", "").split()) == 3
    assert "hollow: not comparable" in "".join(svg.itertext())


def test_the_band_lies_around_the_reference_and_says_its_range(four_visits: Case) -> None:
    svg = drawn(four_visits, "lung_1", "long_axis")
    (band,) = of_class(svg, "bandfill")
    (line,) = of_class(svg, "reference")
    top, height = float(band.get("y", "nan")), float(band.get("height", "nan"))
    assert top < float(line.get("y1", "nan")) < top + height
    assert "no change: 38.4 to 46.0" in "".join(svg.itertext())


def test_every_point_has_its_whisker_and_its_number(four_visits: Case) -> None:
    svg = drawn(four_visits, "node_1", "volume")
    assert len(of_class(svg, "whisker")) == len(of_class(svg, "beside")) == 4
    assert all(e.get("data-claim") and e.get("data-part") == "value" for e in of_class(svg, "beside"))


def test_the_end_says_what_it_reads_and_the_chance(two_visits: Case) -> None:
    svg = drawn(two_visits, "node_1", "long_axis")
    said = "".join(svg.itertext())
    assert "within error, P (real) 0.77" in said
    ends = [float(e.get("y", "nan")) for e in svg.iter() if e.tag == "text" and e.get("x") == str(ENDS)]
    assert all(b - a >= 13.9 for a, b in zip(sorted(ends), sorted(ends)[1:], strict=False))


def test_everything_stays_inside_and_is_told_in_words(four_visits: Case) -> None:
    for lesion in ("lung_1", "lung_2", "node_1"):
        svg = drawn(four_visits, lesion, "volume")
        for e in of_class(svg, "whisker"):
            assert HEAD - 0.1 <= float(e.get("y1", "nan")) <= float(e.get("y2", "nan")) <= HEAD + PLOT + 0.1
        told = svg.find("desc")
        assert told is not None
        assert told.text is not None
        assert len(re.findall(r"\d+ (January|March|May|June) 2026: ", told.text)) == 4
        assert "not comparable" in told.text


def test_lesions_keep_dash_and_marker(four_visits: Case) -> None:
    one, two = (of_class(drawn(four_visits, lesion, "volume"), "ln")[0] for lesion in ("lung_1", "lung_2"))
    assert one.get("stroke-dasharray") != two.get("stroke-dasharray")
