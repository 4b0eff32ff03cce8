"""Asked of every biomarker that is there: a new card is tested before it has a test."""

import inspect
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from vivomap.core import (
    Biomarker,
    Course,
    Image,
    Measurement,
    Missing,
    Option,
    Pathway,
    Refusal,
    Region,
    Voxels,
    known_unit,
)
from vivomap.core.errors import codes
from vivomap.quantify import cards, measure
from vivomap.verify.numbers import REACH, WIDEST
from vivomap.verify.trial import measured, phantom, scalable

KNOWN = cards()
EACH = pytest.mark.parametrize("card", KNOWN.values(), ids=KNOWN.keys())


@EACH
def test_the_card_is_complete(card: Biomarker) -> None:
    assert card.source
    assert card.title
    assert known_unit(card.unit) == card.unit
    assert card.dimensions in (2, 3)
    assert card.better in ("lower", "higher", "")
    if card.real_change is not None:
        assert card.real_change.name == card.name
        assert card.real_change.source
        assert card.real_change.kind in ("%", card.unit)


@EACH
def test_the_signature_follows_the_needs(card: Biomarker) -> None:
    given = list(inspect.signature(card.compute).parameters.values())
    assert len(given) == len(card.needs) + len(card.also)
    assert inspect.getdoc(card.compute)
    for parameter, need in zip(given, (*card.needs, *card.also), strict=True):
        assert parameter.name == need
        if need == "region":
            assert parameter.annotation in (Region, "Region")


@pytest.mark.parametrize("seed", [0, 1, 2])
@EACH
def test_the_truth_of_its_phantom_is_found_within_its_own_uncertainty(card: Biomarker, seed: int) -> None:
    study, truth = phantom(card.truth, seed)
    found = measured(card, study)
    assert isinstance(found, Measurement), found
    assert abs(found.value - truth[card.name]) <= REACH * found.uncertainty + 1e-9
    assert found.uncertainty <= WIDEST * abs(truth[card.name])
    assert (found.unit, found.provenance.maker.split(":")[0]) == (card.unit, card.compute.__module__)
    for role in card.gives:
        assert isinstance(found.detail, Image)
        assert found.detail.role == role


@EACH
def test_the_noise_of_its_phantom_can_be_scaled(card: Biomarker) -> None:
    assert scalable(card.truth), "its phantom takes no `noise`: whether its intervals widen cannot be shown"


@EACH
def test_an_empty_region_is_refused_or_is_a_size_of_zero(card: Biomarker) -> None:
    study, _ = phantom(card.truth)
    empty = tuple(replace(r, mask=Voxels.of(np.zeros_like(r.mask.array))) for r in study.regions)
    found = measured(card, replace(study, regions=empty))
    if isinstance(found, Measurement):
        assert (found.value, "vanished" in [f.code for f in found.flags]) == (0.0, True)
    else:
        assert found.code == "empty_region"


@EACH
def test_without_its_images_or_regions_it_is_missing_with_a_code_that_has_a_page(card: Biomarker) -> None:
    study, _ = phantom(card.truth)
    bare: list[Any] = [replace(study, regions=())]
    if study.images[0].role in card.needs:
        bare.append(replace(study, images=()))
    for poor in bare:
        plan = Pathway("test", "?", "", (), (card,), Option("none", "P", "project"), 1)
        found = measure(Course(poor), plan).of(Missing, card.name)
        assert found
        assert {m.code for m in found} <= set(codes())


@EACH
def test_measuring_changes_nothing_that_it_reads(card: Biomarker) -> None:
    study, _ = phantom(card.truth)
    before = [i.voxels.array.copy() for i in study.images]
    measured(card, study)
    assert all(np.array_equal(a, i.voxels.array) for a, i in zip(before, study.images, strict=True))
    with pytest.raises(ValueError, match="read-only"):
        study.images[0].voxels.array[...] = 0


def test_a_card_without_a_source_cannot_be_made() -> None:
    with pytest.raises(Refusal):
        replace(KNOWN["volume"], source="")
