"""The card of an agent: every field is held, and a file that is wrong is refused with the field that is."""

from pathlib import Path

import pytest

from vivomap.core import GRADES, Refusal
from vivomap.core.tracer import NORMALISATIONS, READINESS, tracer_from
from vivomap.core.tracers import plain, tracers

GOOD = {
    "name": "X-1",
    "title": "A new agent",
    "also": ["x1"],
    "isotope": "F-18",
    "half_life_s": 6586.0,
    "target": "a receptor",
    "normalisation": "SUVbw",
    "reference_region": "liver",
    "evidence": "C",
    "readiness": "research",
    "source": "our own study",
    "validation": "",
}
KNOWN = tracers("")


def test_the_nine_agents_that_were_asked_for_are_shipped_each_with_evidence_and_readiness():
    asked = {"FDG", "PSMA-11", "PSMA-1007", "DOTATATE", "FAPI", "Florbetapir", "Flortaucipir", "FET", "Choline"}
    assert asked <= set(KNOWN)
    assert all(t.evidence in GRADES and t.readiness in READINESS for t in KNOWN.values())
    assert {t.normalisation for t in KNOWN.values()} <= set(NORMALISATIONS)


@pytest.mark.parametrize("name", KNOWN)
def test_every_shipped_agent_is_whole_and_its_names_are_plain(name):
    tracer = KNOWN[name]
    assert tracer.digest
    assert tracer.also == tuple(plain(n) for n in tracer.also)
    assert plain(tracer.name) in tracer.also
    for part in (*tracer.cut_offs, tracer.scale, tracer.centiloid, tracer.kinetics):
        if part is not None:
            assert part.source
            assert part.seen is ("memory" not in part.source)


def test_one_file_holds_one_agent():
    import vivomap.core.tracers as folder

    assert len(list(Path(folder.__file__).parent.glob("*.toml"))) == len(KNOWN)


def test_a_cut_off_from_memory_is_shown_and_never_applied_by_itself():
    fet, dotatate = KNOWN["FET"], KNOWN["DOTATATE"]
    assert [c.value for c in fet.cut_offs] == [1.6]
    assert fet.usable == ()
    assert [c.name for c in dotatate.usable] == ["radioligand_krenning"]


def test_a_file_gives_its_agent():
    tracer = tracer_from(
        {**GOOD, "kinetics": {"straight_from_min": 30.0, "reference_k2": 0.0, "source": "s", "seen": True}}
    )
    assert (tracer.name, tracer.kinetics.straight_from_min, tracer.scale) == ("X-1", 30.0, None)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"normalisation": "SUVx"}, "SUVx"),
        ({"evidence": "D"}, "evidence"),
        ({"readiness": "soon"}, "soon"),
        ({"half_life_s": 0.0}, "half-life"),
        ({"also": []}, "empty"),
        ({"colour": "blue"}, "colour"),
        ({"normalisation": "SUVR", "reference_region": ""}, "reference"),
        ({"scale": {"kind": "PSMA-RADS", "organs": [], "source": "s", "seen": True}}, "PSMA-RADS"),
        ({"centiloid": {"slope": 1.0}}, "intercept"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_what_is_wrong(change, said):
    with pytest.raises(Refusal) as refused:
        tracer_from({**GOOD, **change})
    assert refused.value.code == "bad_tracer"
    assert said in f"{refused.value.found}"


def test_a_file_that_lacks_a_field_is_refused_with_its_name():
    with pytest.raises(Refusal, match="cannot be used") as refused:
        tracer_from({k: v for k, v in GOOD.items() if k != "isotope"})
    assert "isotope" in refused.value.found
