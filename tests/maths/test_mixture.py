"""A mixture against one that is known, and the library's own density."""

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture

from vivomap.core import Refusal
from vivomap.maths.mixture import Mixture, criterion, fit, joint, labels, likelihood, posterior, tried

MEANS = np.array([[0.0, 0.0], [6.0, 1.0], [1.0, 7.0]])
WEIGHTS = np.array([0.5, 0.3, 0.2])


def drawn(seed: int = 0, count: int = 1500) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    kind = rng.choice(3, count, p=WEIGHTS)
    return MEANS[kind] + rng.normal(0, 1, (count, 2)) * (1.0, 0.7), kind


def test_the_parts_of_a_known_mixture_are_found():
    points, kind = drawn()
    made = fit(points, 3, 0, starts=3)
    order = [int(np.argmin(np.linalg.norm(made.means - m, axis=1))) for m in MEANS]
    assert sorted(order) == [0, 1, 2]
    assert made.means[order] == pytest.approx(MEANS, abs=0.15)
    assert made.weights[order] == pytest.approx(WEIGHTS, abs=0.03)
    assert made.covariances[order[0]] == pytest.approx(np.diag([1.0, 0.49]), abs=0.1)
    assert np.mean(np.array(order)[kind] == labels(made, points)) > 0.99


def test_density_and_chances_are_those_of_the_library():
    points, _ = drawn(1, 300)
    peer = GaussianMixture(3, random_state=0).fit(points)
    ours = Mixture(peer.weights_, peer.means_, peer.covariances_)
    assert posterior(ours, points) == pytest.approx(peer.predict_proba(points), abs=1e-9)
    assert likelihood(ours, points) == pytest.approx(peer.score(points) * 300, rel=1e-9)
    assert criterion(ours, points, 1.0) == pytest.approx(peer.bic(points), rel=1e-9)
    assert joint(ours, points).shape == (300, 3)


def test_bic_finds_the_number_of_parts_and_fewer_where_voxels_are_alike():
    points, _ = drawn(2)
    scores = {k: criterion(m, points, 1.0) for k, m in tried(points, (2, 3, 4, 5), 0, 3).items()}
    assert min(scores, key=scores.get) == 3
    few = {k: criterion(m, points, 0.005) for k, m in tried(points, (2, 3, 4, 5), 0, 3).items()}
    assert min(few, key=few.get) == 2


def test_features_of_any_size_give_the_same_parts():
    points, _ = drawn(3)
    scale = np.array([1e-3, 50.0])
    assert np.array_equal(labels(fit(points, 3, 4), points), labels(fit(points * scale, 3, 4), points * scale))


def test_too_few_points_are_refused_and_left_out_of_the_choice():
    with pytest.raises(Refusal, match="too few"):
        fit(np.zeros((4, 2)), 2, 0)
    assert set(tried(drawn()[0][:7], (2, 3, 4), 0, 1)) == {2, 3}
