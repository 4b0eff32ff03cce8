"""Turned, shifted and, where asked, stretched: the affine part of an alignment.

The start is the place that both headers give, or centre on centre, whichever makes one image tell more of the other. Of
images of different kinds the mutual information is then brought to its top by SimpleITK on a coarse grid; least squares
do the rest.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import SimpleITK as sitk

from vivomap.acquire.align.pyramid import body
from vivomap.core import Refusal
from vivomap.core.image import Array
from vivomap.maths.flow import Level
from vivomap.maths.greys import explained, shades
from vivomap.maths.laying import Laid, lay
from vivomap.maths.pulling import pulled

LEAST_SHARE = 0.25  # of the fixed image that the moving one must cover; project
LEAST_TOLD = 0.05  # of the variance of one image that the other must explain; project
SEED = 7  # of SimpleITK's samples


def laid(levels: Sequence[Level], kind: str) -> Laid:
    """The affine map from fixed mm to moving mm. Raises Refusal `not_alike` if the two show nothing in common."""
    coarse = levels[0]
    start = max(_starts(coarse), key=lambda t: told(coarse, t))
    if coarse.greys is not None:
        start = max((start, _mutual(levels[-2:][0], start)), key=lambda t: told(coarse, t))
    found = lay(levels, start, "rigid")
    found = lay(levels[-2:], found.transform, kind) if kind != "rigid" else found
    share = told(levels[-1], found.transform)
    if share < 0:
        summary = "too little of one image lies within the other: crop the larger one to what both show"
        raise Refusal("not_alike", summary, expected=f"{LEAST_SHARE:.0%} of either image inside the other one")
    if share < LEAST_TOLD:
        summary = "the two images explain too little of each other: they show different parts, or nothing alike"
        found_share = f"{share:.1%} of the variance"
        raise Refusal("not_alike", summary, found=found_share, expected=f"{LEAST_TOLD:.0%} or more")
    return found


def told(level: Level, transform: Array, field: Array | None = None) -> float:
    """The share of the variance of the moving image that the fixed one explains as they lie; -1 with little overlap."""
    still = np.broadcast_to(np.zeros((3, 1, 1, 1), np.float32), (3, *level.fixed.shape))
    moving = pulled(level.moving, level.place(transform), still if field is None else field)
    there = np.isfinite(moving) & (level.weight > 0)
    if there.mean() < LEAST_SHARE:
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
