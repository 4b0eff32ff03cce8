"""Whole spin operators: protons are kept, and echoes do what closed forms say."""

import numpy as np
import pytest

from vivomap.acquire.phantom.spin_echo import COUPLED, SINGLETS, macromolecules, molecule

TIMES = (256, 5e-4)


@pytest.mark.parametrize("name", sorted({*SINGLETS, *COUPLED}))
def test_without_an_echo_every_proton_is_heard(name: str) -> None:
    count = sum(n for _, n in SINGLETS.get(name, ())) + sum(len(ppm) for ppm, _ in COUPLED.get(name, ()))
    assert molecule(name, 127.75, (0.0, 0.0), TIMES)[0] == pytest.approx(count, abs=1e-3)


def test_lactate_turns_over_at_one_over_j() -> None:
    """Of its four protons: methyl and methine, both times cos(πJ TE) in their sum, to within strong coupling."""
    down = molecule("Lac", 127.75, (1 / 6.933 / 2, 1 / 6.933 / 2), TIMES)[0]
    assert down.real == pytest.approx(-4, abs=0.1)


def test_a_signal_dies_of_nothing() -> None:
    energy = np.abs(molecule("Cr", 127.75, (0.015, 0.015), TIMES))
    assert energy.max() <= 5.0 + 1e-9


def test_macromolecules_are_broad() -> None:
    made = np.abs(macromolecules(127.75, TIMES))
    assert made[0] == pytest.approx(3 + 2 + 2 + 2 + 2.39)
    assert made[60] < 0.25 * made[0]
