"""The words of a finding: escaped, with their doubt, and linked only where there is an image."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

from vivomap.core import Assessment, Measurement
from vivomap.report.fhir.imr.words import body, findings, linked, marked
from vivomap.report.forms import Filed

Case = tuple[Assessment, tuple[Assessment, ...]]


def test_every_lesion_is_told_of_once_with_its_letter_and_what_is_missing(four_visits: Case) -> None:
    told = findings(Filed(*four_visits))
    assert [t.words[:8] for t in told] == ["Lesion A", "Lesion B", "Lesion C", "Lesion D"]
    assert "33.0 ± 0.8 mm" in told[0].words
    assert "not given: density, density: 4 inner voxels" in told[3].words
    assert "limits of no change" in told[0].words


def test_without_an_image_there_is_no_link(two_visits: Case) -> None:
    for told in findings(Filed(*two_visits)):
        assert told.image is None
        assert "imr-ref" not in marked(told)
        assert "<a" not in linked(told, "https://pacs.example/studies/1")


def test_outside_text_cannot_become_markup(two_visits: Case) -> None:
    now, _ = two_visits
    evil = '<script>alert(1)</script>"&\x00'
    number = next(c for c in now.claims if isinstance(c, Measurement))
    study = replace(now.study, patient=evil, regions=())
    filed = Filed(replace(now, study=study, claims=(replace(number, region=evil),)))
    (told,) = findings(filed)
    inner = body(filed, [linked(told, "")])
    assert "<script" not in inner + marked(told)
    ElementTree.fromstring(f"<div>{inner}</div>")
