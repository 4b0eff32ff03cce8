"""Blood flow by arterial spin labelling (ASL): water of the blood itself as tracer, without contrast.

After the consensus (Alsop et al., MRM 2015), for one delay, with ΔM = control - label and M0 the proton density image

    pCASL   CBF = 6000 λ ΔM exp(PLD/T1b) / (2 α T1b M0 (1 - exp(-τ/T1b)))                       mL/min/(100 g)
    PASL    CBF = 6000 λ ΔM exp(TI/T1b) / (2 α TI1 M0)            QUIPSS II, TI1 what it leaves of the label

with λ = 0.9 mL/g, T1b of blood 1.65 s at 3 T and 1.35 s at 1.5 T, and label efficiency α of 0.85 (pCASL) or 0.98
(PASL). The delay is never assumed. Blood that has not arrived by then is not seen: flow is then too low.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from vivomap.core import FLAGGED, Asked, Biomarker, Estimate, Flag, Image, Refusal, Region, Settings
from vivomap.core.image import Array
from vivomap.maths.geometry import cut
from vivomap.maths.sampling import Place, region_mean
from vivomap.maths.solid import steps_of

LAMBDA = 0.9  # mL/g, Alsop 2015 (from memory)
FIELDS, T1_BLOOD = (1.5, 3.0), (1.35, 1.65)  # T, s, Alsop 2015 (from memory)
EFFICIENCY = {"PCASL": 0.85, "PASL": 0.98}  # Alsop 2015 (from memory)
PULSE = 0.95  # of the label that each background suppression pulse leaves (from memory)
MODEL_DOUBT = 0.06  # project: of flow, for efficiency and T1 of blood that were not measured
SURE = 3.0  # project: z from which control is brighter than label
FEWEST_PAIRS = 2
FEWEST_VOXELS = 20  # project
DARK = 0.2  # project: of the 99th centile of M0; what is darker holds no tissue
BRIGHT = 1.5  # project: a first frame that exceeds the median frame by so much is M0
FULL_TR_S = 5.0  # Alsop 2015 (from memory): an M0 with a shorter TR is not fully relaxed
T1_TISSUE = 1.3  # s, grey matter at 3 T (from memory)
CONSENSUS = "ASL consensus, Alsop et al., MRM 2015;73:102 (from memory)"
CONTEXTS = {"m0": "m0", "m0scan": "m0", "label": "label", "control": "control"}


class Flow(NamedTuple):
    """CBF of each pair (pair, z, y, x), the tissue where it holds, settings and warnings."""

    pairs: Array
    tissue: Array
    settings: Settings
    flags: tuple[Flag, ...]


@lru_cache(maxsize=1)
def _flow(asl: Image) -> Flow:
    """CBF of every pair of a series. Raises Refusal if its order, delay, label or M0 is not known."""
    if asl.voxels.array.ndim != 4:
        raise Refusal("few_time_points", "ASL: a series of labelled and unlabelled images is needed")
    scale, settings = _scale(asl)
    context, flags = _context(asl)
    series = np.asarray(asl.voxels.array, float)
    m0 = series[[k for k, kind in enumerate(context) if kind == "m0"]]
    if not len(m0):
        raise Refusal("no_m0", "ASL: no proton density image (M0) is in the series")
    density = m0.mean(axis=0) / _relaxed(asl)
    tissue = density > DARK * np.percentile(density, 99)
    differences = _pairs(series, context)
    _signed(differences[:, tissue], density[tissue])
    shape = (1, -1, 1, 1)
    pairs = np.divide(differences, density, out=np.zeros_like(differences), where=tissue) * scale.reshape(shape)
    return Flow(pairs, tissue, (*settings, ("pairs", float(len(pairs)))), flags)


def _scale(asl: Image) -> tuple[Array, Settings]:
    """CBF over ΔM/M0 of each slice (z,), and the settings that it rests on.

    Raises Refusal if labelling, delay, duration or field is not said.
    """
    kind = asl.text("labelling").upper()
    if kind not in EFFICIENCY:
        summary = "ASL: the labelling must be PCASL or PASL"
        raise Refusal("setting_absent", summary, found=kind or "not said", expected="PCASL or PASL")
    delay, duration = asl.number("pld_ms") / 1000, asl.number("label_duration_ms") / 1000
    t1 = float(np.interp(asl.number("field_t"), FIELDS, T1_BLOOD))
    pulses = asl.setting("background_pulses")
    alpha = EFFICIENCY[kind] * (PULSE ** float(pulses) if pulses is not None else 1.0)
    step = asl.setting("slice_step_ms")
    late = delay + np.arange(asl.shape[0]) * (float(step) / 1000 if step is not None else 0.0)
    label = t1 * (1 - np.exp(-duration / t1)) if kind == "PCASL" else duration
    said: Settings = (
        ("labelling", kind),
        ("pld_s", delay),
        ("label_s", duration),
        ("t1_blood_s", t1),
        ("alpha", alpha),
    )
    return 6000 * LAMBDA * np.exp(late / t1) / (2 * alpha * label), said


def _relaxed(asl: Image) -> float:
    """The share of M0 that its repetition time lets grow back."""
    tr = asl.setting("m0_tr_ms")
    seconds = float(tr) / 1000 if tr is not None else FULL_TR_S
    return float(1 - np.exp(-seconds / T1_TISSUE)) if seconds < FULL_TR_S else 1.0


def _context(asl: Image) -> tuple[tuple[str, ...], tuple[Flag, ...]]:
    """What each frame is: said by the series, or told by its brightness with a warning."""
    said = asl.text("asl_context").lower().split()
    count = len(asl.voxels.array)
    if said:
        if len(said) != count or set(said) - set(CONTEXTS):
            found = f"{len(said)} words for {count} frames"
            raise Refusal("label_order_unknown", "ASL: what each frame is, is not said right", found=found)
        return tuple(CONTEXTS[word] for word in said), ()
    context = order_of(asl.voxels.array)
    return context, (Flag("label_order_assumed", f"the order was told by brightness: {' '.join(context[:4])} …"),)


def order_of(series: Array) -> tuple[str, ...]:
    """What the frames (frame, z, y, x) are, by their brightness: M0 first, then pairs, control brighter than label.

    Raises Refusal if one of a pair is not surely brighter.
    """
    mean = series.reshape(len(series), -1).mean(axis=1)
    first = int(np.argmax(mean < BRIGHT * np.median(mean)))
    rest = mean[first : first + (len(mean) - first) // 2 * 2]
    apart = rest[0::2] - rest[1::2]
    doubt = float(apart.std(ddof=1) / np.sqrt(apart.size)) if apart.size > 1 else np.inf
    if not abs(apart.mean()) > SURE * doubt:
        summary = "ASL: which images are labelled is not said, and their brightness does not tell"
        raise Refusal("label_order_unknown", summary, found=f"{apart.mean():.3g} ± {doubt:.2g}")
    pair = ("control", "label") if apart.mean() > 0 else ("label", "control")
    spare = ("m0",) * first
    return (*spare, *(pair[k % 2] for k in range(len(mean) - first)))


def _pairs(series: Array, context: tuple[str, ...]) -> Array:
    """Control less label of each pair in turn, (pair, z, y, x). Raises Refusal if there are too few."""
    label, control = ([k for k, kind in enumerate(context) if kind == word] for word in ("label", "control"))
    count = min(len(label), len(control))
    if count < FEWEST_PAIRS:
        raise Refusal("few_time_points", "ASL: two pairs of label and control are needed", found=f"{count} pairs")
    return series[control[:count]] - series[label[:count]]


def _signed(differences: Array, density: Array) -> None:
    """Raises Refusal if labelled images are surely brighter than the unlabelled: their order is reversed."""
    each = (differences / density).mean(axis=1)
    if each.mean() < -SURE * each.std(ddof=1) / np.sqrt(each.size):
        raise Refusal("label_order_reversed", "ASL: images called labelled are brighter than those that are not")


def _mean(asl: Image, region: Region) -> tuple[Flow, Array, Array, Place]:
    """The flow, mean map and tissue of a region's box. Raises Refusal if too few of its voxels hold tissue."""
    flow = _flow(asl)
    box, mask = cut(region.mask)
    lit = mask & flow.tissue[box]
    count, drawn = int(np.count_nonzero(lit)), int(np.count_nonzero(mask))
    if count < FEWEST_VOXELS:
        found, least = f"{count} of {drawn} voxels", f"{FEWEST_VOXELS} or more"
        raise Refusal("too_few_voxels", "ASL: too few voxels hold tissue", found=found, expected=least)
    flags = (Flag("left_out", f"{drawn - count} of {drawn} voxels hold no tissue"),) if count < drawn else ()
    place = Place(steps_of(region.affine), region.edge_mm, asl.residual_mm)
    inside = flow.pairs[(slice(None), *box)]
    return flow._replace(flags=(*flow.flags, *flags)), inside, lit, place


