"""The loop: pure, in its order, the same twice."""

from dataclasses import replace
from datetime import date

import numpy as np

from vivomap.core import (
    Assessment,
    Change,
    Image,
    Match,
    Measurement,
    Region,
    Study,
    Verdict,
    Voxels,
    affine_of,
    dumps,
    identify,
)
from vivomap.loop import assess
from vivomap.pathways.lung_response import PATHWAY

GRID = affine_of(np.array([[0, 0, 1, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]]))
SCANNER = (("manufacturer", "Acme"), ("model", "One"), ("serial", "7"), ("software", "1.0"), ("modality", "CT"))


def visit(day: date, radius: float) -> Study:
    """A CT of 40 mm with one ball of soft tissue in it."""
    z, y, x = np.indices((40, 40, 40)) - 20
    ball = z**2 + y**2 + x**2 <= radius**2
    ct = Image("ct", Voxels.of(np.where(ball, 40, -800).astype("i2")), "[hnsf'U]", GRID, settings=SCANNER, day=day)
    return Study("P", day, (ct,), (Region("lesion_1", Voxels.of(ball), "lesion", "lung", GRID),))


def walked() -> tuple[Assessment, Assessment]:
    first = assess(PATHWAY, visit(date(2026, 1, 1), 15))
    return first, assess(PATHWAY, visit(date(2026, 3, 1), 9), (first,))


def test_a_shrinking_ball_is_a_real_response_and_treatment_goes_on() -> None:
    _, second = walked()
    kinds = [type(c) for c in second.claims]
    assert kinds.index(Match) < kinds.index(Measurement) < kinds.index(Change) < kinds.index(Verdict)
    volume = next(c for c in second.claims if isinstance(c, Change) and c.name == "volume")
    assert volume.real
    assert volume.difference < 0
    assert next(c for c in second.claims if isinstance(c, Verdict)).category == "PR"
    assert second.recommendation.proposals[0].option.startswith("continue treatment")


def test_the_same_study_history_and_pathway_give_the_same_bytes() -> None:
    assert [dumps(a) for a in walked()] == [dumps(a) for a in walked()]


def test_an_assessment_names_the_edition_it_was_made_with() -> None:
    first, second = walked()
    assert first.edition == second.edition == identify(PATHWAY)
    other = assess(replace(PATHWAY, look_again_days=28), visit(date(2026, 1, 1), 15))
    assert other.edition != first.edition


def test_every_ground_of_a_proposal_is_a_claim_of_the_assessment() -> None:
    _, second = walked()
    known = {identify(c) for c in second.claims}
    assert set(second.recommendation.because) <= known
    assert second.recommendation.because
