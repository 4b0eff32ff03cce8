"""Coils and averages as one signal."""

import numpy as np
import pytest

from vivomap.maths.spectroscopy.averages import aligned, combined

TIMES = np.arange(1024) * 5e-4
CLEAN = np.exp(-15 * TIMES) * (3 * np.exp(-2j * np.pi * 330 * TIMES) + 2 * np.exp(-2j * np.pi * 200 * TIMES))


def test_averages_that_drifted_come_to_one_frequency_and_phase() -> None:
    dice = np.random.default_rng(0)
    hz, phase = dice.normal(0, 2, 32), dice.normal(0, 0.3, 32)
    noise = dice.normal(0, 0.3, (2, 32, 1024))
    moved = CLEAN * np.exp(1j * (2 * np.pi * hz[:, None] * TIMES + phase[:, None])) + noise[0] + 1j * noise[1]
    found = aligned(moved, 5e-4)
    assert (found.hz + hz).std() < 0.3
    assert (found.phase + phase).std() < 0.1
    assert np.abs(found.signals.mean(axis=0)).max() > 0.97 * np.abs(CLEAN).max() > np.abs(moved.mean(axis=0)).max()


def test_coils_add_in_phase() -> None:
    weight = np.array([1.0, 0.5j, -0.8])
    made = combined(weight[:, None] * CLEAN)
    assert np.abs(made) == pytest.approx(np.abs(CLEAN) * np.linalg.norm(weight))
    assert np.allclose(made / np.linalg.norm(weight), CLEAN)
