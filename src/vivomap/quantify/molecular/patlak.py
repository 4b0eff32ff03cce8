"""How fast an agent is trapped, where it does not come back: the influx constant Ki of dynamic PET, after Patlak.

    C(t) = Ki ∫P du + V P(t)    from the time on at which the free part follows the blood P    Ki in mL/min/mL = /min

The blood is a region drawn in the series ("blood_pool"). FDG is the usual agent; times the glucose of the plasma over
a lumped constant it is the metabolic rate of glucose, which is not computed.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vivomap.core import Biomarker, Estimate, Flag, Image, Region
from vivomap.core.image import Array
from vivomap.maths.geometry import cut
from vivomap.maths.graphical import patlak
from vivomap.maths.sampling import Place, region_mean
from vivomap.maths.solid import steps_of
from vivomap.quantify.molecular.series import ASKED, FEWEST_POINTS, Drawn, Series, drawn, plasma_of, ready

SOURCE = "Patlak plot, Patlak et al. 1983, from memory; frames as means over time"
MODEL_DOUBT = 0.01  # project: of Ki; two tissues on Feng's blood are 0.6 % too low from 20 min on, 0.2 % from 40 min on
MISFIT = 3.0  # project: residuals so many times their own noise bend


def _turn(series: Series, plasma: Array, curve: Array) -> Array:
    """The matrix (2, frame) from tissue to Ki and V; frames count by the counts that they hold."""
    part = series.straight
    seen = series.durations * np.maximum(curve, 1e-9 * max(float(curve.max()), 1e-9))
    decayed = np.exp(-np.log(2) * series.starts * 60 / series.known.tracer.half_life_s)
    found = np.zeros((2, len(part)))
    weights = (series.durations * decayed / seen * series.durations)[part]
    found[:, part] = patlak((series.matrix @ plasma)[part], plasma[part], weights)
    return found


def _by_start(series: Series, plasma: Array, tissue: Drawn, turn: Array) -> float:
    """By how much more than its noise Ki is another one if the straight part begins at its middle."""
    first, last = np.flatnonzero(series.straight)[[0, -1]]
    later = series.straight & (np.arange(len(tissue.curve)) >= (first + last) // 2)
    if np.count_nonzero(later) < FEWEST_POINTS - 1:
        return 0.0
    other = _turn(series._replace(straight=later), plasma, tissue.curve)[0] - turn[0]
    apart, noise = float(other @ tissue.curve), float(np.linalg.norm(other * tissue.doubt))
    return float(np.sqrt(max(apart**2 - noise**2, 0.0)))


def _by_blood(series: Series, plasma: Drawn, tissue: Drawn) -> float:
    """What the noise of the blood's frames does to Ki, each moved by its standard uncertainty."""
    plain = float(_turn(series, plasma.curve, tissue.curve)[0] @ tissue.curve)
    moved = [
        plasma.curve + np.where(np.arange(len(plasma.curve)) == k, u, 0.0) for k, u in enumerate(plasma.doubt) if u
    ]
    return float(np.sqrt(sum((float(_turn(series, m, tissue.curve)[0] @ tissue.curve) - plain) ** 2 for m in moved)))


def patlak_ki(pet_dynamic: Image, blood_pool: Region, region: Region) -> Estimate:
    """Mean Ki of the region, /min, with its map "patlak_ki" and the map's standard uncertainty as second frame.

    Raises Refusal if the tracer, the frames or their decay are not known, or a region is too small.
    """
    series = ready(pet_dynamic)
    plasma, flags = plasma_of(pet_dynamic, drawn(pet_dynamic, series, blood_pool))
    tissue = drawn(pet_dynamic, series, region)
    turn = _turn(series, plasma.curve, tissue.curve)
    box, mask = cut(region.mask)
    values = np.asarray(pet_dynamic.voxels.array[(slice(None), *box)], float) * series.factors[:, None, None, None]
    ki = np.tensordot(turn[0], values, axes=1)
    mean = region_mean(ki, mask, Place(steps_of(region.affine), region.edge_mm, pet_dynamic.residual_mm))
    each = float(np.sqrt((turn[0] ** 2 * tissue.noise**2).sum()))
    settings = (*series.settings, ("distribution", float(turn[1] @ tissue.curve)), ("sd", mean.spread))
    model = (MODEL_DOUBT * mean.value, _by_start(series, plasma.curve, tissue, turn))
    doubt = float(np.linalg.norm((mean.uncertainty, _by_blood(series, plasma, tissue), *model)))
    chart = _chart(pet_dynamic, region, ki, each)
    return Estimate(mean.value, doubt, chart, (*series.flags, *flags, *_bent(series, plasma, tissue, turn)), settings)


def _bent(series: Series, plasma: Drawn, tissue: Drawn, turn: Array) -> tuple[Flag, ...]:
    """A warning where the plot bends by more than its noise: the agent comes back, or it is not straight as yet."""
    ki, free = turn @ tissue.curve
    part = series.straight
    rest = (tissue.curve - ki * (series.matrix @ plasma.curve) - free * plasma.curve)[part]
    noise = np.hypot(tissue.doubt, free * plasma.doubt)[part]
    worst = float(np.sqrt((rest**2).mean()) / np.sqrt((noise**2).mean())) if noise.any() else 0.0
    reason = (
        f"the points lie {worst:.1f} times their noise from the line: the agent returns, or the plot begins too early"
    )
    return (Flag("plot_bends", reason),) if worst > MISFIT else ()


def _chart(pet: Image, region: Region, ki: Array, each: float) -> Image:
    """The map "patlak_ki" in the region, NaN elsewhere; its standard uncertainty is the second frame."""
    box, mask = cut(region.mask)
    whole = np.full((2, *pet.shape), np.nan, np.float32)
    whole[0][box][mask], whole[1][box][mask] = ki[mask], each
    made = pet.like("patlak_ki", whole, "/min")
    return replace(made, frames=(0.0, 1.0), settings=(*made.settings, ("second_frame", "standard uncertainty")))


PATLAK_KI = Biomarker(
    name="patlak_ki",
    unit="/min",
    needs=("pet_dynamic", "blood_pool", "region"),
    compute=patlak_ki,
    source=SOURCE,
    title="Influx constant Ki, Patlak",
    truth="vivomap.acquire.phantom.kinetics:trapped",
    gives=("patlak_ki",),
    acquisition=ASKED,
    dimensions=2,
    coverage="conservative: the plot is straight only in the limit, and its share of doubt is a bound",
)
