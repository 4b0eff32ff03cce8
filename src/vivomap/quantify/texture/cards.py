"""Texture of a lesion on CT and of FDG and other tracers on PET, and how round it is: the few numbers that have a card.

Entropy (bits), uniformity, contrast and the rest by the definitions of IBSI 1, on grey levels 25 HU wide from -1000 HU
to 400 HU at 2 mm, and 0.5 SUV wide from 0 at 4 mm; all pairs of neighbours in space counted together.
"""

from __future__ import annotations

from collections.abc import Callable

from vivomap.core import NOT_COMPARABLE, Asked, Biomarker, Estimate, Image, Region
from vivomap.maths.texture.shape import sphericity_of
from vivomap.maths.texture.surface import surface_of
from vivomap.quantify.texture.doubt import known
from vivomap.quantify.texture.processing import Processing, plan, within

IBSI = "IBSI 1 reference manual; consensus values: Zwanenburg et al., Radiology 2020"
CT = Processing(
    "ct", "1", (2.0, 2.0, 2.0), rounded=True, lowest=-1000.0, highest=400.0, width=25.0, volume_width=2.5
)  # configuration C of IBSI 1
SUV = Processing("suv", "1", (4.0, 4.0, 4.0), lowest=0.0, width=0.5, volume_width=0.1)  # project
ROUND = Processing("shape", "1", (2.0, 2.0, 2.0), width=1.0)
STAIRS, THICK = 0.08, 0.12  # of sphericity: a mesh on voxels reads 7 to 10 % low, up to 20 % on thick slices (measured)
THICK_MM = 3.0  # project: a side of a voxel above it is thick


def _feature(image: Image, region: Region, card: Processing, code: str) -> Estimate:
    """One carded feature with its uncertainty and the card's settings."""
    found = known(image, region, card)
    return Estimate(
        found.values[code], found.doubts[code], flags=found.flags, settings=(*found.settings, ("ibsi", code))
    )


def ct_entropy(ct: Image, region: Region) -> Estimate:
    """Entropy of the grey levels, bits. Raises Refusal if fewer than 64 voxels are left."""
    return _feature(ct, region, CT, "TLU2")


def ct_uniformity(ct: Image, region: Region) -> Estimate:
    """Uniformity of the grey levels: 1 where all are alike. Raises Refusal if fewer than 64 voxels are left."""
    return _feature(ct, region, CT, "BJ5W")


def ct_joint_entropy(ct: Image, region: Region) -> Estimate:
    """Entropy of pairs of neighbours, bits. Raises Refusal if fewer than 64 voxels are left."""
    return _feature(ct, region, CT, "TU9B")


def ct_contrast(ct: Image, region: Region) -> Estimate:
    """Mean squared difference of neighbours, in levels. Raises Refusal if fewer than 64 voxels are left."""
    return _feature(ct, region, CT, "ACUI")


def ct_correlation(ct: Image, region: Region) -> Estimate:
    """How far a level foretells its neighbour's. Raises Refusal if fewer than 64 voxels are left."""
    return _feature(ct, region, CT, "NI2N")


def ct_homogeneity(ct: Image, region: Region) -> Estimate:
    """Inverse difference moment: 1 where neighbours are alike. Raises Refusal if fewer than 64 voxels are left."""
    return _feature(ct, region, CT, "WF0Z")


def ct_coarseness(ct: Image, region: Region) -> Estimate:
    """How little a voxel differs from its neighbourhood; falls with size. Raises Refusal if too few voxels are left."""
    return _feature(ct, region, CT, "QCDE")


def suv_entropy(suv: Image, region: Region) -> Estimate:
    """Entropy of the grey levels of uptake, bits. Raises Refusal if fewer than 64 voxels are left."""
    return _feature(suv, region, SUV, "TLU2")


def suv_joint_entropy(suv: Image, region: Region) -> Estimate:
    """Entropy of pairs of neighbours in uptake, bits. Raises Refusal if fewer than 64 voxels are left."""
    return _feature(suv, region, SUV, "TU9B")


