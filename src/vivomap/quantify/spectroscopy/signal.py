"""One spectrum of a region as amounts of its molecules: gates, correction, fit.

Voxels of a region are brought to one frequency and phase and averaged. What is left of water is taken away; the rest
is fitted as a sum of simulated molecules (maths/spectroscopy/fit.py).
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from vivomap.core import NOT_COMPARABLE, Asked, Flag, Image, Refusal, Region, Settings
from vivomap.core.image import Array
from vivomap.maths.spectroscopy.averages import aligned
from vivomap.maths.spectroscopy.basis import Sampling, basis
from vivomap.maths.spectroscopy.fit import Fitted, fit, width_hz
from vivomap.maths.spectroscopy.guess import seen_of, turned
from vivomap.maths.spectroscopy.spins import Sequence
from vivomap.maths.spectroscopy.subspace import without_water
from vivomap.maths.spectroscopy.water import without_eddy

WIDEST_PPM = 0.1  # methods A8
LEAST_SNR = 5.0  # methods A8: of creatine
LONG_TE_S = 0.1  # project: macromolecules, with a T2 near 30 ms, are gone
NOISE_DOUBT = 0.02  # project: of the noise itself, from some 500 places without lines
LOST = 0.5  # project: a width or a height in wider doubt belongs to no line
MISFIT = 2.0  # project: residual over noise from which the model does not describe the spectrum
SMALL = ("NAA", "NAAG", "Cr", "PCr", "-CrCH2", "GPC", "PCh", "Glu", "Gln", "mI", "sI", "Lac", "Ala", "GABA", "2HG")
BRAIN = (*SMALL, "Tau", "Asp", "GSH")
SHORT_TE = (*BRAIN, "MM09", "MM12", "MM14", "MM17", "MM20", "Lip13b")
LONG_TE = (*BRAIN, "Lip09", "Lip13", "Lip13b", "Lip20")
NAA, CREATINE, CHOLINE = ("NAA", "NAAG"), ("Cr", "PCr"), ("GPC", "PCh")
CENTRE_PPM = 4.65
SAME = "relaxation and coupling move what is seen of a molecule (project)"
ASKED = (
    Asked("mrs", "te_ms", SAME, NOT_COMPARABLE, "ms", apart=2.0),
    Asked("mrs", "tr_ms", SAME, NOT_COMPARABLE, "ms", apart=100.0),
    Asked("mrs", "sequence", SAME, NOT_COMPARABLE, apart=0.0),
    Asked("mrs", "field_t", SAME, NOT_COMPARABLE, "T", apart=0.1),
)


class Quality(NamedTuple):
    """Width of the lines in ppm and height of creatine over noise, each with its standard uncertainty."""

    width: float
    width_doubt: float
    snr: float
    snr_doubt: float


class Heard(NamedTuple):
    """The fit of a region's spectrum, its quality, what goes into provenance, and warnings."""

    fitted: Fitted
    quality: Quality
    settings: Settings
    flags: tuple[Flag, ...]


def passed(mrs: Image, region: Region, mrs_water: Image | None) -> Heard:
    """The fit, where the spectrum is good enough. Raises Refusal if its lines are too wide or it is too noisy."""
    heard = fitted(mrs, region, mrs_water)
    quality = heard.quality
    if quality.width >= WIDEST_PPM:
        summary = "MRS: the lines are too wide to tell the molecules apart"
        raise Refusal("line_too_wide", summary, found=f"{quality.width:.3f} ppm", expected=f"below {WIDEST_PPM} ppm")
    if quality.snr <= LEAST_SNR:
        summary = "MRS: the creatine line does not stand out of the noise"
        raise Refusal("spectrum_noisy", summary, found=f"SNR {quality.snr:.1f}", expected=f"above {LEAST_SNR:g}")
    return heard


@lru_cache(maxsize=4)
def fitted(mrs: Image, region: Region, mrs_water: Image | None) -> Heard:
    """The fit of the region's spectrum, freed of eddy currents by its water where there is one.

    Raises Refusal if it is empty, or how it was acquired is not known.
    """
    sampling, sequence = sampling_of(mrs), sequence_of(mrs)
    names = SHORT_TE if sequence.echo <= LONG_TE_S else LONG_TE
    signal, by = _freed(mrs, region, mrs_water)
    signal = without_water(signal, sampling)
    molecules = basis(names, sampling, sequence)
    straight, first = turned(signal, molecules)
    found = fit(seen_of(straight, sampling), molecules, first)
    settings: Settings = (
        *(("sequence", sequence.kind), ("te_ms", 1000 * sequence.echo), ("tr_ms", mrs.number("tr_ms"))),
        *(("spectrometer_mhz", sampling.mhz), ("shift_hz", found.shape.shift), ("misfit", found.misfit)),
        ("eddy_currents", by),
        ("fit", f"{len(names)} molecules, {'with' if names is SHORT_TE else 'without'} macromolecules"),
    )
    reason = (
        f"what the molecules leave of the spectrum is {found.misfit:.1f} times the noise; the doubt is widened by it"
    )
    flags = (Flag("fit_misfit", reason),) if found.misfit > MISFIT else ()
    quality = _quality(found, sampling)
    if not quality.width_doubt <= LOST * quality.width or not quality.snr_doubt <= LOST * quality.snr:
        summary = "MRS: the fit finds no lines of creatine and its like to hold on to"
        raise Refusal("fit_uncertain", summary, found=f"width {quality.width:.2f} ± {quality.width_doubt:.2f} ppm")
    return Heard(found, quality, settings, flags)


