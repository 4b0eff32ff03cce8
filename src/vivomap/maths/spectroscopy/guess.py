"""Where to begin a fit: how far a spectrum is shifted and turned, and how loud its noise is."""

from __future__ import annotations

import numpy as np
from scipy.optimize import nnls

from vivomap.core.image import Array
from vivomap.maths.spectroscopy.basis import Basis, Sampling
from vivomap.maths.spectroscopy.fit import FIRST_HZ, Seen, Shape, axis_ppm, shaped, spectrum, window

SINGLETS = (2.01, 3.03, 3.21)  # ppm: NAA, creatine, choline
FAR_PPM = (-0.5, 8.7)  # project: no molecule of the body has lines below or above
SEARCH_PPM = 0.3
FEWEST_NOISE = 32
TURNS = 36


def noise(signal: Array, sampling: Sampling) -> float | None:
    """Standard deviation of the real part of the transform, from places without lines; None if there are too few.

    Steps between neighbours are taken, so that the slow tail of a line does not count.
    """
    plain = sampling.centre_ppm + np.fft.fftfreq(sampling.points, sampling.dwell) / sampling.mhz
    values = np.fft.fft(signal)
    steps = [np.diff(values[part]) for part in (plain < FAR_PPM[0], plain > FAR_PPM[1])]
    both = np.concatenate([np.concatenate([s.real, s.imag]) for s in steps])
    return float(np.sqrt(np.mean(both**2) / 2)) if both.size >= 2 * FEWEST_NOISE else None


def shift_hz(signal: Array, sampling: Sampling) -> float:
    """How far the three great singlets lie from their places: the best match of the magnitude to three lines."""
    times = sampling.times
    seen = np.abs(spectrum(signal * np.exp(-np.pi * FIRST_HZ * times)))
    model = sum(np.exp(2j * np.pi * sampling.hz(ppm) * times) for ppm in SINGLETS)
    lines = np.abs(spectrum(model * np.exp(-2 * np.pi * FIRST_HZ * times)))
    near = window(sampling, (1.7, 3.5))
    step = 1 / (2 * sampling.points * sampling.dwell)
    reach = round(SEARCH_PPM * sampling.mhz / step)
    tries = np.arange(-reach, reach + 1)
    pattern = lines[near] - lines[near].mean()
    match = [float(pattern @ seen[(near + k) % seen.size]) for k in tries]
    return float(tries[int(np.argmax(match))] * step)


def turned(signal: Array, basis: Basis) -> tuple[Array, Shape]:
    """The signal brought to phase zero as near as a coarse search comes, and the shape from which to go on."""
    places = window(basis.sampling)
    moved = shift_hz(signal, basis.sampling)
    columns = shaped(basis, Shape(0.0, moved, FIRST_HZ, FIRST_HZ**2 / 2), places)
    ppm = axis_ppm(basis.sampling)[places]
    smooth = np.linalg.qr(np.vander((ppm - ppm.mean()) / np.ptp(ppm), 6))[0]
    columns -= smooth @ (smooth.T @ columns)
    gram = columns.T @ columns
    root = np.linalg.cholesky(gram + 1e-9 * np.trace(gram) * np.eye(len(gram)) / len(gram))
    values = spectrum(signal)[places]
    best, phase = np.inf, 0.0
    for angle in np.arange(TURNS) * 2 * np.pi / TURNS:
        real = (values * np.exp(-1j * angle)).real
        real = real - smooth @ (smooth.T @ real)
        left = nnls(root.T, np.linalg.solve(root, columns.T @ real))[0]
        cost = float(real @ real - 2 * left @ (columns.T @ real) + left @ gram @ left)
        if cost < best:
            best, phase = cost, float(angle)
    return np.asarray(signal * np.exp(-1j * phase)), Shape(0.0, moved, FIRST_HZ, FIRST_HZ**2 / 2)


def seen_of(signal: Array, sampling: Sampling) -> Seen:
    """What a fit sees of a signal: the real spectrum in the window, and its noise."""
    places = window(sampling)
    return Seen(spectrum(signal)[places].real, places, noise(signal, sampling))
