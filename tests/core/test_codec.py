"""Every noun as JSON and back, exactly."""

import dataclasses
import json
import math
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivomap.core import (
    PURPOSES,
    Affirmed,
    Alignment,
    Assessment,
    Change,
    Consent,
    Curve,
    Decision,
    Finding,
    Flag,
    Forecast,
    Held,
    Image,
    Limits,
    Match,
    Measurement,
    Missing,
    Outcome,
    Prediction,
    Proposal,
    Provenance,
    Reasons,
    Recommendation,
    Refusal,
    Region,
    Site,
    Studies,
    Study,
    Threshold,
    Treatment,
    Verdict,
    Voxels,
    dumps,
    identify,
    loads,
)
from vivomap.core.codec import decode, encode, nouns
from vivomap.core.units import UNITS

words = st.text(max_size=12)
numbers = st.floats(allow_nan=False, allow_infinity=False)
positive = st.floats(0, 1e12)
days = st.dates(date(1900, 1, 1), date(2100, 1, 1))
units = st.sampled_from(sorted(UNITS))
settings = st.lists(st.tuples(words, words | numbers), max_size=3).map(tuple)
texts = st.lists(words, max_size=3).map(tuple)
flags = st.lists(st.builds(Flag, words, words, words), max_size=2).map(tuple)
arrays = st.sampled_from([np.arange(24, dtype=kind).reshape(2, 3, 4) for kind in ("i2", "f4", "u1")])
voxels = arrays.map(Voxels.of)
rows = st.tuples(numbers, numbers, numbers, numbers)
affines = st.tuples(rows, rows, rows, rows)
series = st.lists(numbers, max_size=3).map(tuple)
provenances = st.builds(Provenance, words, words, texts, settings, texts)
images = st.builds(
    Image, words, voxels, units, affines, series, words, settings, texts, positive, st.none() | days, flags, flags
)
regions = st.builds(Region, words, voxels, words, words, affines, words, words, texts, positive, flags, words)
curves = st.builds(Curve, words, series, series, units, units)
details = st.none() | images | curves
measurements = st.builds(
    Measurement, words, numbers, units, positive, words, st.none() | days, provenances, flags, details
)
findings = st.builds(Finding, words, words, words, st.none() | days, words)
treatments = st.builds(Treatment, words, st.none() | numbers, units, st.none(), st.none() | days, words)
missing = st.builds(Missing, words, words, st.none() | days, words, words, words)
matches = st.builds(Match, words, texts, texts, st.none() | days, numbers, words)
changes = st.builds(
    Change, measurements, measurements, numbers, numbers, st.lists(treatments, max_size=1).map(tuple), numbers, words
)
verdicts = st.builds(Verdict, words, words, numbers, st.none() | days, texts, texts, provenances, words)
reasons = st.builds(Reasons, st.lists(st.tuples(words, numbers), max_size=2).map(tuple), texts, words)
predictions = st.builds(
    Prediction,
    words,
    words,
    st.just(0.5),
    st.floats(0, 0.5),
    st.floats(0.5, 1),
    st.integers(0, 999),
    st.none() | days,
    texts,
    provenances,
    st.none() | reasons,
)
forecasts = st.builds(
    Forecast,
    words,
    words,
    units,
    series,
    series,
    series,
    series,
    series,
    series,
    st.lists(st.tuples(words, numbers), max_size=2).map(tuple),
    texts,
    provenances,
)
claims = measurements | missing | matches | changes | verdicts | predictions | forecasts | findings | treatments
held = st.builds(Held, words, words, words)
alignments = st.builds(Alignment, days, affines, positive)
studies = st.builds(
    Study,
    words,
    st.none() | days,
    st.lists(images, max_size=1).map(tuple),
    st.lists(regions, max_size=1).map(tuple),
    st.lists(measurements | findings | treatments, max_size=1).map(tuple),
    texts,
    st.lists(alignments, max_size=1).map(tuple),
    st.lists(matches, max_size=1).map(tuple),
    st.lists(held, max_size=1).map(tuple),
    texts,
    flags,
)
proposals = st.builds(
    Proposal,
    words,
    words,
    words,
    texts,
    st.none() | numbers,
    st.none() | numbers,
    st.none() | numbers,
    st.lists(images, max_size=1).map(tuple),
    texts,
)
recommendations = st.builds(
    Recommendation, st.lists(proposals, max_size=1).map(tuple), st.none() | st.integers(1, 900), texts, words
)
assessments = st.builds(Assessment, words, words, studies, st.lists(claims, max_size=2).map(tuple), recommendations)
thresholds = st.builds(
    Threshold,
    words,
    numbers,
    units,
    st.just("source"),
    st.sampled_from("ABCP"),
    st.integers(1, 9),
    words,
    st.none() | days,
)
pairs = st.lists(st.tuples(words, numbers), max_size=2).map(tuple)
limits = st.builds(Limits, words, words, words, pairs, pairs, st.none() | st.integers(1, 99), words)
affirmed = st.builds(Affirmed, words, words, words, words, days, words)
sites = st.builds(
    Site,
    words,
    st.lists(thresholds, max_size=1).map(tuple),
    st.lists(limits, max_size=1).map(tuple),
    st.lists(affirmed, max_size=1).map(tuple),
)
everything: st.SearchStrategy[Any] = st.one_of(
    claims,
    assessments,
    sites,
    held,
    alignments,
    recommendations,
    st.builds(Studies, st.lists(studies, max_size=1).map(tuple), st.lists(held, max_size=1).map(tuple)),
    st.builds(Decision, words, words, words, days, words, words),
    st.builds(Outcome, words, words, words, days),
    st.builds(Consent, words, st.sampled_from(PURPOSES), st.booleans(), words, days),
)