def sphericity(region: Region) -> Estimate:
    """How near to a ball: its surface over the region's, for one volume. Raises Refusal if the region is too small."""
    where = plan(region.mask.array, region.spacing_mm, ROUND)
    value = sphericity_of(surface_of(within(region.mask.array[where.box], where), where.size_mm))
    share = THICK if max(region.spacing_mm) > THICK_MM else STAIRS
    return Estimate(value, share * value, settings=(*ROUND.settings, ("ibsi", "QCFX")))


THIN = "texture of 1.25 and of 5 mm slices is not the same thing (methods A1)"
ASKED = {
    "ct": (
        Asked("ct", "slice_thickness_mm", THIN, NOT_COMPARABLE, "mm", high=5.0, apart=0.5),
        Asked("ct", "kvp", "HU of all but water move with the tube voltage (project)", NOT_COMPARABLE, "kV", apart=5.0),
    ),
    "suv": (
        Asked("suv", "uptake_min", "PERCIST: less than 15 min between visits", NOT_COMPARABLE, "min", apart=15.0),
        Asked("suv", "slice_thickness_mm", THIN, NOT_COMPARABLE, "mm", apart=0.5),
    ),
}
NOISE_TWICE = (
    "the image is given its own noise once more, which changes the texture of even bands more than the first did"
)
STEPS_READ_LOW = "the steps of voxels read low always, by about as much as the uncertainty"
BANDS = "vivomap.acquire.phantom.texture:banded"


def _card(title: str, compute: Callable[..., Estimate], needs: tuple[str, ...], code: str, truth: str) -> Biomarker:
    """A card of this family, with the IBSI code of its number."""
    name = compute.__name__
    source = f"{IBSI}, code {code}"
    return Biomarker(
        name=name,
        unit="1",
        needs=needs,
        compute=compute,
        source=source,
        title=title,
        truth=truth,
        acquisition=ASKED.get(needs[0], ()),
        coverage=STEPS_READ_LOW if needs == ("region",) else NOISE_TWICE,
    )


ON_CT, ON_PET = ("ct", "region"), ("suv", "region")
CT_ENTROPY = _card("CT entropy", ct_entropy, ON_CT, "TLU2", BANDS)
CT_UNIFORMITY = _card("CT uniformity", ct_uniformity, ON_CT, "BJ5W", BANDS)
CT_JOINT_ENTROPY = _card("CT joint entropy", ct_joint_entropy, ON_CT, "TU9B", BANDS)
CT_CONTRAST = _card("CT contrast of neighbours", ct_contrast, ON_CT, "ACUI", BANDS)
CT_CORRELATION = _card("CT correlation of neighbours", ct_correlation, ON_CT, "NI2N", BANDS)
CT_HOMOGENEITY = _card("CT homogeneity", ct_homogeneity, ON_CT, "WF0Z", BANDS)
CT_COARSENESS = _card("CT coarseness", ct_coarseness, ON_CT, "QCDE", BANDS)
SUV_ENTROPY = _card("SUV entropy", suv_entropy, ON_PET, "TLU2", f"{BANDS}_uptake")
SUV_JOINT_ENTROPY = _card("SUV joint entropy", suv_joint_entropy, ON_PET, "TU9B", f"{BANDS}_uptake")
SPHERICITY = _card("Sphericity", sphericity, ("region",), "QCFX", "vivomap.acquire.phantom.texture:ball_like")

CARDS = (
    *(CT_ENTROPY, CT_UNIFORMITY, CT_JOINT_ENTROPY, CT_CONTRAST, CT_CORRELATION, CT_HOMOGENEITY, CT_COARSENESS),
    *(SUV_ENTROPY, SUV_JOINT_ENTROPY),
)


def carded(role: str, code: str) -> str:
    """The name of the card of a feature of an image, by its IBSI code; "" where it has none."""
    made = {(card.needs[0], card.source.rpartition("code ")[2]): card.name for card in CARDS}
    return made.get((role, code), "")
