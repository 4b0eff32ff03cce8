"""The forms that are filled from a template: text, page, print and MRRT, from the shipped or from a named one."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from vivomap.core import Measurement, Refusal, identify
from vivomap.report.forms import Filed, forms
from vivomap.report.templates import KINDS, bound, page
from vivomap.report.templates.choose import chosen
from vivomap.report.templates.fill import fill


def test_every_form_is_found_and_writes_one_file(filed: Filed) -> None:
    assert set(KINDS) <= set(forms())
    names = [name for form in ("text", "text-html", "mrrt") for name in forms()[form].write(filed)]
    assert names == ["report.txt", "report-text.html", "report-mrrt.html"]


def test_a_named_template_takes_the_place_of_the_shipped_one(filed: Filed, made) -> None:
    own = bound(made("OUR HOSPITAL {day}\n{research}"))
    (text,) = own["text"].write(filed).values()
    assert text.decode().startswith("OUR HOSPITAL 4 March 2024\nResearch use only")


def test_the_shipped_text_fits_a_screen_for_two_lesions(filed: Filed) -> None:
    (text,) = forms()["text"].write(filed).values()
    assert len(text.decode().splitlines()) <= 24
    assert "not measured" not in text.decode()


def test_a_pathway_without_a_template_has_the_other_forms(filed: Filed) -> None:
    other = replace(filed, assessment=replace(filed.assessment, pathway="new_question"))
    with pytest.raises(Refusal) as refused:
        forms()["text"].write(other)
    assert refused.value.code == "no_template"


class Words(HTMLParser):
    """The text of the page, line by line, and the claims that its numbers are tied to."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[str] = []
        self.claims: set[str] = set()
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.claims |= {v for k, v in attrs if k == "data-claim" and v}
        if tag in ("p", "h2", "h1"):
            self.inside = tag
            self.rows.append("")

    def handle_endtag(self, tag: str) -> None:
        self.inside = "" if tag == self.inside else self.inside

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.rows[-1] += data


def test_the_page_holds_the_same_lines_as_the_text_and_ties_its_numbers(filed: Filed) -> None:
    filled = fill(chosen("lung_response"), filed)
    reader = Words()
    reader.feed(page(filled))
    lines = [line.text for line in filled.lines if line.text]
    assert [row.rstrip() for row in reader.rows[1 : 1 + len(lines)]] == lines
    assert reader.claims <= {identify(c) for c in filed.assessment.claims if isinstance(c, Measurement)}
    assert reader.claims


@pytest.mark.slow  # printing takes about a second
def test_the_print_says_patient_page_report_and_draft(filed: Filed, pdf_text) -> None:
    (body,) = forms()["text-pdf"].write(filed).values()
    text = pdf_text(body)
    for said in (filed.assessment.study.patient, "page 1 of 1", identify(filed.assessment)[:12], "DRAFT"):
        assert said in text
    assert "Impression" in text
