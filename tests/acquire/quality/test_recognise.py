"""A phantom is known by its words and its content together, or by a person and its content."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from vivomap.acquire import read
from vivomap.acquire.phantom.checks import write
from vivomap.acquire.quality import NAMED, recognised
from vivomap.core import Study


@pytest.fixture
def study(tmp_path: Path) -> Study:
    (found,) = read([write("diffusion", tmp_path, date(2026, 1, 5))])
    return found


def renamed(study: Study, patient: str, description: str) -> Study:
    words = (("series_description", description), ("protocol", description))
    images = tuple(replace(i, settings=tuple({**dict(i.settings), **dict(words)}.items())) for i in study.images)
    return replace(study, patient=patient, images=images)


def test_words_and_content_make_a_phantom(study: Study) -> None:
    (found,) = recognised(study)
    assert (found.kind, found.biomarker, found.known_by, len(found.parts)) == ("diffusion", "fitted_adc", "its name", 3)


@pytest.mark.parametrize(("patient", "description"), [("QC^weekly", "ep2d"), ("P-0417", "Ice Water ADC")])
def test_either_the_patient_or_the_series_may_say_it(study: Study, patient: str, description: str) -> None:
    assert recognised(renamed(study, patient, description))


def test_without_the_words_it_is_a_patient_unless_a_person_says_so(study: Study) -> None:
    plain = renamed(study, "P-0417", "DWI liver")
    assert recognised(plain) == ()
    assert recognised(plain, "diffusion")[0].known_by == "a person"
    assert recognised(plain, "ct") == ()
    assert recognised(plain, called=True)[0].known_by == "its name"


def test_words_without_the_content_are_not_believed(study: Study, small_dwi: Path) -> None:
    patient = read([small_dwi])[0]
    assert recognised(renamed(patient, "QA", "phantom")) == ()


@pytest.mark.parametrize("word", ["aqua", "acromion", "plaque", "qatar", "nistagmus", "watershed"])
def test_a_word_that_holds_another_is_not_taken_for_it(word: str) -> None:
    assert not NAMED.search(word)
