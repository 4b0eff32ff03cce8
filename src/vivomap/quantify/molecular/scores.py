"""Scores of uptake against the patient's own organs, as a reader gives them by eye.

    miPSMA (PROMISE)   0 below blood pool, 1 from blood pool, 2 from liver, 3 from parotid gland; spleen in place of
                       liver for an agent that leaves by the liver
    Krenning           0 up to blood pool, 1 far below liver, 2 up to liver, 3 above liver, 4 above spleen

A lesion is taken by its highest voxel, an organ by its mean: what stands out by eye. "Far below" is half of liver
(project). The score is the step that the uptake has reached; its doubt is how far the score could be another one,
u² = Σ p (score - given)² over the chances p that the doubt of lesion and organs leaves each score.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy import stats

from vivomap.core import Biomarker, Estimate, Image, Refusal, Region
from vivomap.core.tracers import Known, tracer_of
from vivomap.maths.geometry import cut
from vivomap.maths.peak import highest
from vivomap.maths.sampling import noise
from vivomap.quantify.molecular.ratio import ASKED, told
from vivomap.quantify.molecular.uptake_of import reference_of

PROMISE = "PROMISE, Eiber et al., J Nucl Med 2018;59:469, doi:10.2967/jnumed.117.198119; its steps from memory"
KRENNING = (
    "Krenning score, Kwekkeboom and Krenning 2002, doi:10.1053/snuc.2002.31022; blood pool and half liver project"
)
FAR_BELOW = 0.5  # project: of liver, between Krenning 1 ("much lower") and 2 ("slightly less or equal")
BY_LIVER, BY_SPLEEN = ("blood_pool", "liver", "parotid"), ("blood_pool", "spleen", "parotid")
BY_BOTH = ("blood_pool", "liver", "spleen")
Step = tuple[float, float]  # an uptake with its standard uncertainty


def scored(lesion: Step, steps: Sequence[Step]) -> tuple[float, float, tuple[float, ...]]:
    """The number of steps that an uptake has reached, its doubt, and the chance of each score.

    Steps are doubted each for itself; a score is reached where all steps below it are.
    """
    given = 0
    while given < len(steps) and lesion[0] >= steps[given][0]:
        given += 1
    reached = [1.0]
    for value, doubt in steps:
        wide = float(np.hypot(doubt, lesion[1]))
        over = float(stats.norm.cdf((lesion[0] - value) / wide)) if wide > 0 else float(lesion[0] >= value)
        reached.append(min(reached[-1], over))
    chances = tuple(a - b for a, b in zip(reached, [*reached[1:], 0.0], strict=True))
    spread = sum(p * (k - given) ** 2 for k, p in enumerate(chances))
    return float(given), float(np.sqrt(spread)), chances


def _lesion(suv: Image, region: Region) -> Step:
    box, mask = cut(region.mask)
    values = np.asarray(suv.voxels.array[box], float)
    if not np.isfinite(values[mask]).all():
        raise Refusal("nan_voxels", "uptake: voxels of the region hold no number")
    top = highest(values, mask, noise(values, mask))
    return top.value, top.uncertainty


def _organs(suv: Image, regions: Sequence[Region]) -> list[Step]:
    """The uptake of each organ. Raises Refusal `wrong_reference` if they do not rise as the scale has them."""
    means = [reference_of(suv, region) for region in regions]
    for (low, first), (high, second) in zip(
        zip(means[:-1], regions[:-1], strict=True), zip(means[1:], regions[1:], strict=True), strict=True
    ):
        if low.value >= high.value:
            names = f"{first.finding or first.name} above {second.finding or second.name}"
            raise Refusal("wrong_reference", "the organs do not rise as the score has them", found=names)
    return [(m.value, m.uncertainty) for m in means]


def _scaled(suv: Image, kind: str, organs: tuple[str, ...]) -> Known:
    """The tracer. Raises Refusal `wrong_reference` if its file has another score, or the same with other organs."""
    known = tracer_of(suv)
    scale = known.tracer.scale
    if scale is None or (scale.kind, scale.organs) != (kind, organs):
        found = f"{scale.kind} by {', '.join(scale.organs)}" if scale else "no score"
        summary = f"{known.tracer.name} is not scored so"
        raise Refusal("wrong_reference", summary, found=found, expected=f"{kind} by {', '.join(organs)}")
    return known


def _estimate(suv: Image, known: Known, region: Region, steps: Sequence[Step]) -> Estimate:
    lesion = _lesion(suv, region)
    value, doubt, chances = scored(lesion, steps)
    likely = " ".join(f"{p:.3f}" for p in chances)
    settings = (*told(known), ("uptake", lesion[0]), ("chances", likely))
    return Estimate(value, doubt, None, known.flags, settings)


def mipsma(suv: Image, blood_pool: Region, liver: Region, parotid: Region, region: Region) -> Estimate:
    """The miPSMA score, 0 to 3, of an agent that is scored by liver."""
    known = _scaled(suv, "miPSMA", BY_LIVER)
    return _estimate(suv, known, region, _organs(suv, (blood_pool, liver, parotid)))


def mipsma_spleen(suv: Image, blood_pool: Region, spleen: Region, parotid: Region, region: Region) -> Estimate:
    """The miPSMA score, 0 to 3, of an agent that leaves by the liver and is scored by spleen."""
    known = _scaled(suv, "miPSMA", BY_SPLEEN)
    return _estimate(suv, known, region, _organs(suv, (blood_pool, spleen, parotid)))


def krenning(suv: Image, blood_pool: Region, liver: Region, spleen: Region, region: Region) -> Estimate:
    """The Krenning score, 0 to 4, read on PET."""
    known = _scaled(suv, "Krenning", BY_BOTH)
    blood, above, most = _organs(suv, (blood_pool, liver, spleen))
    half = max((FAR_BELOW * above[0], FAR_BELOW * above[1]), blood)
    return _estimate(suv, known, region, (blood, half, above, most))


SURE = "conservative: a score is a whole number, and far from a step it has no doubt"


def _card(name: str, compute: Callable[..., Estimate], organs: tuple[str, ...], phantom: str, **more: Any) -> Biomarker:
    """A card of this file; `organs` are what the lesion is held against, in rising order."""
    return Biomarker(
        name=name,
        unit="{score}",
        needs=("suv", *organs, "region"),
        compute=compute,
        truth=f"vivomap.acquire.phantom.molecular:{phantom}",
        acquisition=ASKED,
        dimensions=2,
        coverage=SURE,
        **more,
    )


MIPSMA = _card("mipsma_score", mipsma, BY_LIVER, "prostate", source=PROMISE, title="miPSMA score")
MIPSMA_SPLEEN = _card(
    "mipsma_score_spleen",
    mipsma_spleen,
    BY_SPLEEN,
    "prostate_by_spleen",
    source=PROMISE,
    title="miPSMA score by spleen",
    instead_of="mipsma_score",
)
KRENNING_SCORE = _card("krenning_score", krenning, BY_BOTH, "neuroendocrine", source=KRENNING, title="Krenning score")
