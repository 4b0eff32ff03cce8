"""What is wrong with a template is said when it is loaded: file, line, what was found, what was perhaps meant."""

from __future__ import annotations

import pytest

from vivomap.report.templates.check import checked, elements, faults
from vivomap.report.templates.choose import shipped, text_of
from vivomap.report.templates.syntax import parse

HEAD = "title: T\npathway: {}\n---\n"


def only(found):
    (fault,) = found
    assert fault.code == "bad_template"
    return fault


def test_a_misspelt_slot_is_named_with_its_line_and_what_was_meant(wrong) -> None:
    fault = only(wrong("a\n[lesion]\n{long_axes mm}\n[end]"))
    assert fault.where == "mysite.txt, line 6"
    assert fault.found == "{long_axes mm}"
    assert fault.expected == "did you mean long_axis?"
    assert only(wrong("{answr}")).expected == "did you mean answer?"
    assert "long_axis" in only(wrong("[lesion]\n{long_axis.chang %}\n[end]")).summary
    assert "change" in only(wrong("[lesion]\n{long_axis.chang %}\n[end]")).expected


@pytest.mark.parametrize("part", ["", ".value", ".half", ".low", ".change", ".u", ".before", ".still_low"])
def test_a_number_without_its_unit_is_refused(wrong, part: str) -> None:
    fault = only(wrong(f"[lesion]\n{{long_axis{part}}}\n[end]"))
    assert fault.where == "mysite.txt, line 5"
    assert "without its unit" in fault.summary
    assert fault.expected == f"{{long_axis{part} {'%' if part == '.change' else 'mm'}}}"


def test_a_wrong_unit_and_a_unit_of_a_word_are_refused(wrong) -> None:
    assert only(wrong("[lesion]\n{long_axis cm}\n[end]")).expected == "{long_axis mm}"
    assert only(wrong("[lesion]\n{density.change %}\n[end]")).expected == "{density.change HU}"
    assert only(wrong("{day d}")).expected == "{day}"
    assert only(wrong("{recist.noise %}")).expected == "{recist.noise}"


def test_no_line_on_research_use_is_refused_and_the_sites_own_words_will_do(made) -> None:
    fault = only(faults(made("x\n{answer}")))
    assert fault.where == "mysite.txt, line 5"
    assert "research use only" in fault.summary
    assert faults(made("{answer}\nFOR RESEARCH USE ONLY.")) == ()


def test_a_slot_of_a_lesion_stands_in_its_block_and_one_of_the_patient_outside(wrong) -> None:
    assert "of a lesion" in only(wrong("{long_axis mm}")).summary
    assert "of a lesion" in only(wrong("{letter}")).summary
    head = HEAD.format("pet_response")
    assert "of the patient" in only(wrong("[lesion]\n{liver_sul SULlbm}\n[end]", head)).summary


def test_what_the_pathway_does_not_give_is_refused(wrong) -> None:
    fault = only(wrong("[lesion]\n{suv_max SUVbw}\n[end]"))
    assert "lung_response gives no suv_max" in fault.summary
    assert wrong("[lesion]\n{suv_max SUVbw}\n[end]", HEAD.format("any")) == ()


def test_a_fact_needs_name_and_unit(wrong) -> None:
    assert wrong("{fact.creatinine mg/dL}") == ()
    assert "a fact needs" in only(wrong("{fact.creatinine}")).summary
    assert "a fact needs" in only(wrong("{fact}")).summary


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("pathway: any\n---\n", "does not say its title"),
        ("title: T\n---\n", "does not say its pathway"),
        ("title: T\npathway: lung_respons\n---\n", "no pathway is called"),
        ("title: T\npathway: any\ntitel: T\n---\n", "the head has no word 'titel'"),
        ("title: T\npathway: any\ndate: yesterday\n---\n", "'date' is not"),
        ("title: T\npathway: any\nlanguage: english!\n---\n", "'language' is not"),
        ("title: T\npathway: any\nradelement: long_axis 1302\n---\n", "not written NAME = RDE1302"),
        ("title: T\npathway: any\nradelement: long_axes = RDE1302\n---\n", "no number is called"),
    ],
)
def test_the_head_is_checked(wrong, head: str, said: str) -> None:
    assert said in only(wrong("{answer}", head)).summary


def test_a_site_gives_its_numbers_their_radelement_ids(made) -> None:
    head = "title: T\npathway: any\nradelement: long_axis = RDE1302, volume = RDE9\n---\n"
    assert elements(made("{research}", head)) == {"long_axis": "RDE1302", "volume": "RDE9"}
    assert elements(made("{research}")) == {}


def test_every_fault_is_found_at_once_in_the_order_of_the_file(wrong) -> None:
    found = wrong("{answr}\n[lesion]\n{long_axis}\n[end]", "titel: x\ntitle: T\npathway: lung_response\n---\n")
    assert [f.where.split("line ")[1] for f in found] == ["1", "5", "7"]


def test_every_shipped_template_is_right() -> None:
    assert shipped()
    for pathway in shipped():
        assert checked(parse(text_of(pathway), pathway)).says("pathway") == pathway
