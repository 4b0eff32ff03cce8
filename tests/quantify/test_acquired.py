"""A number whose image was taken otherwise than asked is refused, or says so; and its map hands that on."""

from dataclasses import replace

import pytest

from vivomap.acquire.phantom.diffusion import Block, decaying
from vivomap.core import (
    NOT_COMPARABLE,
    REFUSED,
    Asked,
    Biomarker,
    Course,
    Measurement,
    Missing,
    Option,
    Pathway,
    Study,
)
from vivomap.quantify import cards, measure

NONE = Option("none", "P", "project")


def measured(study: Study, *names: str, **changed: Biomarker) -> dict[str, Measurement | Missing]:
    plan = Pathway("test", "?", "", (), tuple(changed.get(n, cards()[n]) for n in names), NONE, 1)
    return {c.name: c for c in measure(Course(study), plan).claims if isinstance(c, Measurement | Missing)}


def block(*b: float) -> Study:
    images, regions, _ = decaying(Block(b=b))
    return Study("P", None, images, regions)


def test_as_asked_nothing_is_said_and_settings_that_must_be_alike_are_recorded() -> None:
    images, regions, _ = decaying()
    told = tuple(replace(i, settings=(*i.settings, ("te_ms", 62.0))) for i in images)
    found = measured(Study("P", None, told, regions), "fitted_adc")["fitted_adc"]
    assert isinstance(found, Measurement)
    assert "off_protocol" not in [f.code for f in found.flags]
    assert dict(found.provenance.settings)["te_ms"] == 62.0


def test_a_deviation_travels_with_the_number_and_with_what_is_made_of_its_map() -> None:
    found = measured(block(0, 100, 200), "fitted_adc", "mean_adc")
    for name in ("fitted_adc", "mean_adc"):
        number = found[name]
        assert isinstance(number, Measurement)
        (flag,) = [f for f in number.flags if f.code == "off_protocol"]
        assert flag.denies == "comparison"
        assert "the highest b-value is 200 s/mm²" in flag.reason


def test_a_deviation_that_forbids_the_number_makes_it_missing() -> None:
    strict = Asked("dwi", "b_max", "project", REFUSED, "s/mm2", high=500)
    card = replace(cards()["fitted_adc"], acquisition=(strict,))
    found = measured(block(0, 400, 800), "fitted_adc", fitted_adc=card)["fitted_adc"]
    assert isinstance(found, Missing)
    assert (found.code, "asked is 500" in found.reason) == ("off_protocol", True)


def test_what_the_biomarker_says_itself_is_not_said_twice() -> None:
    told = Asked("dwi", "b_max", "project", NOT_COMPARABLE, "s/mm2", high=500, told="elsewhere")
    card = replace(cards()["fitted_adc"], acquisition=(told,))
    found = measured(block(0, 400, 800), "fitted_adc", fitted_adc=card)["fitted_adc"]
    assert isinstance(found, Measurement)
    assert not [f for f in found.flags if f.code == "off_protocol"]


@pytest.mark.parametrize("card", [c for c in cards().values() if c.acquisition], ids=lambda c: c.name)
def test_every_card_asks_of_roles_that_it_can_see(card: Biomarker) -> None:
    from vivomap.core.errors import codes
    from vivomap.core.units import known_unit

    for asked in card.acquisition:
        assert asked.role in (*card.needs, *card.also) or card.needs == ("region",)
        assert known_unit(asked.unit)
        assert asked.low is not None or asked.high is not None or asked.words or asked.apart is not None
        assert not asked.told or asked.told in codes()
        assert asked.low is None or asked.high is None or asked.low < asked.high
