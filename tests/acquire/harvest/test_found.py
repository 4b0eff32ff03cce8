"""A harvested number as a claim: with its uncertainty a Measurement, without it a Missing that says so."""

import math
from dataclasses import replace
from datetime import date

import pytest

from vivomap.acquire.harvest import About, Concept, Number, Sheet
from vivomap.core import Flag, Measurement, Missing, Provenance, Refusal

NUMBER = Number(
    name="long_axis",
    value=23.5,
    unit="mm",
    uncertainty=0.4,
    doubt="stated",
    code=Concept("103339001", "SCT", "Long axis"),
    qualifiers=(),
    about=About("Lesion A", "1.2.3", "Lesion", "Lung"),
    day=date(2024, 3, 4),
    path="1.1.1",
    written="23.5 mm",
    provenance=Provenance("vivomap.acquire.harvest.sr", "0.1.0", (), (), ("1.2",)),
    flags=(Flag("coverage_unsaid", "no level"),),
)


def test_a_number_with_its_doubt_is_a_measurement_with_all_that_it_carries() -> None:
    claim = NUMBER.claim()
    assert claim == Measurement(
        "long_axis", 23.5, "mm", 0.4, "Lesion A", date(2024, 3, 4), NUMBER.provenance, NUMBER.flags
    )


def test_a_number_without_is_missing_and_a_sheet_gives_every_claim() -> None:
    silent = replace(NUMBER, uncertainty=None)
    lost = Missing("volume", "Lesion A", None, "unit_missing", "no unit")
    claims = Sheet("a.dcm", numbers=(NUMBER, silent), missing=(lost,)).claims()
    assert [type(c) for c in claims] == [Measurement, Missing, Missing]
    assert isinstance(claims[1], Missing)
    assert claims[1].code == "uncertainty_unknown"


@pytest.mark.parametrize(
    ("value", "doubt"), [(math.inf, 0.1), (math.nan, None), (1.0, math.inf), (1.0, -0.1), (1.0, math.nan)]
)
def test_what_no_claim_could_carry_is_refused_at_once(value: float, doubt: float | None) -> None:
    with pytest.raises(Refusal) as refused:
        replace(NUMBER, value=value, uncertainty=doubt)
    assert refused.value.code == "not_a_number"
