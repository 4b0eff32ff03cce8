"""Coupled spins in a sequence, against closed forms and whole operators."""

import numpy as np
import pytest

from vivomap.acquire.phantom.spin_echo import molecule
from vivomap.core import Refusal
from vivomap.maths.spectroscopy.basis import Sampling, summed
from vivomap.maths.spectroscopy.molecules import MOLECULES, Spins
from vivomap.maths.spectroscopy.spins import Lines, Sequence, lines

MHZ, CENTRE = 127.75, 4.65
LACTATE = MOLECULES["Lac"][0]


def methyl(found: Lines) -> complex:
    return complex(found.amplitude[found.hz < -300].sum())


@pytest.mark.parametrize("kind", ["PRESS", "STEAM", "SE", "FID"])
def test_a_spin_without_coupling_is_one_line_of_its_protons(kind: str) -> None:
    found = lines(Spins((2.01,), (), 3), MHZ, CENTRE, Sequence(kind, 0.03, 0.01, 0.01))
    assert found.hz == pytest.approx([(2.01 - CENTRE) * MHZ], abs=0.01)
    assert found.amplitude == pytest.approx([3.0])


@pytest.mark.parametrize("echo", [0.0, 0.03, 0.072, 0.144, 0.288])
def test_a_doublet_goes_with_the_cosine_of_its_coupling(echo: float) -> None:
    """Product operators of a weakly coupled pair, AX: cos(πJ TE)."""
    found = methyl(lines(LACTATE, MHZ, CENTRE, Sequence("SE", echo)))
    assert found == pytest.approx(3 * np.cos(np.pi * 6.933 * echo), abs=0.05)


def test_the_lactate_doublet_points_down_at_144_ms_and_up_at_288() -> None:
    down, up = (methyl(lines(LACTATE, MHZ, CENTRE, Sequence("PRESS", t, t / 2))).real for t in (0.144, 0.288))
    assert (down, up) == pytest.approx((-3, 3), abs=0.02)


def test_the_doublet_is_split_by_its_coupling() -> None:
    found = lines(LACTATE, MHZ, CENTRE, Sequence("FID", 0.0))
    strong = found.hz[(found.hz < -300) & (np.abs(found.amplitude) > 0.1)]
    assert strong.max() - strong.min() == pytest.approx(6.933, abs=0.15)


def test_protons_are_kept_whatever_the_coupling() -> None:
    for parts in MOLECULES.values():
        for part in parts:
            total = lines(part, MHZ, CENTRE, Sequence("FID", 0.0)).amplitude.sum()
            assert total == pytest.approx(len(part.ppm) * part.copies, abs=1e-3)


@pytest.mark.parametrize("name", ["Glu", "mI", "2HG", "GPC"])
def test_whole_operators_give_the_same_signal(name: str) -> None:
    sampling, echoes = Sampling(512, 5e-4, MHZ), (0.032, 0.065)
    ours = sum(
        summed(part.hz, part.amplitude, sampling)
        for part in (lines(s, MHZ, CENTRE, Sequence("PRESS", sum(echoes), echoes[0])) for s in MOLECULES[name])
    )
    assert np.abs(ours - molecule(name, MHZ, echoes, (512, 5e-4))).max() < 0.1


def test_a_sequence_that_is_not_known_is_refused() -> None:
    with pytest.raises(Refusal, match="sequence is not known"):
        lines(LACTATE, MHZ, CENTRE, Sequence("LASER", 0.03))
