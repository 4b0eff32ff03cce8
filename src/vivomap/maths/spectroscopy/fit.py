"""The linear-combination fit: how much of each molecule makes up a spectrum, with what doubt.

    Re Y(ν) = Σ a_m Re FT[ s_m(t) exp(iφ + 2πi δ t) exp(-π L t - (π G t)² / (4 ln 2)) ] + spline(ν),   a_m >= 0

Y is the transform of the signal filled with zeros to twice its length: its real part holds all that the complex
signal holds, and its noise is white. Phase φ, shift δ and the widths L (Lorentz) and G (Gauss), in Hz, are common and
searched; amplitudes and spline are solved for each of them (variable projection, Golub and Pereyra 1973).

    CRLB = sqrt diag(F⁻¹),   F = Jᵀ J / σ²     over all parameters, times the misfit where the residual is above σ
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.interpolate import BSpline
from scipy.optimize import least_squares, nnls

from vivomap.core.image import Array
from vivomap.maths.spectroscopy.basis import Basis, Sampling

WINDOW_PPM = (0.2, 4.2)  # LCModel's usual window (from memory)
KNOTS_PPM = 1.0  # project: stiff, so that it takes no line; with 0.4 the phase of LCModel's own spectrum was off by 11°
SHIFT_PPM = 0.1  # project: how far the search may go from the first guess
WIDEST_HZ = 40.0  # project
FIRST_HZ = 5.0
STEPS = (1e-4, 1e-3, 1e-2, 0.1)  # of the numerical derivative: rad, Hz, Hz, Hz²
FILL = 2


class Shape(NamedTuple):
    """What all molecules share: phase (rad), shift (Hz), Lorentzian width (Hz), Gaussian width squared (Hz²)."""

    phase: float
    shift: float
    lorentz: float
    gauss2: float


class Seen(NamedTuple):
    """A real spectrum in the window: values, their places in the zero-filled transform, standard deviation of noise."""

    values: Array
    places: Array
    noise: float | None


class Fitted(NamedTuple):
    """Amplitudes in units of the basis and the common shape, the covariance of both together, and the curves."""

    names: tuple[str, ...]
    amplitude: Array
    shape: Shape
    joint: Array
    noise: float
    misfit: float
    ppm: Array
    values: Array
    model: Array
    baseline: Array

    @property
    def covariance(self) -> Array:
        """That of the amplitudes alone."""
        return self.joint[: len(self.names), : len(self.names)]

    def total(self, *names: str) -> tuple[float, Array]:
        """The sum of some molecules, and its weights for the covariance."""
        weight = np.array([float(name in names) for name in self.names])
        return float(weight @ self.amplitude), weight

    def doubt(self, *names: str) -> float:
        """The CRLB of a sum of molecules."""
        _, weight = self.total(*names)
        return float(np.sqrt(weight @ self.covariance @ weight))


def width_hz(lorentz: float, gauss2: float) -> float:
    """The full width at half maximum of a Voigt line, Hz (Olivero and Longbothum 1977, from memory)."""
    return float(0.5346 * lorentz + np.sqrt(0.2166 * lorentz**2 + max(gauss2, 0.0)))


def axis_ppm(sampling: Sampling) -> Array:
    """The shift of each place of the zero-filled transform, falling frequencies last, (FILL * points,)."""
    return sampling.centre_ppm + np.fft.fftfreq(FILL * sampling.points, sampling.dwell) / sampling.mhz


def spectrum(signals: Array) -> Array:
    """The zero-filled transform of signals (..., point)."""
    return np.asarray(np.fft.fft(signals, FILL * signals.shape[-1], axis=-1))


def window(sampling: Sampling, ppm: tuple[float, float] = WINDOW_PPM) -> Array:
    """The places of the zero-filled transform that lie in a window, by rising shift."""
    axis = axis_ppm(sampling)
    inside = np.flatnonzero((axis >= ppm[0]) & (axis <= ppm[1]))
    return np.asarray(inside[np.argsort(axis[inside])])


def fit(seen: Seen, basis: Basis, first: Shape) -> Fitted:
    """Fit a real spectrum from a first guess of the shape."""
    smooth = _splines(axis_ppm(basis.sampling)[seen.places])
    orthonormal = np.linalg.qr(smooth)[0]
    target = seen.values - orthonormal @ (orthonormal.T @ seen.values)
    scale = float(np.linalg.norm(target)) or 1.0

    def left(parameters: Array) -> Array:
        columns = shaped(basis, Shape(*parameters), seen.places)
        columns -= orthonormal @ (orthonormal.T @ columns)
        return np.asarray((target - columns @ nnls(columns, target)[0]) / scale)

    reach = SHIFT_PPM * basis.sampling.mhz
    low = (first.phase - np.pi / 2, first.shift - reach, 0.0, 0.0)
    high = (first.phase + np.pi / 2, first.shift + reach, WIDEST_HZ, WIDEST_HZ**2)
    units = (0.1, 1.0, 2.0, 20.0)
    found = least_squares(left, first, bounds=(low, high), x_scale=units, xtol=1e-7, ftol=1e-9, diff_step=[1e-4])
    return _told(seen, basis, Shape(*(float(v) for v in found.x)), smooth)


def shaped(basis: Basis, shape: Shape, places: Array) -> Array:
    """The real spectra of the basis with a shape, (place, molecule)."""
    times = basis.sampling.times
    decay = np.exp(-np.pi * shape.lorentz * times - (np.pi * times) ** 2 * shape.gauss2 / (4 * np.log(2)))
    moved = np.exp(1j * (shape.phase + 2 * np.pi * shape.shift * times))
    each = np.where(basis.sharp[:, None], decay, 1.0) * moved * basis.signals
    return np.ascontiguousarray(spectrum(each)[:, places].real.T)


def _splines(ppm: Array) -> Array:
    """Cubic B-splines over the window, (place, spline)."""
    spans = max(1, round(float(ppm[-1] - ppm[0]) / KNOTS_PPM))
    inner = np.linspace(ppm[0], ppm[-1], spans + 1)
    knots = np.concatenate([[inner[0]] * 3, inner, [inner[-1]] * 3])
    return np.asarray(BSpline.design_matrix(ppm, knots, 3).toarray())


def _told(seen: Seen, basis: Basis, shape: Shape, smooth: Array) -> Fitted:
    """Amplitudes, curves and the covariance of everything at the best shape."""
    columns = shaped(basis, shape, seen.places)
    orthonormal = np.linalg.qr(smooth)[0]
    flat = columns - orthonormal @ (orthonormal.T @ columns)
    amplitude = nnls(flat, seen.values - orthonormal @ (orthonormal.T @ seen.values))[0]
    molecules = columns @ amplitude
    baseline = orthonormal @ (orthonormal.T @ (seen.values - molecules))
    residual = seen.values - molecules - baseline
    slopes = _slopes(basis, shape, amplitude, seen.places)
    free = seen.values.size - np.count_nonzero(amplitude) - smooth.shape[1] - len(shape)
    spread = float(np.sqrt(residual @ residual / max(1, free)))
    noise = spread if seen.noise is None else seen.noise
    covariance = _covariance(np.hstack([columns, slopes, smooth])) * max(noise, spread) ** 2
    end = len(amplitude) + len(shape)
    return Fitted(
        basis.names,
        amplitude,
        shape,
        covariance[:end, :end],
        noise,
        spread / noise,
        axis_ppm(basis.sampling)[seen.places],
        seen.values,
        molecules + baseline,
        baseline,
    )


def _slopes(basis: Basis, shape: Shape, amplitude: Array, places: Array) -> Array:
    """How the model moves with each part of the shape, (place, part)."""
    found = []
    for part, step in enumerate(STEPS):
        up, down = (shape[part] + step, shape[part] - step)
        ends = [shaped(basis, shape._replace(**{shape._fields[part]: v}), places) @ amplitude for v in (up, down)]
        found.append((ends[0] - ends[1]) / (2 * step))
    return np.stack(found, axis=1)


def _covariance(jacobian: Array) -> Array:
    """(JᵀJ)⁻¹ with its columns brought to one length first; what the data do not tell is left out."""
    length = np.linalg.norm(jacobian, axis=0)
    length[length == 0] = 1.0
    even = jacobian / length
    return np.asarray(np.linalg.pinv(even.T @ even, rcond=1e-12, hermitian=True) / np.outer(length, length))
