"""The protons of each molecule: chemical shifts in ppm, couplings in Hz.

Values of Govindaraju et al., NMR Biomed 2000;13:129 (2HG: Bal and Gryff-Keller 2002), from memory. Left out: amide and
hydroxyl protons near or above water, and couplings to phosphorus and nitrogen.
"""

from __future__ import annotations

from typing import NamedTuple

Couplings = tuple[tuple[int, int, float], ...]


class Spins(NamedTuple):
    """Protons that couple to each other, `copies` times in the molecule; an uncoupled methyl is one spin, 3 copies."""

    ppm: tuple[float, ...]
    hz: Couplings = ()
    copies: int = 1


class Hump(NamedTuple):
    """A Gaussian hump of lipids or macromolecules: centre and full width in ppm, protons."""

    ppm: float
    width_ppm: float
    protons: float


def _single(ppm: float, copies: int) -> Spins:
    return Spins((ppm,), (), copies)


def _chain(ppm: tuple[float, float, float, float, float], hz: tuple[float, ...]) -> Spins:
    """CH–CH2–CH2: couplings 0-1, 0-2, 1-2, 1-3, 1-4, 2-3, 2-4, 3-4."""
    pairs = ((0, 1), (0, 2), (1, 2), (1, 3), (1, 4), (2, 3), (2, 4), (3, 4))
    return Spins(ppm, tuple((a, b, j) for (a, b), j in zip(pairs, hz, strict=True)))


def _arms(left: float, right: float, hz: tuple[float, float, float, float, float, float]) -> Spins:
    """CH2–CH2 with equal shifts in each: couplings within, within, and the four across."""
    pairs = ((0, 1), (2, 3), (0, 2), (0, 3), (1, 2), (1, 3))
    return Spins((left, left, right, right), tuple((a, b, j) for (a, b), j in zip(pairs, hz, strict=True)))


def _methyl(methyl: float, methine: float, hz: float) -> Spins:
    return Spins((methyl, methyl, methyl, methine), ((0, 3, hz), (1, 3, hz), (2, 3, hz)))


def _aspartyl(alpha: float, beta: float, other: float, hz: tuple[float, float, float]) -> Spins:
    return Spins((alpha, beta, other), ((0, 1, hz[0]), (0, 2, hz[1]), (1, 2, hz[2])))


_RING = ((0, 1, 2.889), (1, 2, 3.006), (2, 3, 9.997), (3, 4, 9.485), (4, 5, 9.482), (0, 5, 9.998))
_GLYCEROL = Spins(
    (3.605, 3.672, 3.903, 3.871, 3.946),
    ((0, 1, -14.78), (0, 2, 5.77), (1, 2, 4.53), (2, 3, 5.77), (2, 4, 4.53), (3, 4, -14.78)),
)
MOLECULES: dict[str, tuple[Spins, ...]] = {
    "NAA": (_single(2.008, 3), _aspartyl(4.3817, 2.6727, 2.4863, (3.861, 9.821, -15.592))),
    "NAAG": (
        _single(2.042, 3),
        _aspartyl(4.607, 2.721, 2.519, (4.412, 9.515, -15.910)),
        _chain((4.128, 1.881, 2.049, 2.190, 2.180), (4.61, 8.42, -14.28, 10.56, 6.09, 4.9, 11.11, -15.28)),
    ),
    "Cr": (_single(3.027, 3), _single(3.913, 2)),
    "PCr": (_single(3.029, 3), _single(3.930, 2)),
    "-CrCH2": (_single(3.913, -2),),  # what suppression of water takes from the line beside it
    "GPC": (_single(3.212, 9), _arms(4.312, 3.659, (-9.32, -9.32, 3.10, 5.90, 5.90, 3.10)), _GLYCEROL),
    "PCh": (_single(3.208, 9), _arms(4.2805, 3.641, (-14.89, -14.19, 2.284, 7.231, 7.326, 2.235))),
    "Glu": (
        _chain((3.7433, 2.0375, 2.1200, 2.3378, 2.3520), (7.331, 4.651, -14.849, 8.406, 6.875, 6.413, 8.478, -15.915)),
    ),
    "Gln": (
        _chain((3.7530, 2.1290, 2.1090, 2.4320, 2.4540), (5.847, 6.500, -14.504, 9.165, 6.347, 6.324, 9.209, -15.371)),
    ),
    "mI": (Spins((3.5217, 4.0538, 3.5217, 3.6144, 3.2690, 3.6144), _RING),),
    "sI": (_single(3.340, 6),),
    "Lac": (_methyl(1.3142, 4.0974, 6.933),),
    "Ala": (_methyl(1.4667, 3.7746, 7.234),),
    "GABA": (
        Spins(
            (2.2840, 2.2840, 1.8890, 1.8890, 3.0128, 3.0128),
            (
                *((0, 1, -15.938), (2, 3, -13.121), (4, 5, -12.021)),
                *((0, 2, 5.372), (0, 3, 7.127), (1, 2, 10.578), (1, 3, 6.982)),
                *((2, 4, 7.755), (2, 5, 7.432), (3, 4, 6.173), (3, 5, 7.933)),
            ),
        ),
    ),
    "2HG": (_chain((4.022, 1.825, 1.977, 2.221, 2.272), (7.6, 4.1, -14.0, 5.3, 10.4, 10.6, 6.0, -15.0)),),
    "Tau": (_arms(3.4206, 3.2459, (-12.438, -12.930, 6.742, 6.464, 6.403, 6.792)),),
    "Asp": (_aspartyl(3.8914, 2.8011, 2.6533, (3.647, 9.107, -17.426)),),
    "GSH": (
        _single(3.769, 2),
        _aspartyl(4.5608, 2.9264, 2.9747, (7.09, 4.71, -14.06)),
        _chain((3.769, 2.159, 2.146, 2.510, 2.560), (6.34, 6.36, -15.48, 6.7, 7.6, 7.6, 6.7, -15.92)),
    ),
}
# Centres and widths as LCModel's manual gives them for its simulated humps (from memory)
MACROMOLECULES: dict[str, tuple[Hump, ...]] = {
    "MM09": (Hump(0.91, 0.14, 3.0),),
    "MM12": (Hump(1.21, 0.15, 2.0),),
    "MM14": (Hump(1.43, 0.17, 2.0),),
    "MM17": (Hump(1.67, 0.15, 2.0),),
    "MM20": (Hump(2.08, 0.15, 1.33), Hump(2.25, 0.20, 0.33), Hump(1.95, 0.15, 0.33), Hump(3.00, 0.20, 0.40)),
}
LIPIDS: dict[str, tuple[Hump, ...]] = {
    "Lip09": (Hump(0.89, 0.14, 3.0),),
    "Lip13": (Hump(1.28, 0.15, 2.0),),
    "Lip13b": (Hump(1.28, 0.089, 2.0),),
    "Lip20": (Hump(2.04, 0.15, 1.33), Hump(2.25, 0.15, 0.67), Hump(2.80, 0.20, 0.87)),
}