def fetching(value: Any) -> dict[str, Any]:
    """The arrays of the examples by digest, as a vault would give them."""
    return {Voxels.of(a).digest: a for a in (np.arange(24, dtype=k).reshape(2, 3, 4) for k in ("i2", "f4", "u1"))}


@given(everything)
def test_every_noun_reads_back_equal_and_keeps_its_id(value: Any) -> None:
    text = dumps(value)
    again = loads(text, fetching(value).__getitem__)
    assert again == value
    assert dumps(again) == text
    assert identify(again) == identify(value)


def test_a_whole_number_and_its_float_have_one_form() -> None:
    one = Measurement("volume", 1, "mL", 0, "a", None, Provenance("m", "1", settings=(("n", 1),)))
    other = Measurement("volume", 1.0, "mL", -0.0, "a", None, Provenance("m", "1", settings=(("n", 1.0),)))
    assert one == other
    assert dumps(one) == dumps(other)


def test_every_field_of_a_noun_is_written() -> None:
    written = json.loads(dumps(Held("a.dcm", "not_an_image", "it is a letter")))
    assert written == {"$": "Held", "path": "a.dcm", "code": "not_an_image", "reason": "it is a letter"}


def test_every_noun_is_a_frozen_dataclass() -> None:
    assert len(nouns()) > 30
    assert all(kind.__dataclass_params__.frozen for kind in nouns().values())  # type: ignore[attr-defined]


def test_what_is_not_finite_is_refused() -> None:
    for value in (math.nan, math.inf):
        with pytest.raises(Refusal) as refused:
            dumps(Curve("c", (value,), (1.0,), "s", "1"))
        assert refused.value.code == "not_a_number"


def test_a_strange_field_or_kind_is_refused() -> None:
    for text in ('{"$":"Held","path":"a","code":"b","reason":"c","more":1}', '{"$":"Nobody"}', '{"$":"Pathway"}'):
        with pytest.raises(Refusal) as refused:
            loads(text)
        assert refused.value.code == "unknown_name"


def test_voxels_without_a_vault_say_so() -> None:
    again = loads(dumps(Image("ct", Voxels.of(np.zeros((1, 2, 2))), "1", ((1, 0, 0, 0),) * 4)))
    with pytest.raises(Refusal) as refused:
        again.voxels.array
    assert refused.value.code == "voxels_absent"


def test_a_changed_field_changes_the_id() -> None:
    held = Held("a", "b", "c")
    for field in dataclasses.fields(held):
        assert identify(dataclasses.replace(held, **{field.name: "other"})) != identify(held)


def test_a_field_that_came_later_leaves_the_ids_of_what_is_on_record_as_they_were() -> None:
    region = Region("lesion", Voxels.of(np.zeros((1, 1, 1), bool)))
    assert "series" not in encode(region)
    drawn = dataclasses.replace(region, series="1.2.3")
    assert encode(drawn)["series"] == "1.2.3"
    assert decode(encode(drawn), lambda _: region.mask.array).series == "1.2.3"


def test_an_assessment_on_record_from_before_fields_were_added_replays_to_the_same_bytes() -> None:
    """`on_record.json` was written by the code as it was before alignments had a warp and images a residual."""
    old = json.loads((Path(__file__).parent / "on_record.json").read_text(encoding="utf-8"))
    again = decode(old["value"])
    assert encode(again) == old["value"]
    assert identify(again) == old["id"]
