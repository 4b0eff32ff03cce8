"""The shared spectra, each found once."""

from pathlib import Path

import numpy as np
import pytest


@pytest.fixture(scope="session")
def mrs(data: Path) -> Path:
    """The folder of real spectra."""
    return data / "mrs"


@pytest.fixture(scope="session")
def lines():  # type: ignore[no-untyped-def]
    """The heights of a spectrum near some shifts: `lines(signal, dwell, mhz, 2.01, 3.03)`."""

    def heights(signal: np.ndarray, dwell: float, mhz: float, *ppm: float) -> tuple[float, ...]:
        times = np.arange(signal.size) * dwell
        seen = np.abs(np.fft.fft(signal * np.exp(-10 * times), 2 * signal.size))
        axis = 4.65 + np.fft.fftfreq(seen.size, dwell) / mhz
        return tuple(float(seen[np.abs(axis - p) < 0.06].max()) for p in ppm)

    return heights