def asl_cbf(asl: Image, region: Region) -> Estimate:
    """Mean CBF of the region, mL/min/(100 g), with its map "asl_cbf".

    In doubt are place, noise (over voxels, or from pair to pair if that is more), and what was not measured.
    """
    flow, inside, lit, place = _mean(asl, region)
    mean = region_mean(np.where(lit, inside.mean(axis=0), 0.0), lit, place)
    each = inside[:, lit].mean(axis=1)
    over_time = float(each.std(ddof=1) / np.sqrt(each.size))
    doubt = float(np.hypot(max(mean.uncertainty, over_time), MODEL_DOUBT * mean.value))
    settings = (*flow.settings, ("voxels", float(mean.voxels)), ("sd", mean.spread))
    return Estimate(mean.value, doubt, _chart(asl, flow), flow.flags, settings)


def _chart(asl: Image, flow: Flow) -> Image:
    """The map "asl_cbf" with its standard uncertainty from pair to pair as second frame; NaN where no tissue is."""
    every = flow.pairs.mean(axis=0), flow.pairs.std(axis=0, ddof=1) / np.sqrt(len(flow.pairs))
    volume = np.where(flow.tissue, np.stack(every), np.nan).astype(np.float32)
    settings = (*asl.settings, ("second_frame", "standard uncertainty"))
    return replace(asl.like("asl_cbf", volume, "mL/min/(100.g)"), frames=(0.0, 1.0), settings=settings)


ASKED = (
    Asked("asl", "field_t", "T1 of blood is known at 1.5 and 3 T", FLAGGED, "T", low=1.4, high=3.1),
    Asked("asl", "te_ms", "M0 and label are weighted by T2* (project)", FLAGGED, "ms", apart=5.0),
)
PHANTOM = "vivomap.acquire.phantom.arterial_spin_labelling:labelled"
ASL_CBF = Biomarker(
    name="asl_cbf",
    unit="mL/min/(100.g)",
    needs=("asl", "region"),
    compute=asl_cbf,
    source=CONSENSUS,
    title="CBF by arterial spin labelling",
    acquisition=ASKED,
    truth=PHANTOM,
    gives=("asl_cbf",),
    dimensions=2,
    coverage="conservative: the efficiency of the label and T1 of blood are doubted, and in the phantom are right",
)
