"""Iodine and gadolinium: how much contrast agent a lesion holds, mg/mL, and how much of what the aorta holds.

Two energies tell iodine from water; three or more also gadolinium, whose K-edge (50.2 keV) makes it brighter in the bin
above it. The agents' rows of the split in `mixture.py` are the amounts. A ratio to the aorta of the same image

    NIC = c(lesion) / c(aorta)        ECV = 100 (1 - haematocrit) NIC        % of tissue outside its cells

is free of an error that all sensitivities share; ECV holds when iodine has spread evenly (equilibrium). An amount below
0 is told, not cut off.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from vivomap.core import FLAGGED, NOT_COMPARABLE, Asked, Biomarker, Estimate, Flag, Image, Refusal, Region
from vivomap.core.image import Array
from vivomap.quantify.spectral_ct.calibration import ASKED
from vivomap.quantify.spectral_ct.mixture import SURE, Mixture, doubt, estimate, mean_of, mixture

PHANTOM = "vivomap.acquire.phantom.spectral_ct"
HAEMATOCRIT_U = 0.02  # project: of a haematocrit whose doubt is not said
EQUILIBRIUM = ("equilibrium", "delayed")
METHOD = "image-domain decomposition by least squares with the covariance of the noise (methods A12, project)"


def _row(matter: Mixture, name: str) -> tuple[Array, float]:
    """The weights that pick one material. Raises Refusal if the image was not calibrated for it."""
    if name not in matter.names:
        summary = f"spectral CT: HU per mg/mL of {name} are not known at these energies"
        raise Refusal("not_calibrated", summary, expected=f"setting {name}_hu")
    return np.eye(len(matter.names))[matter.names.index(name)], 0.0


def iodine(spectral_ct: Image, region: Region) -> Estimate:
    """Mean iodine of the region, mg/mL, with its map "iodine_map"."""
    return estimate(spectral_ct, region, lambda matter: _row(matter, "iodine"), "iodine_map mg/mL")


def gadolinium(spectral_ct: Image, region: Region) -> Estimate:
    """Mean gadolinium of the region, mg/mL, beside iodine, with its map; needs three energies and a K-edge between."""
    return estimate(spectral_ct, region, lambda matter: _row(matter, "gadolinium"), "gadolinium_map mg/mL")


def normalised_iodine(spectral_ct: Image, region: Region, aorta: Region) -> Estimate:
    """Iodine of the region over that of the aorta. Raises Refusal if the aorta holds none."""
    matter = mixture(spectral_ct)
    weights = _row(matter, "iodine")[0] @ matter.split.weights
    here, there = (mean_of(spectral_ct, r, weights, matter) for r in (region, aorta))
    if not there.value > SURE * doubt(there, matter):
        found = f"{there.value:.3g} ± {doubt(there, matter):.2g} mg/mL"
        raise Refusal("no_iodine", "the aorta holds no iodine that could be told from none", found=found)
    share = here.value / there.value
    water = np.linalg.norm(weights * matter.calibration.water_u) * abs(1 - share)
    noise = np.hypot(here.uncertainty, share * there.uncertainty)
    known = matter.calibration
    settings = (*known.said, ("aorta_mg_ml", there.value), ("voxels", float(here.voxels)))
    return Estimate(share, float(np.hypot(noise, water) / there.value), flags=known.flags, settings=settings)


def spectral_ecv(spectral_ct: Image, region: Region, aorta: Region) -> Estimate:
    """Extracellular volume of the region, %. Raises Refusal if the setting `haematocrit` (a fraction) is not known."""
    haematocrit = spectral_ct.number("haematocrit")
    if not 0.1 < haematocrit < 0.7:
        found = f"{haematocrit:g}"
        raise Refusal("setting_absent", "ECV: the haematocrit must be a fraction", found=found, expected="0.1 to 0.7")
    told = spectral_ct.setting("haematocrit_u") is not None
    sure = spectral_ct.number("haematocrit_u") if told else HAEMATOCRIT_U
    share = normalised_iodine(spectral_ct, region, aorta)
    plasma = 1 - haematocrit
    even = spectral_ct.text("phase") in EQUILIBRIUM
    flags = () if even else (Flag("not_at_equilibrium", "the phase is not said to be one at which iodine has spread"),)
    doubt = 100 * float(np.hypot(plasma * share.uncertainty, share.value * sure))
    settings = (*share.settings, ("haematocrit", haematocrit))
    return Estimate(100 * plasma * share.value, doubt, flags=(*share.flags, *flags), settings=settings)


TIMING = "timing of contrast dominates: compare at one phase (methods A12)"
TAKEN = (*ASKED, Asked("spectral_ct", "phase", TIMING, NOT_COMPARABLE, apart=0.0))
EVEN = Asked(
    "spectral_ct",
    "phase",
    "ECV holds once iodine has spread (project)",
    FLAGGED,
    words=EQUILIBRIUM,
    told="not_at_equilibrium",
)
ALONE, BY_AORTA = ("spectral_ct", "region"), ("spectral_ct", "region", "aorta")


def _card(title: str, unit: str, compute: Callable[..., Estimate], needs: tuple[str, ...], **more: Any) -> Biomarker:
    """A card of this file; ALONE of one region, BY_AORTA over that of the aorta."""
    shared = {"acquisition": TAKEN, "truth": f"{PHANTOM}:rods", "dimensions": 2}
    return Biomarker(name=compute.__name__, title=title, unit=unit, compute=compute, needs=needs, **{**shared, **more})


IODINE = _card("Iodine", "mg/mL", iodine, ALONE, source=METHOD, gives=("iodine_map",))
NORMALISED_IODINE = _card(
    "Iodine over that of the aorta",
    "1",
    normalised_iodine,
    BY_AORTA,
    source=f"lesion over aorta at the same phase (methods A12); {METHOD}",
)
GADOLINIUM = _card(
    "Gadolinium",
    "mg/mL",
    gadolinium,
    ALONE,
    source=f"K-edge at 50.23 keV (Med Phys 2013, PMC3585826); {METHOD}",
    truth=f"{PHANTOM}:bins",
    gives=("gadolinium_map",),
)
SPECTRAL_ECV = _card(
    "Extracellular volume",
    "%",
    spectral_ecv,
    BY_AORTA,
    source=f"(1 - haematocrit) times iodine over that of blood at equilibrium (project); {METHOD}",
    acquisition=(*TAKEN, EVEN),
)
