"""Turned, shifted and, where asked, stretched: the affine part of an alignment.

Starts are the place that both headers give, body on body, where the mutual information of images of different kinds has
its top (SimpleITK, on a coarse grid), and the header's place moved by some mm and degrees. Least squares carry each on;
results that differ go to the finest level, where the one wins that makes one image tell most of the other. Where others
tell as much from elsewhere, the place is not known so well, or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import SimpleITK as sitk
from scipy.spatial.transform import Rotation

from vivomap.acquire.align.pyramid import body
from vivomap.core import Refusal
from vivomap.core.image import Array
from vivomap.maths.flow import Level
from vivomap.maths.greys import explained, shades
from vivomap.maths.laying import Laid, lay
from vivomap.maths.pulling import pulled

LEAST_SHARE = 0.25  # of the smaller field of view that must lie within the other; project
LEAST_TOLD = 0.05  # of the variance of one image that the other must explain; project
SAME_MM = 1.0  # two results nearer than this are one; project
AS_WELL = 0.97  # of what the best result tells: who tells that much may be right as well; project
FURTHEST_MM = 10.0  # that such results may lie from the best one; project
TRIED = ((10.0, -10.0, 10.0, 5.0, -5.0, 5.0), (-10.0, 10.0, -10.0, -5.0, 5.0, -5.0))  # mm and degrees; project
SEED = 7  # of SimpleITK's samples


def laid(levels: Sequence[Level], kind: str) -> Laid:
    """The affine map from fixed mm to moving mm. Raises Refusal `not_alike` if it is not to be told from the images."""
    found, others = _best(levels)
    share = told(levels[-1], found.transform)
    if share < 0:
        summary = "too little of one image lies within the other: crop the larger one to what both show"
        raise Refusal("not_alike", summary, expected=f"{LEAST_SHARE:.0%} of the smaller image inside the other one")
    if share < LEAST_TOLD:
        summary = "the two images explain too little of each other: they show different parts, or nothing alike"
        found_share = f"{share:.1%} of the variance"
        raise Refusal("not_alike", summary, found=found_share, expected=f"{LEAST_TOLD:.0%} or more")
    spread = max((_apart(levels[-1], found.transform, t) for t in others), default=0.0)
    if spread > FURTHEST_MM:
        summary = "the two images tell as much of each other in places far apart: neither is to be believed"
        expected = f"{FURTHEST_MM:g} mm at most"
        raise Refusal("not_alike", summary, found=f"{spread:.0f} mm apart", expected=expected)
    found = lay(levels[-2:], found.transform, kind) if kind != "rigid" else found
    return found._replace(spread=spread)


def back(levels: Sequence[Level], kind: str, there: Array) -> Array:
    """The map of the other way round, the one that was found among its starts."""
    found, _ = _best(levels, (np.linalg.inv(there),))
    return (lay(levels[-2:], found.transform, kind) if kind != "rigid" else found).transform


def _best(levels: Sequence[Level], more: Sequence[Array] = ()) -> tuple[Laid, list[Array]]:
    """The rigid result that tells most at the finest level, and the maps of the others that tell about as much."""
    coarse, finest = levels[0], levels[-1]
    starts = [*more, *_starts(coarse)]
    if coarse.greys is not None:
        starts.append(_mutual(levels[-2:][0], max(starts, key=lambda t: told(coarse, t))))
    starts += [_jolt(coarse, by) for by in TRIED]
    starts = [s for s in starts if told(coarse, s) >= 0] or starts[:1]
    carried = [lay(levels[:-1] or levels, start, "rigid").transform for start in starts]
    kept: list[Array] = []
    for each in sorted(carried, key=lambda t: -told(levels[-2:][0], t)):
        if all(_apart(finest, each, other) > SAME_MM for other in kept):
            kept.append(each)
    results = [lay(levels[-1:], each, "rigid") for each in kept]
    shares = [told(finest, r.transform) for r in results]
    k = int(np.argmax(shares))
    best, most = results[k], shares[k]
    others = [r.transform for r, share in zip(results, shares, strict=True) if share >= AS_WELL * most]
    if told(finest, np.eye(4)) > most:  # no search has told more than the headers do
        best = best._replace(transform=np.eye(4))
        others = [r.transform for r in results if told(finest, r.transform) >= AS_WELL * most]
    return best, others


def _apart(level: Level, one: Array, other: Array) -> float:
    """The root mean square distance between where two maps take the part of the fixed image that the first covers."""
    index = np.argwhere(np.ones(level.fixed.shape[:3], bool)[::4, ::4, ::4]) * 4
    on = np.concatenate((index, np.ones((len(index), 1))), axis=1)
    at = on @ level.place(one).T
    within = ((at >= 0) & (at <= np.array(level.moving.shape) - 1)).all(axis=1)
    on = on[within] if within.any() else on
    return float(np.sqrt(np.mean(np.sum((on @ (level.ground.T @ (one - other).T))[:, :3] ** 2, axis=1))))


def _jolt(level: Level, by: Sequence[float]) -> Array:
    """A shift by mm and a turn by degrees about the middle of the fixed image."""
    centre = (level.ground @ np.append((np.array(level.fixed.shape) - 1) / 2, 1.0))[:3]
    whole = np.eye(4)
    whole[:3, :3] = Rotation.from_euler("xyz", by[3:], degrees=True).as_matrix()
    whole[:3, 3] = centre - whole[:3, :3] @ centre + np.array(by[:3])
    return whole


def told(level: Level, transform: Array, field: Array | None = None) -> float:
    """The share of the variance of the moving image that the fixed one explains as they lie; -1 with little overlap."""
    still = np.broadcast_to(np.zeros((3, 1, 1, 1), np.float32), (3, *level.fixed.shape))
    moving = pulled(level.moving, level.place(transform), still if field is None else field)
    there = np.isfinite(moving) & (level.weight > 0)
    ours, theirs = (abs(float(np.linalg.det(g[:3, :3]))) for g in (level.ground, level.under))
    smaller = min(ours * level.fixed.size, theirs * level.moving.size)
    if ours * np.count_nonzero(there) < LEAST_SHARE * smaller:
        return -1.0
    return explained(shades(level.fixed, level.weight > 0)[there], moving[there])


def _starts(level: Level) -> list[Array]:
    """The place by the headers, and body on body."""
    other = level._replace(fixed=level.moving, ground=level.under, weight=np.ones_like(level.moving))
    ours, theirs = (np.argwhere(body(each)).mean(axis=0) for each in (level, other))
    shift = np.eye(4)
    shift[:3, 3] = (level.under @ np.append(theirs, 1) - level.ground @ np.append(ours, 1))[:3]
    return [np.eye(4), shift]


def _mutual(level: Level, start: Array) -> Array:
    """The rigid map at the top of the mutual information, found by SimpleITK from a start."""
    fixed, moving = _sitk(level.fixed, level.ground), _sitk(level.moving, level.under)
    centre = (level.ground @ np.append((np.array(level.fixed.shape) - 1) / 2, 1.0))[:3]
    first = sitk.Euler3DTransform()
    first.SetCenter(centre.tolist())
    first.SetTranslation((start[:3, :3] @ centre + start[:3, 3] - centre).tolist())
    method = sitk.ImageRegistrationMethod()
    method.SetNumberOfThreads(1)  # the sum of samples is then the same on every machine
    method.SetMetricAsMattesMutualInformation(32)
    method.SetMetricSamplingStrategy(method.REGULAR)
    method.SetMetricSamplingPercentage(0.2, SEED)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(2.0, 0.02, 80)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel([2, 1])
    method.SetSmoothingSigmasPerLevel([1, 0])
    method.SetInitialTransform(first, inPlace=True)
    try:
        method.Execute(fixed, moving)
    except RuntimeError:  # SimpleITK's word for too few samples inside the moving image
        return start
    turn = np.array(first.GetMatrix()).reshape(3, 3)
    whole = np.eye(4)
    whole[:3, :3], whole[:3, 3] = turn, centre - turn @ centre + np.array(first.GetTranslation())
    return whole


def _sitk(values: Array, ground: Array) -> sitk.Image:
    """An array on its grid as SimpleITK holds it; its axes run x, y, z."""
    image = sitk.GetImageFromArray(values)
    steps = ground[:3, [2, 1, 0]]
    spacing = np.linalg.norm(steps, axis=0)
    image.SetSpacing(spacing.tolist())
    image.SetDirection((steps / spacing).ravel().tolist())
    image.SetOrigin(ground[:3, 3].tolist())
    return image
