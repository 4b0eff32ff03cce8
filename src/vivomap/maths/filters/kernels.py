"""The kernels of the filters: short lines for separable ones, whole grids for Laplacian-of-Gaussian and Gabor.

    LoG(r)   = -1/s² (2 pi s²)^(-D/2) (D - r²/s²) exp(-r²/(2 s²))
    Gabor    = exp(-(a² + g² b²)/(2 s²) + 2 pi i a/l)      a = x cos t + y sin t,  b = y cos t - x sin t

in voxels, with D axes, the scale s, wave length l, ratio g and orientation t. Wavelets: the low-pass line h of N
numbers, and the high-pass line (-1)^n h(N - 1 - n), both as they are convolved with.
"""

from __future__ import annotations

import numpy as np
from scipy.special import binom

from vivomap.core import Refusal
from vivomap.core.image import Array

GABOR_CUT = 7.0  # scales after which a wave has died away: 2e-11
LAWS = {
    "L3": ((1, 2, 1), 6),
    "E3": ((-1, 0, 1), 2),
    "S3": ((-1, 2, -1), 6),
    "L5": ((1, 4, 6, 4, 1), 70),
    "E5": ((-1, -2, 0, 2, 1), 10),
    "S5": ((-1, 0, 2, 0, -1), 6),
    "W5": ((-1, 2, 0, -2, 1), 10),
    "R5": ((1, -4, 6, -4, 1), 70),
}  # level, edge, spot, wave, ripple: whole numbers and the square of what they are divided by
COIFLET = (1 - 7**0.5, 5 + 7**0.5, 14 + 2 * 7**0.5, 14 - 2 * 7**0.5, 1 - 7**0.5, -3 + 7**0.5)  # over 16 sqrt(2)
MOST_VANISHING = 10  # moments of a Daubechies line: beyond it the roots of its polynomial lose digits


def laws(names: str) -> tuple[Array, ...]:
    """The lines of a name such as L5E5S5, along x, y and z. Raises Refusal if there is no such line."""
    pieces = [names[i : i + 2] for i in range(0, len(names), 2)]
    unknown = [piece for piece in pieces if piece not in LAWS]
    if unknown or len(pieces) not in (2, 3):
        raise Refusal(
            "unknown_name", "there is no such Laws kernel", found=names, expected="two or three of " + " ".join(LAWS)
        )
    return tuple(np.array(LAWS[piece][0]) / LAWS[piece][1] ** 0.5 for piece in pieces)


def laplacian_of_gaussian(scale: float, axes: int, cut: float) -> Array:
    """The grid of a scale in voxels over two or three axes, as far as `cut` scales."""
    reach = int(np.floor(cut * scale + 0.5))
    steps = np.ogrid[(slice(-reach, reach + 1),) * axes]
    far = sum(x.astype(float) ** 2 for x in steps) / scale**2
    return np.asarray((far - axes) / scale**2 * (2 * np.pi * scale**2) ** (-axes / 2) * np.exp(-far / 2))


def gabor(scale: float, length: float, ratio: float, turned: float) -> Array:
    """The complex grid (y, x) of a wave of a length and orientation (radians), in voxels."""
    reach = int(np.floor(GABOR_CUT * scale * max(1.0, 1 / ratio) + 0.5))
    y, x = np.ogrid[-reach : reach + 1, -reach : reach + 1]
    along, across = x * np.cos(turned) + y * np.sin(turned), y * np.cos(turned) - x * np.sin(turned)
    return np.asarray(np.exp(-(along**2 + (ratio * across) ** 2) / (2 * scale**2) + 2j * np.pi * along / length))


def wavelet(name: str) -> tuple[Array, Array]:
    """The low-pass and high-pass lines of haar, db1 to db10, or coif1. Raises Refusal if there is no such wavelet."""
    low = np.array(COIFLET) / (16 * 2**0.5) if name == "coif1" else _daubechies(_moments(name))
    high = low[::-1] * (-1.0) ** np.arange(low.size)
    return low[::-1], high[::-1]


def _moments(name: str) -> int:
    """How many moments of a Daubechies wavelet vanish, from its name."""
    number = "1" if name == "haar" else name.removeprefix("db")
    if name.startswith(("haar", "db")) and number.isdigit() and 1 <= int(number) <= MOST_VANISHING:
        return int(number)
    expected = f"haar, db1 to db{MOST_VANISHING}, coif1"
    raise Refusal("unknown_name", "there is no such wavelet", found=name, expected=expected)


def _daubechies(moments: int) -> Array:
    """The low-pass line of most vanishing moments for its length, the roots within the unit circle (least phase)."""
    tail = np.roots([binom(moments - 1 + k, k) for k in range(moments - 1, -1, -1)])  # in y = (2 - z - 1/z) / 4
    line = np.array([1.0 + 0j])
    for _ in range(moments):
        line = np.convolve(line, [1, 1])
    for root in tail:
        pair = np.roots([1, 4 * root - 2, 1])
        line = np.convolve(line, [1, -pair[np.argmin(np.abs(pair))]])
    low = line.real
    return np.asarray(low * (2**0.5 / low.sum()))
