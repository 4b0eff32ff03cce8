"""A brain whose blood flow rises evenly from one side to the other, seen by labelled and unlabelled blood.

Blood labelled at time s reaches tissue after the arrival time and decays with the T1 of blood all the way; what is
there when the image is taken, t after labelling began, is the sum over all that has come:

    ΔM(t) = 2 α (M0/λ) f ∫ exp(-(t - s)/T1b) ds    over the s in the label that have arrived

Noise is Rician. The label makes the image darker: control is brighter.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from vivomap.acquire.phantom.noise import rician
from vivomap.core import Image, Region, Voxels, affine_of

Phantom = tuple[tuple[Image, ...], tuple[Region, ...], dict[str, float]]
LAMBDA, T1_BLOOD = 0.9, 1.65  # mL/g, s
EFFICIENCY = {"PCASL": 0.85, "PASL": 0.98}


@dataclass(frozen=True)
class Labelled:
    """Flow at both sides (mL/min/100 g), the sequence (s), how many pairs, noise, and the grid."""

    low: float = 20.0
    high: float = 80.0
    labelling: str = "PCASL"
    label: float = 1.8  # the label of PCASL, or what QUIPSS II leaves of it
    image: float = 3.6  # from the begin of the label
    arrival: float = 1.2
    pairs: int = 30
    snr: float = 120.0
    first: str = "label"
    spacing_mm: tuple[float, float, float] = (5.0, 3.0, 3.0)


def left(scan: Labelled) -> float:
    """What is left of each second of label, and of each mL/min/100 g, over M0; 1/(mL/min/100 g)."""
    steps = 200_000
    begun = (np.arange(steps) + 0.5) / steps * scan.label
    there = begun + scan.arrival <= scan.image
    if scan.labelling == "PASL":
        decayed = np.full(steps, np.exp(-scan.image / T1_BLOOD))  # all is labelled at once, and comes in turn
    else:
        decayed = np.exp(-(scan.image - begun) / T1_BLOOD)
    total = float(np.sum(decayed * there)) * scan.label / steps
    return 2 * EFFICIENCY[scan.labelling] / LAMBDA * total / 6000


def labelled(scan: Labelled = Labelled(), seed: int = 0, noise: float = 1.0) -> Phantom:
    """One M0 image and pairs, the region, and the truth by biomarker name; snr 0 is no noise."""
    scan = replace(scan, snr=scan.snr / noise)
    steps = (np.arange(20) + 0.5) / 20
    flow = np.zeros((6, 20, 28))
    flow[1:-1, 4:-4, 4:-4] = scan.low + (scan.high - scan.low) * steps
    inside = flow > 0
    m0 = 1000.0 * inside
    second = "control" if scan.first == "label" else "label"
    context = ("m0", *(scan.first, second) * scan.pairs)
    still = 0.3 * m0  # background suppression
    images = {"m0": m0, "control": still, "label": still - m0 * flow * left(scan)}
    series = np.stack([images[kind] for kind in context])
    if scan.snr:
        series = rician(series, 1000 / scan.snr / 3, np.random.default_rng(seed))
    affine = affine_of(np.diag([*scan.spacing_mm, 1.0])[[2, 1, 0, 3]])
    said = (
        ("asl_context", " ".join(context)),
        ("labelling", scan.labelling),
        ("label_duration_ms", 1000 * scan.label),
        ("pld_ms", 1000 * (scan.image - scan.label if scan.labelling == "PCASL" else scan.image)),
        ("field_t", 3.0),
    )
    frames = tuple(float(n) for n in range(len(context)))
    asl = Image("asl", Voxels.of(series), "1", affine, frames=frames, frame_unit="1", settings=said)
    region = Region("lesion", Voxels.of(inside), "lesion", "brain", affine)
    doubt = 1000 / scan.snr / 3 * np.sqrt(2 / scan.pairs) / 1000 / left(scan) if scan.snr else 0.0
    truth = {"asl_cbf": (scan.low + scan.high) / 2, "asl_cbf_voxel_doubt": float(doubt)}
    return (asl,), (region,), truth


def pulsed(seed: int = 0) -> Phantom:
    """The same by PASL with QUIPSS II: 0.8 s of label, seen 1.8 s after."""
    return labelled(Labelled(labelling="PASL", label=0.8, image=1.8, arrival=0.6), seed)
