"""Uptake over a reference: how much more of an agent a lesion, or the cortex, holds than tissue without its target.

    SUVR   = mean of the region / mean of the reference
    TBRmax = highest voxel of the region / mean of the reference

The reference is the region that the tracer's own file names: whole cerebellum for amyloid, the brain's background for
FET, liver for FDG. A tracer without a file has no reference, and no ratio.
"""

from __future__ import annotations

import numpy as np

from vivomap.core import NOT_COMPARABLE, Asked, Biomarker, Estimate, Image, Refusal, Region, Settings
from vivomap.core.tracers import Known, tracer_of
from vivomap.maths.geometry import cut
from vivomap.maths.peak import highest
from vivomap.maths.sampling import noise
from vivomap.quantify.molecular.uptake_of import mean_of, ratio, reference_of

SOURCE = "uptake over a reference region, which with its source stands in the tracer's file"


def told(known: Known) -> Settings:
    """What every number of an agent says of it: its name, the version and the content of its file."""
    tracer = known.tracer
    return (("tracer", tracer.name), ("tracer_version", float(tracer.version)), ("tracer_file", tracer.digest[:12]))


def checked(known: Known, reference: Region) -> None:
    """Raises Refusal `wrong_reference` if a region is not the one that the tracer's file names."""
    wanted = known.tracer.reference_region
    if wanted not in (reference.finding, reference.name, reference.lesion):
        summary = f"the reference of {known.tracer.name} is another region"
        raise Refusal("wrong_reference", summary, found=reference.finding or reference.name, expected=wanted)


def suvr(suv: Image, reference_region: Region, region: Region) -> Estimate:
    """Mean uptake of the region over that of the tracer's reference.

    Raises Refusal if the tracer is not known, or its reference is too small, empty or without uptake.
    """
    known = tracer_of(suv)
    checked(known, reference_region)
    below, above = reference_of(suv, reference_region), mean_of(suv, region)
    value, doubt = ratio((above.value, above.uncertainty), (below.value, below.uncertainty))
    settings = (*told(known), ("reference", known.tracer.reference_region), ("reference_mean", below.value))
    return Estimate(value, doubt, None, known.flags, (*settings, ("voxels", float(above.voxels))))


def tbr_max(suv: Image, reference_region: Region, region: Region) -> Estimate:
    """The highest uptake of the region over the mean of the tracer's reference; noise makes it too high."""
    known = tracer_of(suv)
    checked(known, reference_region)
    below = reference_of(suv, reference_region)
    box, mask = cut(region.mask)
    values = np.asarray(suv.voxels.array[box], float)
    if not np.isfinite(values[mask]).all():
        raise Refusal("nan_voxels", "uptake: voxels of the region hold no number")
    top = highest(values, mask, noise(values, mask))
    value, doubt = ratio((top.value, top.uncertainty), (below.value, below.uncertainty))
    settings = (*told(known), ("reference", known.tracer.reference_region), ("reference_mean", below.value))
    return Estimate(value, doubt, None, known.flags, settings)


ASKED = (
    Asked("suv", "tracer", "each agent shows another thing", NOT_COMPARABLE, apart=0.0),
    Asked(
        "suv", "uptake_min", "uptake ratios move with time after injection (project)", NOT_COMPARABLE, "min", apart=15.0
    ),
)
PHANTOM = "vivomap.acquire.phantom.molecular:amyloid"
SUVR = Biomarker(
    name="suvr",
    unit="1",
    needs=("suv", "reference_region", "region"),
    compute=suvr,
    source=SOURCE,
    title="SUV ratio to the tracer's reference",
    truth=PHANTOM,
    acquisition=ASKED,
    dimensions=2,
)
TBR_MAX = Biomarker(
    name="tbr_max",
    unit="1",
    needs=("suv", "reference_region", "region"),
    compute=tbr_max,
    source=SOURCE,
    title="Tumour to background, highest voxel",
    truth="vivomap.acquire.phantom.molecular:glioma",
    acquisition=ASKED,
    dimensions=2,
    coverage="conservative: noise draws the highest voxel up, and the whole of that counts as doubt",
)
