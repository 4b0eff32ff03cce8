"""Rules, otherwise, and silence."""

from dataclasses import replace
from datetime import date

from vivomap.core import Course, Finding, Measurement, Option, Pathway, Provenance, Rule, Study, Verdict, identify
from vivomap.decide import conditions, recommend
from vivomap.decide.when import ABSTAIN, Called, Known

NOW = date(2026, 3, 1)
MADE = Provenance("test", "1")
SIZE = Measurement("long_axis", 10, "mm", 0.5, "a", NOW, MADE)
PR = Verdict("recist", "PR", 0.1, NOW, (), (), MADE)
GO, WAIT = Option("continue treatment", "B", "a paper"), Option("image again", "P", "project")
PATHWAY = Pathway("p", "?", "lung", ("lesion",), (), WAIT, 56, rules=(Rule(GO, Called("recist", ("PR",))),))


def course(*claims: object) -> Course:
    return Course(Study("P", NOW), (), claims)  # type: ignore[arg-type]


def test_a_rule_that_holds_proposes_its_option_with_its_grounds() -> None:
    said = recommend(course(SIZE, PR), PATHWAY)
    assert [p.option for p in said.proposals] == ["continue treatment"]
    assert said.proposals[0].because == (identify(PR),)
    assert said.proposals[0].reasons == ("recist is PR",)
    assert said.look_again_days == 56


def test_otherwise_speaks_where_no_rule_holds() -> None:
    assert [p.option for p in recommend(course(SIZE), PATHWAY).proposals] == ["image again"]


def test_an_emergency_silences_every_pathway() -> None:
    emergency = Finding("emergency", "", "cord compression", NOW, "Dr A")
    said = recommend(course(SIZE, PR, emergency), PATHWAY)
    assert said.proposals == ()
    assert said.abstained == "emergency is on record"
    assert said.because == (identify(emergency),)


def test_a_pathway_may_add_its_own_silence() -> None:
    silent = replace(PATHWAY, abstain=(Known("atelectasis"),))
    fact = Finding("atelectasis", "", "merging with the target", NOW, "Dr A")
    assert recommend(course(SIZE, PR, fact), silent).abstained
    assert recommend(course(SIZE, PR), silent).proposals
    assert conditions(silent)[: len(ABSTAIN)] == ABSTAIN
