"""The printed report: what every page says, that it is tagged, drafts and amendments, paper, sameness."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pypdf
import pytest

from vivomap.core import Assessment, dumps, identify
from vivomap.report.answer import answer
from vivomap.report.forms import Filed, forms
from vivomap.report.pdf import LETTER, sheet

Read = Callable[..., str]
Case = tuple[Assessment, tuple[Assessment, ...]]
pytestmark = pytest.mark.slow  # a report is printed in about a second, and four are


def pages(pdf_text: Read, body: bytes) -> list[str]:
    return pdf_text(body).rstrip("\f\n").split("\f")


def test_every_page_says_patient_number_report_hash_and_version(draft: bytes, filed: Filed, pdf_text: Read) -> None:
    found = pages(pdf_text, draft)
    sha = hashlib.sha256(dumps(filed.assessment).encode()).hexdigest()
    assert len(found) > 2
    for number, page in enumerate(found, 1):
        assert filed.assessment.study.patient in page
        assert f"page {number} of {len(found)}" in page
        assert identify(filed.assessment)[:12] in page
        assert f"{sha[:4]} {sha[4:8]} {sha[8:12]} … {sha[-4:]}" in page
        assert "vivomap 0." in page
        assert "Research use only, not a medical device" in page


def test_it_tells_the_story_of_the_page(draft: bytes, filed: Filed, pdf_text: Read) -> None:
    text = " ".join(pdf_text(draft, "pdftotext", "PDF", "-").split())
    for said in ("What is missing, and why", "Every number", "Method and assumptions", "Provenance"):
        assert said in text
    assert answer(filed.story)[:60] in text


def elements(node: Any) -> Iterator[Any]:
    """The structure elements of a tagged file, in reading order."""
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, list) else [kids]:
        found = kid.get_object() if hasattr(kid, "get_object") else kid
        if isinstance(found, dict) and "/S" in found:
            yield found
            yield from elements(found)


def test_the_file_is_tagged_with_language_title_and_alternative_texts(draft: bytes) -> None:
    reader = pypdf.PdfReader(io.BytesIO(draft))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None
    assert reader.metadata.title == "vivomap report: lung response"
    found = list(elements(root["/StructTreeRoot"]))
    kinds = [str(e["/S"]) for e in found]
    assert {"/H1", "/H2", "/P", "/Table", "/TH", "/TD", "/Figure"} <= set(kinds)
    assert kinds.count("/H1") == 1
    figures = [e for e in found if e["/S"] == "/Figure"]
    assert len(figures) > 5
    assert all(str(e.get("/Alt", "")).strip() for e in figures)


def test_poppler_finds_it_tagged_without_script_and_on_a4(draft: bytes, pdf_text: Read) -> None:
    said = dict(re.findall(r"(?m)^([^:]+): +(.*)$", pdf_text(draft, "pdfinfo", "PDF")))
    assert said["Tagged"] == "yes"
    assert said["JavaScript"] == "no"
    assert "(A4)" in said["Page size"]
    assert "CreationDate" not in said


def test_curves_are_vectors_and_pixels_are_grey_and_those_of_the_images_alone(
    draft: bytes, filed: Filed, pdf_text: Read
) -> None:
    rows = pdf_text(draft, "pdfimages", "-list", "PDF").splitlines()[2:]
    drawn = sheet(filed).count("data:image/png")
    assert len(rows) == drawn
    assert {row.split()[5] for row in rows} == {"gray"}


def test_left_stays_left_in_print(draft: bytes, pdf_text: Read) -> None:
    """The patient's right is on the left of each axial picture, as radiologists look at it."""
    words = re.findall(
        r'<word xMin="([\d.]+)" yMin="([\d.]+)"[^>]*>([RL])</word>', pdf_text(draft, "pdftotext", "-bbox", "PDF", "-")
    )
    rows: dict[str, list[tuple[float, str]]] = {}
    for x, y, side in words:
        rows.setdefault(y, []).append((float(x), side))
    assert rows
    for row in rows.values():
        assert [side for _, side in sorted(row)] == ["R", "L"] * (len(row) // 2)


def test_only_grey_is_left_and_every_meaning_still_has_its_shape_and_word(filed: Filed) -> None:
    page = sheet(filed)
    glyphs = re.findall(r'<svg class="g"[^>]*><title>([^<]+)</title><path d="[^"]+"></path></svg>\s*([^<]+)', page)
    assert glyphs
    assert all(title.strip() and word.strip() for title, word in glyphs)


def test_a_draft_says_so_on_every_page_until_a_decision_is_recorded(
    draft: bytes, decided: bytes, pdf_text: Read
) -> None:
    assert all("DRAFT. Visit 2, 4 March 2024" in page for page in pages(pdf_text, draft))
    assert "No decision is recorded on this assessment" in pdf_text(draft)
    text = pdf_text(decided)
    assert "DRAFT" not in text
    assert "Decision: continue treatment, by Dr A on 2024-03-06. Reason: shrinking. Dissent: Dr B: wait." in " ".join(
        text.split()
    )


def test_an_amended_report_names_its_predecessor_and_what_changed(decided: bytes, final: Filed, pdf_text: Read) -> None:
    text = pdf_text(decided)
    assert "AMENDED" in text
    assert identify(final.replaces[0].assessment) in text.replace("\n", "").replace(" ", "")
    (row,) = [line for line in text.splitlines() if re.match(r"\s*[AB], long axis .* mm .* mm", line)]
    before, after = (float(v) for v in re.findall(r"([\d.]+) ± [\d.]+ mm", row))
    assert before - after == pytest.approx(5, abs=0.11)


def test_the_same_assessment_gives_the_same_bytes(draft: bytes, filed: Filed) -> None:
    assert forms()["pdf"].write(filed) == {"report.pdf": draft}


def test_letter_paper_is_a_form_of_its_own_and_its_first_page_still_is_one_page(
    four_visits: Case, pdf_text: Read
) -> None:
    (body,) = forms()["pdf-letter"].write(Filed(*four_visits)).values()
    assert "(letter)" in pdf_text(body, "pdfinfo", "PDF")
    first, second, *_ = pages(pdf_text, body)
    assert "What is missing, and why" in first
    assert second.split("\n", 1)[1].strip().startswith("Over time")


def test_hostile_text_stays_text(filed: Filed) -> None:
    evil = "</style><script>x</script><img src='http://192.0.2.1/x'>{{7*7}}"
    study = replace(filed.assessment.study, patient=evil)
    page = sheet(replace(filed, assessment=replace(filed.assessment, study=study), history=()), LETTER)
    assert "<script" not in page
    assert "<img" not in page
    assert "{{7*7}}" in page
