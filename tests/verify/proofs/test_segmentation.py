import numpy as np
import pytest

from vivomap.acquire.phantom.solids import Solid
from vivomap.acquire.propose.candidate import Candidate
from vivomap.core import Region, Voxels
from vivomap.verify.proofs import segmentation
from vivomap.verify.row import Coverage

NOWHERE = Region("x", Voxels.of(np.zeros((1, 1, 1), bool)))


def at(x: float, score: float) -> Candidate:
    return Candidate("nodule", score, "round", (x, 0.0, 0.0), 6.0, NOWHERE)


def test_a_proposal_hits_the_lesion_that_it_lies_in_or_near() -> None:
    lesions = (Solid((0, 0, 0), (4, 3, 3)), Solid((30, 0, 0), (5, 5, 5)))
    found = segmentation.scanned([at(6.9, 0.9), at(15.0, 0.8), at(30.0, 0.7)], lesions)
    assert found == (2, ((0.9, 0), (0.8, -1), (0.7, 1)))


@pytest.mark.parametrize("proof", [segmentation.VOLUME, segmentation.DICE], ids=lambda p: p.name)
def test_a_click_is_shown_right(proof: object) -> None:
    for seed in range(3):
        given = proof.attempt(seed, 1.0)  # type: ignore[attr-defined]
        if given.uncertainty:
            assert abs(given.result - given.truth) < 2 * given.uncertainty
        else:
            assert given.result > given.truth


@pytest.mark.long  # two whole scans for each; a scan of each finder is in tests/acquire/propose
@pytest.mark.parametrize(
    "proof", [segmentation.LUNG, segmentation.LIVER, segmentation.WHITE, segmentation.NEW], ids=lambda p: p.name
)
def test_nine_of_ten_lesions_are_found_at_one_false_proposal(proof: object) -> None:
    given = proof.attempt(7, 1.0)  # type: ignore[attr-defined]
    assert given.result >= given.truth == 0.9


@pytest.mark.long
def test_a_finder_that_is_broken_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without roundness, the strongest contrast would be that of vessels and ribs."""
    monkeypatch.setattr("vivomap.maths.blobs._roundness", lambda smooth, at, spacing: 1.0)
    assert segmentation.LUNG.attempt(0, 1.0).result < 0.9


@pytest.mark.long  # ten minutes
def test_of_1000_clicks_the_intervals_hold_the_volume_in_95_of_100_or_more() -> None:
    given = [segmentation.VOLUME.attempt(seed, 1.0) for seed in range(1000)]
    held = sum(abs(g.result - g.truth) <= 1.96 * g.uncertainty for g in given)
    assert Coverage(len(given), held, segmentation.WIDE).ok
