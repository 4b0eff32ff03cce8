"""Studies with their address: each its own, none without series."""

from __future__ import annotations

from dataclasses import replace

from vivomap.report.fhir.imr.context import address, studies
from vivomap.report.forms import Filed


def test_each_study_with_series_has_an_address_of_its_own(filed: Filed) -> None:
    study = filed.assessment.study
    more = replace(filed.assessment, study=replace(study, uid=(*study.uid, "1.2.3.4")))
    made = list(studies(replace(filed, assessment=more, archive="https://pacs.example/web/")))
    assert [s["contained"][1]["address"] for s in made] == [f"https://pacs.example/web/studies/{study.uid[0]}"]
    assert all("performer" not in s for s in made[0]["series"])


def test_the_address_ends_without_a_stroke(filed: Filed) -> None:
    assert address(replace(filed, archive="http://127.0.0.1:8042/dicom-web//")) == "http://127.0.0.1:8042/dicom-web"
