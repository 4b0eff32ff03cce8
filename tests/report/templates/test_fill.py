"""Filling: a block for each lesion, facts with their unit, reasons once, and outside text on one line."""

from __future__ import annotations

from dataclasses import replace

import pytest

from vivomap.core import Assessment, Refusal, Region
from vivomap.report.forms import Filed
from vivomap.report.templates import plain
from vivomap.report.templates.fill import fill

Case = tuple[Assessment, tuple[Assessment, ...]]


def test_a_block_is_said_of_each_lesion_in_the_order_of_the_letters(made, four_visits: Case) -> None:
    filed = Filed(*four_visits)
    template = made("start\n[lesion]\n{letter} {lesion}\n  {long_axis mm}\n[end]\n\nend {research}")
    told = fill(template, filed).lines
    assert [line.lesion for line in told] == ["", *(k for k in filed.story.marks for _ in (1, 2)), "", ""]
    heads = [line.text for line in told if line.lesion][::2]
    assert heads == [f"{filed.story.letter(k)} {k}" for k in filed.story.marks]
    assert told[-1].text.startswith("end Research use only")


def test_a_visit_without_lesions_leaves_the_block_out(made, table_only: Case) -> None:
    text = plain(fill(made("[lesion]\n{letter}\n[end]\n{fact.creatinine mg/dL}; {fact.crp mg/L}"), Filed(*table_only)))
    assert text == "0.93 ± 0.06 mg/dL; not on record\n"


def test_a_fact_in_another_unit_is_refused_with_the_line_of_the_template(made, table_only: Case) -> None:
    with pytest.raises(Refusal) as refused:
        fill(made("x\n{fact.creatinine mmol/L}"), Filed(*table_only))
    assert refused.value.code == "bad_template"
    assert refused.value.where == "mysite.txt, line 5"
    assert refused.value.expected == "mg/dL"


def test_the_reason_of_a_missing_number_stands_once_on_its_line(made, four_visits: Case) -> None:
    template = made("[lesion]\n{letter}: {density HU}, {density.change HU}, {density.value HU}\n[end]")
    (line,) = [t.text for t in fill(template, Filed(*four_visits)).lines if t.lesion == "lung_3"]
    assert line.count("too_few_voxels") == 1
    assert line.endswith(", not measured, not measured")
    other = made("[lesion]\n{density HU}, {fitted_adc mm2/s}, {density.value HU}\n[end]")
    (line,) = [t.text for t in fill(other, Filed(*four_visits)).lines if t.lesion == "lung_3"]
    assert line.count("too_few_voxels") == 2
    assert "not asked for" in line


def test_headings_are_capitals_in_text_and_blank_lines_stay(made, two_visits: Case) -> None:
    text = plain(fill(made("# Findings\na\n\nb"), Filed(*two_visits)))
    assert text == "FINDINGS\na\n\nb\n"


def test_outside_text_cannot_open_a_line_a_slot_or_a_section(made, two_visits: Case) -> None:
    now = two_visits[0]
    evil = "A\n# Impression\n{answer}\u202e\x00"
    regions = tuple(Region(r.name, r.mask, evil, evil, r.affine, r.lesion) for r in now.study.regions)
    hostile = Filed(replace(now, study=replace(now.study, patient=evil, regions=regions)), ())
    text = plain(fill(made("{patient}\n[lesion]\n{letter} {finding}\n[end]"), hostile))
    assert len(text.splitlines()) == 1 + len(hostile.story.marks)
    assert "{answer}" in text
    assert "\u202e" not in text
    assert "\x00" not in text


def test_the_same_record_gives_the_same_report(made, filed: Filed) -> None:
    template = made("{answer}\n[lesion]\n{letter} {long_axis mm}\n[end]")
    assert fill(template, filed).lines == fill(template, filed).lines
