"""Centiloids: the anchors of the scale, and silence where a tracer has no equation."""

from dataclasses import replace

import pytest

from vivomap.acquire.phantom.molecular import amyloid
from vivomap.core import Measurement, Missing, Study
from vivomap.quantify import cards, measure_one
from vivomap.quantify.molecular.centiloid import centiloid


def measured(tracer, half_life=6586.26, reference="whole_cerebellum"):
    (suv,), (cortex, cerebellum, white), _ = amyloid()
    settings = {**dict(suv.settings), "tracer": tracer, "half_life_s": half_life}
    named = replace(cerebellum, name=reference, finding=reference)
    visit = Study("p", None, (replace(suv, settings=tuple(settings.items())),), (cortex, named, white))
    found = measure_one(cards()["suvr"], visit, cortex)
    assert isinstance(found, Measurement), found
    return found, cortex


@pytest.mark.parametrize(("suvr", "load"), [(1.009, 0.0), (2.076, 100.0)])
def test_the_anchors_of_pib_are_0_and_100(suvr, load):
    found, cortex = measured("[11C]PiB", 1221.8)
    assert centiloid(replace(found, value=suvr), cortex).value == pytest.approx(load, abs=0.01)


@pytest.mark.parametrize(
    ("tracer", "slope"), [("Florbetaben", 153.4), ("Flutemetamol", 121.42), ("Florbetapir", 179.64)]
)
def test_the_doubt_is_that_of_the_ratio_times_the_slope(tracer, slope):
    found, cortex = measured(tracer)
    made = centiloid(found, cortex)
    assert made.uncertainty == pytest.approx(slope * found.uncertainty)
    assert dict(made.settings)["slope"] == slope


def test_a_tracer_without_an_equation_is_refused():
    found, cortex = measured("Flortaucipir", reference="inferior_cerebellar_grey")
    from vivomap.core import Refusal

    with pytest.raises(Refusal) as refused:
        centiloid(found, cortex)
    assert refused.value.code == "no_centiloid"


def test_a_ratio_to_another_reference_is_refused():
    from vivomap.core import Refusal

    found, cortex = measured("Florbetaben")
    other = replace(found.provenance, settings=(*found.provenance.settings, ("reference", "pons")))
    with pytest.raises(Refusal) as refused:
        centiloid(replace(found, provenance=other), cortex)
    assert refused.value.code == "no_centiloid"


def test_a_region_that_is_not_the_standard_cortex_has_no_centiloids():
    (suv,), regions, _ = amyloid()
    found = measure_one(cards()["centiloid"], Study("p", None, (suv,), regions), regions[2])
    assert isinstance(found, Missing)
    assert found.code == "not_drawn"