def _freed(mrs: Image, region: Region, mrs_water: Image | None) -> tuple[Array, str]:
    """The signal without the phase that eddy currents gave it, and by what; the scanner may have done it already."""
    signal = signal_of(mrs, region)
    if mrs.text("eddy_currents"):
        return signal, mrs.text("eddy_currents")
    if mrs_water is None or not alike(mrs, mrs_water):
        return signal, "not corrected"
    return without_eddy(signal, signal_of(mrs_water, region)), "phase of water"


def alike(mrs: Image, mrs_water: Image) -> bool:
    """Whether spectrum and water reference were sampled at the same times."""
    steps = step_of(mrs), step_of(mrs_water)
    return len(mrs.frames) == len(mrs_water.frames) and abs(steps[0] - steps[1]) <= 1e-3 * steps[0]


def signal_of(image: Image, region: Region) -> Array:
    """The mean signal of a region's voxels, (point,). Raises Refusal if there is none, or it is no complex signal."""
    array, mask = image.voxels.array, region.mask.array
    if not mask.any():
        raise Refusal("empty_region", "the region is empty")
    if array.ndim != 4 or not np.iscomplexobj(array) or len(array) < 64:
        found = f"{array.dtype}, {array.shape}"
        raise Refusal("no_signal", "MRS: the image holds no complex signal over time", found=found)
    signals = np.asarray(array[:, mask].T, complex)
    if not signals.any():
        raise Refusal("no_signal", "MRS: the signal is zero throughout")
    return signals[0] if len(signals) == 1 else np.asarray(aligned(signals, step_of(image)).signals.mean(axis=0))


def step_of(image: Image) -> float:
    """Seconds between samples. Raises Refusal if they are not known or not even."""
    steps = np.diff(image.frames)
    if image.frame_unit != "s" or not steps.size or np.ptp(steps) > 1e-3 * steps.mean() or steps.mean() <= 0:
        raise Refusal("setting_absent", "MRS: the times of the samples are not known", expected="even steps in s")
    return float(image.frames[-1] - image.frames[0]) / (len(image.frames) - 1)


def sampling_of(mrs: Image) -> Sampling:
    """How the signal was sampled. Raises Refusal if it is not of protons, or the frequency is not said."""
    nucleus = mrs.text("nucleus")
    if nucleus != "1H":
        summary = "MRS: only protons are fitted"
        raise Refusal("setting_absent", summary, found=nucleus or "no nucleus said", expected="1H")
    centre = mrs.setting("centre_ppm")
    place = CENTRE_PPM if centre is None else float(centre)
    return Sampling(len(mrs.frames), step_of(mrs), mrs.number("spectrometer_mhz"), place)


def sequence_of(mrs: Image) -> Sequence:
    """The sequence, by its setting; the first echo of PRESS is half of the echo time where it is not said.

    Raises Refusal if the sequence or the echo time is not said.
    """
    kind = mrs.text("sequence")
    if not kind:
        summary = "MRS: the sequence is not said, and what it does to coupled lines is not known"
        raise Refusal("setting_absent", summary, expected="sequence: PRESS, STEAM, SE or FID")
    echo = mrs.number("te_ms") / 1000
    if not 0 <= echo < 1:
        raise Refusal("bad_setting", "MRS: the echo time cannot be", found=f"{1000 * echo:g} ms")
    first = mrs.setting("te1_ms")
    mixing = mrs.number("tm_ms") / 1000 if kind == "STEAM" else 0.0
    return Sequence(kind, echo, echo / 2 if first is None else float(first) / 1000, mixing)


def _quality(found: Fitted, sampling: Sampling) -> Quality:
    """Width and creatine's height over noise, with what the fit says of both."""
    shape, cov = found.shape, found.joint[-2:, -2:]
    width = width_hz(shape.lorentz, shape.gauss2)
    steps = np.array([width_hz(shape.lorentz + 0.01, shape.gauss2), width_hz(shape.lorentz, shape.gauss2 + 0.1)])
    slope = (steps - width) / np.array([0.01, 0.1])
    times = sampling.times
    decay = np.exp(-np.pi * shape.lorentz * times - (np.pi * times) ** 2 * shape.gauss2 / (4 * np.log(2)))
    amount, weight = found.total(*CREATINE)
    fall = -np.pi * np.array([(times * decay).sum(), (times**2 * decay).sum() * np.pi / (4 * np.log(2))])
    rise = 3 * np.concatenate([weight * decay.sum(), [0.0, 0.0], amount * fall])  # of the height, by every parameter
    snr = 3 * amount * float(decay.sum()) / found.noise
    doubt = float(np.sqrt(max(0.0, rise @ found.joint @ rise))) / found.noise
    return Quality(
        width / sampling.mhz,
        float(np.sqrt(max(0.0, slope @ cov @ slope))) / sampling.mhz,
        snr,
        float(np.hypot(doubt, snr * NOISE_DOUBT)),
    )
