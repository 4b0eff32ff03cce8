"""A bundle with a lesion, and healthy controls: what every tract measure must find.

The bundle and its lesion are those of `tensor`. The lesion fills half of the cross-section over a fifth of the arc: it
holds a tenth of the volume, cuts half of the fibres, and takes a quarter of FA there. Controls are maps of FA of the
same bundle without lesion, each a little higher or lower as a whole: normal with a deviation of `spread`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vivomap.acquire.phantom.tensor import Bundle, anisotropies, place_of, weighted
from vivomap.core import Image, Region, Voxels

Phantom = tuple[tuple[Image, ...], tuple[Region, ...], dict[str, float]]
LESIONED = Bundle(snr=60.0, lesion=(0.4, 0.6))
CONTROLS = 60
SPREAD = 0.01  # of FA between healthy people
LEFT_OUT = 0.05  # of the arc at each end, as the profile leaves it out


def lesioned(bundle: Bundle = LESIONED, seed: int = 0, noise: float = 1.0) -> Phantom:
    """The images of a patient, FA of the controls, the bundle and the lesion, and the truth by biomarker name."""
    place = place_of(bundle)
    rng = np.random.default_rng((seed, 7))
    healthy = anisotropies(Bundle(fa=bundle.fa), place_of(Bundle(fa=bundle.fa)))
    offset = SPREAD * rng.standard_normal(CONTROLS)
    charts = healthy + offset[:, None, None, None] * place.bundle
    charts = np.asarray(charts + rng.normal(0, 0.01, charts.shape), np.float32)
    numbers = tuple(float(k) for k in range(CONTROLS))
    controls = Image("fa_controls", Voxels.of(charts), "1", place.affine, numbers)
    regions = (
        Region("tract", Voxels.of(place.bundle), "tract", "brain", place.affine),
        Region("plaque", Voxels.of(place.lesion), "lesion", "brain", place.affine),
    )
    return (weighted(replace(bundle, snr=bundle.snr / noise), place, seed), controls), regions, truth_of(bundle)


def truth_of(bundle: Bundle) -> dict[str, float]:
    """The numbers of a bundle whose lesion fills half of its cross-section, away from its ends."""
    low, high = bundle.fa
    first, last = bundle.lesion
    middle = low + (high - low) * (first + last) / 2
    lost = (1 - bundle.kept) / 2 * middle * (last - first) / (1 - 2 * LEFT_OUT)
    return {
        "tract_fa": (low + high) / 2 - lost,
        "tract_z": -lost / SPREAD,
        "tract_lesion_load": 100 * (last - first) / 2,
        "tract_disconnection": 50.0 if last > first else 0.0,
    }
