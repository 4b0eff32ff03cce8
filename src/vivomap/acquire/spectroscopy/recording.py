"""One recording of magnetic resonance spectroscopy as an image: frames are samples in s, one voxel or a grid of them.

The signal turns with exp(+2πi ν t), where ν grows with the chemical shift and is 0 at `centre_ppm`. Coils are
combined and averages brought to one frequency and phase here, so that the image holds one complex signal a voxel.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from vivomap.core import Affine, Flag, Image, Refusal, Region, Settings, Voxels, affine_of
from vivomap.core.image import MRS_VOXEL, Array
from vivomap.maths.spectroscopy.averages import aligned, combined

WATER_RATIO = 200.0  # project: water over all else; suppressed spectra have up to 40, references 670 and more
CENTRE_PPM = 4.65
FEWEST = 64
WINDOW_S = 0.2  # project: of the signal that is looked at for this


@dataclass(frozen=True, eq=False)
class Recording:
    """A signal (point, z, y, x) with its place and what is said of it.

    `role` is "" where nothing tells it; `uid` is that of a DICOM object.
    """

    signal: Array
    dwell: float
    affine: Affine
    settings: Settings
    role: str = ""
    day: date | None = None
    patient: str = ""
    uid: str = ""
    flags: tuple[Flag, ...] = ()

    @property
    def image(self) -> Image:
        """The recording in its role. Raises Refusal if it is too short, or its times are not known."""
        if len(self.signal) < FEWEST or not self.dwell > 0:
            found = f"{len(self.signal)} samples, {self.dwell} s apart"
            raise Refusal(
                "no_signal", "the recording holds too few samples, or does not say when they are", found=found
            )
        with np.errstate(over="ignore", invalid="ignore"):
            signal = np.ascontiguousarray(self.signal, np.complex64)
        if not np.isfinite(signal).all():
            raise Refusal("no_signal", "the recording holds values that are no numbers")
        role, flags = (self.role, ()) if self.role else _role(signal, self.dwell, self.settings)
        times = tuple(float(t) for t in np.arange(len(self.signal)) * self.dwell)
        settings = (*self.settings, ("modality", "MR"))
        said = (*self.flags, *flags)
        return Image(role, Voxels.of(signal), "1", self.affine, times, "s", settings, day=self.day, flags=said)


def voxel_of(image: Image) -> Region:
    """The voxels of a recording as a region: what the scanner was told to look at."""
    name = image.text("series_description") or "spectroscopy voxel"
    return Region(name, Voxels.of(np.ones(image.shape, bool)), MRS_VOXEL, "", image.affine, source=image.source)


def one(signals: Array, dwell: float) -> tuple[Array, Settings]:
    """Signals (coil, average, point) as one, and how it was done."""
    coils, averages, _ = signals.shape
    heard = signals[0] if coils == 1 else combined(signals.reshape(coils, -1)).reshape(averages, -1)
    if averages == 1:
        return heard[0], (("coils", float(coils)),) if coils > 1 else ()
    together = aligned(heard, dwell)
    drift = float(together.hz.std())
    said: Settings = (("coils", float(coils)), ("averages_aligned", float(averages)), ("drift_hz", drift))
    return together.signals.mean(axis=0), said


def box(centre: Array, steps: tuple[Array, Array, Array]) -> Affine:
    """The affine of a single voxel: its centre in mm LPS, and its edges along (z, y, x) as vectors in mm."""
    rows = np.eye(4)
    rows[:3, :3], rows[:3, 3] = np.stack(steps, axis=1), centre
    return affine_of(rows + 0.0)


def spoken(words: dict[str, str | float | None]) -> Settings:
    """Settings without those that are not said."""
    return tuple((name, value) for name, value in words.items() if value not in (None, ""))


def sequence_of(words: str) -> str:
    """The sequence by its name at the scanner; "" where the name tells none."""
    text = words.lower()
    kinds = (("press", "PRESS"), ("prime", "PRESS"), ("svs_se", "PRESS"), ("svs_st", "STEAM"), ("steam", "STEAM"))
    return next((kind for word, kind in kinds if word in text), "")


def _role(signal: Array, dwell: float, settings: Settings) -> tuple[str, tuple[Flag, ...]]:
    """Whether it is the water reference, by its water line against all else."""
    mhz = dict(settings).get("spectrometer_mhz")
    if not isinstance(mhz, float):
        return "mrs", ()
    total = signal.reshape(len(signal), -1)
    loudest = total[:, int(np.argmax(np.abs(total).sum(axis=0)))]
    count = max(FEWEST, min(len(loudest), round(WINDOW_S / dwell)))
    bell = np.sin(np.pi * np.arange(count) / count)[: len(loudest)] ** 2  # so that the foot of water does not count
    lines = np.abs(np.fft.fft(loudest[:count] * bell, 2 * len(loudest)))
    ppm = CENTRE_PPM + np.fft.fftfreq(2 * len(loudest), dwell) / mhz
    water, rest = lines[np.abs(ppm - CENTRE_PPM) < 0.4].max(), lines[(ppm > 0.5) & (ppm < 4.1)].max()
    if water <= WATER_RATIO * rest:
        return "mrs", ()
    reason = f"nothing names it: water is {water / rest:.0f} times as high as all else, so it is the water reference"
    return "mrs_water", (Flag("role_by_rule", reason),)
