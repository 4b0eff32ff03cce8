"""Models speak for each lesion that they read, or say why they do not."""

from datetime import date

from vivomap.core import (
    Chance,
    Choice,
    Course,
    Measurement,
    Missing,
    Model,
    Option,
    Pathway,
    Prediction,
    Provenance,
    Reasons,
    Refusal,
    Study,
    Threshold,
)
from vivomap.predict import forecast, forecast_one

DAY = date(2026, 3, 1)
MADE = Provenance("test", "1")
ABOVE = Threshold("act_above", 0.3, "1", "test", "C")


def grows(course, region):
    size = course.latest("volume", region)
    if size is None:
        raise Refusal("no_history", f"no volume of {region or 'the patient'}")
    return Chance(min(1.0, size.value / 10), 0.0, 1.0, ("id",), Reasons((("volume", 1.0),)))


def too_sure(course, region):
    return Chance(1.2, 0.0, 1.0)


def model(name="grows", compute=grows, inputs=("volume",)):
    return Model(name, compute, "?", "phantoms", "image again", 90, inputs, "refuses", ABOVE, "test")


def number(name, value, region):
    return Measurement(name, value, "mL", 0.1, region, DAY, MADE)


def pathway(*models, choices=()):
    again = Option("look again", "C", "test")
    return Pathway("test", "?", "lung", (), (), again, 56, forecast=models, choices=choices)


def course(*claims):
    return Course(Study("P", DAY), (), claims)


def test_each_lesion_that_the_model_reads_gets_its_chance():
    found = forecast(
        course(number("volume", 4, "b"), number("volume", 2, "a"), number("density", 9, "c")), pathway(model())
    )
    assert [(p.region, p.chance) for p in found.of(Prediction)] == [("a", 0.2), ("b", 0.4)]


def test_a_model_of_the_patient_is_asked_once():
    found = forecast(course(number("volume", 3, "")), pathway(model()))
    assert [(p.region, p.chance) for p in found.of(Prediction)] == [("", 0.3)]


def test_a_prediction_carries_its_horizon_its_grounds_and_its_reasons():
    found = forecast_one(course(number("volume", 3, "a")), model(), "a")
    assert (found.horizon_days, found.day, found.because) == (90, DAY, ("id",))
    assert found.detail == Reasons((("volume", 1.0),))
    assert dict(found.provenance.settings)["act_above"] == 0.3
    assert found.provenance.maker.endswith(":grows")


def test_a_model_that_refuses_is_a_missing_chance_and_the_others_go_on():
    found = forecast(
        course(number("density", 3, "a")), pathway(model(), model("steady", lambda c, r: Chance(0.5, 0.4, 0.6)))
    )
    assert found.of(Missing) == (Missing("grows", "", DAY, "no_history", "no volume of the patient", "chance"),)
    assert [p.name for p in found.of(Prediction)] == ["steady"]


def test_a_missing_input_of_a_lesion_asks_for_that_lesion():
    lost = Missing("volume", "a", DAY, "not_imaged", "no CT")
    found = forecast(course(lost), pathway(model()))
    assert [(m.region, m.what) for m in found.of(Missing, "grows")] == [("a", "chance")]


def test_a_chance_that_is_none_is_refused():
    (missing,) = forecast(course(), pathway(model("too_sure", too_sure))).of(Missing)
    assert (missing.code, missing.what) == ("not_a_number", "chance")


def test_the_models_of_choices_speak_too_and_each_once():
    card = model()
    choice = Choice(card, (Option("wait", "C", "test"),))
    found = forecast(course(number("volume", 2, "a")), pathway(card, choices=(choice,)))
    assert len(found.of(Prediction)) == 1
    assert len(forecast(course(number("volume", 2, "a")), pathway(choices=(choice,))).of(Prediction)) == 1


def test_a_pathway_without_models_adds_nothing():
    assert forecast(course(), pathway()) == course()
