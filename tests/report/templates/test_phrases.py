"""The words of a report: nothing is blank, and each says what the page says."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date

import pytest

from vivomap.core import Assessment, Decision, Missing, dumps, identify
from vivomap.report.answer import answer
from vivomap.report.dicom_identity import tracking_uid
from vivomap.report.forms import Filed
from vivomap.report.page import RESEARCH
from vivomap.report.templates.phrases import SAID, of_lesion, phrase, verdict
from vivomap.report.templates.slots import LESIONS, VERDICTS, WORDS

Case = tuple[Assessment, tuple[Assessment, ...]]


@pytest.mark.parametrize("name", ["baseline", "two_visits", "four_visits", "pet", "table_only", "undated"])
def test_every_word_says_something(name: str, request: pytest.FixtureRequest) -> None:
    filed = Filed(*request.getfixturevalue(name))
    assert set(SAID) == set(WORDS)
    assert all(phrase(filed, word).strip() for word in WORDS)
    for lesion in filed.story.marks:
        assert all(of_lesion(filed, word, lesion).strip() for word in LESIONS)


def test_it_says_what_the_page_says(four_visits: Case) -> None:
    filed = Filed(*four_visits)
    assert phrase(filed, "answer") == answer(filed.story)
    assert phrase(filed, "research").startswith(RESEARCH)
    assert phrase(filed, "assessment") == identify(filed.assessment)[:12]
    assert phrase(filed, "sha256") == hashlib.sha256(dumps(filed.assessment).encode()).hexdigest()
    assert phrase(filed, "visit") == "visit 4"
    assert phrase(filed, "options").startswith("(1) discuss a change of treatment [grade B]; (2) ")
    assert phrase(filed, "option") == "discuss a change of treatment [grade B]"
    assert phrase(filed, "new_lesions") == filed.story.letter("lung_3")
    assert "pembrolizumab" in phrase(filed, "treatments")
    assert "too_few_voxels" in phrase(filed, "missing")


def test_an_abstention_is_not_a_blank(table_only: Case, undated: Case) -> None:
    assert phrase(Filed(*table_only), "options").startswith("no option is proposed, because nothing could be measured")
    assert phrase(Filed(*table_only), "option") == phrase(Filed(*table_only), "options")
    assert phrase(Filed(*undated), "look_again") == "The pathway names no day to look again."
    assert phrase(Filed(*undated), "day") == "undated"


def test_draft_decision_and_amendment_are_said(two_visits: Case) -> None:
    filed = Filed(*two_visits)
    assert phrase(filed, "status").startswith("DRAFT")
    assert phrase(filed, "replaces") == "First version of this report."
    made = replace(filed, decisions=(Decision("x", "continue", "Dr A", date(2026, 3, 10), ""),), replaces=(filed,))
    assert phrase(made, "status") == "Decision: continue, by Dr A on 10 March 2026."
    assert identify(filed.assessment)[:12] in phrase(made, "replaces")


def test_a_lesion_goes_by_its_letter_and_tracking_identifier(two_visits: Case) -> None:
    filed = Filed(*two_visits)
    assert of_lesion(filed, "letter", "lung_1") == "A"
    assert of_lesion(filed, "tracking_uid", "lung_1") == tracking_uid(filed, "lung_1")
    assert of_lesion(filed, "site", "lung_1") == "lung"


def test_a_verdict_has_every_part_or_a_reason(filed: Filed, two_visits: Case) -> None:
    assert all(verdict(filed, "recist", part, "") for part in VERDICTS)
    assert verdict(filed, "recist", "label", "") in verdict(filed, "recist", "category", "")
    lost = Missing("percist", "", None, "no_uptake", "the visit has no PET", "verdict")
    now = replace(two_visits[0], claims=(*two_visits[0].claims, lost))
    said = verdict(Filed(now, two_visits[1]), "percist", "", "")
    assert said == "PERCIST 1.0 not given: the visit has no PET (no_uptake)"
    assert verdict(filed, "percist", "label", "") == "not given: not asked for at this visit"
