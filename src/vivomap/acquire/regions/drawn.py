"""A region given on the command line as a solid in patient space (mm, LPS), or grown from a seed.

    liver=sphere:x,y,z,r                  centre and radius
    liver@2020-01-31=sphere:x,y,z,r       on the visit of that day alone
    box:x,y,z,dx,dy,dz                    centre and whole edges along left, posterior and superior
    cylinder:x,y,z,r,h                    centre, radius and whole height along superior
    lesion=seed:x,y,z,low,high            all voxels from low to high that hang together with the one at x,y,z
    lesion=seed:ct:x,y,z,low,high         the same on the image in one role, or of one series description

A voxel belongs to a solid if its centre lies in it, the surface included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vivomap.acquire.element import numbered
from vivomap.acquire.regions import grid, names
from vivomap.core import Flag, Image, Refusal, Region, Study, Voxels, same_grid

SHAPES = {  # the numbers of each shape
    "sphere": "x,y,z,r",
    "box": "x,y,z,dx,dy,dz",
    "cylinder": "x,y,z,r,h",
    "seed": "x,y,z,low,high",
}
FORM = re.compile(r"(?P<name>[^@=]+)(?:@(?P<day>[^=]*))?=(?P<shape>[a-z]+):(?:(?P<role>[^:,]*):)?(?P<numbers>[^:]*)")
TOUCH = 1e-9  # mm; a centre on the surface is inside, whatever the last bit says


@dataclass(frozen=True)
class Drawn:
    """A parsed specification: `numbers` in mm as `SHAPES` names them, `role` the image of a seed ("" for the only)."""

    name: str
    day: date | None
    shape: str
    numbers: tuple[float, ...]
    role: str = ""


def parse(spec: str) -> Drawn:
    """A specification as the module's text shows. Raises Refusal if it has another form."""
    found = FORM.fullmatch(spec.strip())
    if not found or found["shape"] not in SHAPES:
        shapes = "; ".join(f"{shape}:{numbers}" for shape, numbers in SHAPES.items())
        raise Refusal("bad_setting", "a region reads NAME=SHAPE:numbers", found=spec, expected=f"NAME= {shapes}")
    wanted = f"{found['shape']}:{SHAPES[found['shape']]}, in mm LPS"
    numbers = [numbered(n.strip()) for n in found["numbers"].split(",")]
    if len(numbers) != SHAPES[found["shape"]].count(",") + 1 or not all(n is not None and isfinite(n) for n in numbers):
        raise Refusal("bad_setting", f"a {found['shape']} has other numbers", found=spec, expected=wanted)
    values = tuple(float(n) for n in numbers if n is not None)
    sizes = values[3:] if found["shape"] != "seed" else (values[4] - values[3] + 1,)
    if min(sizes) <= 0 or (found["role"] is not None and found["shape"] != "seed"):
        raise Refusal(
            "bad_setting", f"a {found['shape']} cannot be so", found=spec, expected=f"{wanted}, sizes above 0"
        )
    return Drawn(found["name"].strip(), _day(found["day"], spec), found["shape"], values, found["role"] or "")


def _day(text: str | None, spec: str) -> date | None:
    """The day after the @. Raises Refusal if it is none."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Refusal("bad_date", "the day of a region is no date", found=spec, expected="NAME@YYYY-MM-DD=…") from None


def drawn(spec: str, study: Study) -> tuple[Region, ...]:
    """The regions of a specification, one for each distinct grid of a visit; none if it is for another day.

    Raises Refusal if the form is wrong, if the shape holds no voxel of any image, or if a seed cannot grow.
    """
    said = parse(spec)
    if said.day is not None and said.day != study.day:
        return ()
    images = _in_mm(study)
    if said.shape == "seed":
        return (_grown(said, images, spec),)
    found = [(i, solid(said, i)) for i in _distinct(images)]
    regions = tuple(_region(said, i, mask, spec, _beyond(said, i)) for i, mask in found if mask.any())
    if not regions:
        hint = "take the centre from vivomap inspect -v, which shows where each image lies"
        raise Refusal("outside_image", f"{said.name} holds no voxel of any image of the visit", found=spec, hint=hint)
    return regions


def _in_mm(study: Study) -> tuple[Image, ...]:
    """The images in which a millimetre is one. Raises Refusal if there is none."""
    images = tuple(i for i in study.images if not any(f.denies == "mm" for f in i.refusals))
    denied = next((f for i in study.images for f in i.refusals if f.denies == "mm"), None)
    if not images and denied:
        raise Refusal(denied.code, f"a region in mm cannot be drawn: {denied.reason}")
    if not images:
        raise Refusal("no_image", "the visit has no image to draw a region on")
    return images


def _distinct(images: tuple[Image, ...]) -> Iterator[Image]:
    """One image for each grid."""
    seen: list[Image] = []
    for image in images:
        if not any(same_grid(image, other) for other in seen):
            seen.append(image)
            yield image


def _region(said: Drawn, image: Image, mask: NDArray[np.bool_], spec: str, flags: tuple[Flag, ...] = ()) -> Region:
    finding, site = names.finding_of(said.name), names.site_of(said.name)
    return Region(said.name, Voxels.of(mask), finding, site, image.affine, source=(f"drawn:{spec}",), flags=flags)


def solid(said: Drawn, image: Image) -> NDArray[np.bool_]:
    """The voxels (z, y, x) whose centres lie in a sphere, box or cylinder, looked for around it alone."""
    middle, reach = np.array(said.numbers[:3]), _reach(said)
    low, high = _window(said, image)
    low, high = (
        np.clip(np.floor(low), 0, image.shape).astype(int),
        np.clip(np.ceil(high) + 1, 0, image.shape).astype(int),
    )
    mask = np.zeros(image.shape, bool)
    window = tuple(slice(a, max(a, b)) for a, b in zip(low, high, strict=True))
    rows = np.asarray(image.affine, float)
    index = np.moveaxis(np.mgrid[window], 0, -1)
    apart = np.abs(index @ rows[:3, :3].T + (rows[:3, 3] - middle))
    if said.shape == "sphere":
        mask[window] = (apart**2).sum(axis=-1) <= (said.numbers[3] + TOUCH) ** 2
    elif said.shape == "cylinder":
        around = (apart[..., :2] ** 2).sum(axis=-1) <= (said.numbers[3] + TOUCH) ** 2
        mask[window] = around & (apart[..., 2] <= reach[2] + TOUCH)
    else:
        mask[window] = (apart <= reach + TOUCH).all(axis=-1)
    return mask


def _window(said: Drawn, image: Image) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The lowest and highest fractional index (z, y, x) that a solid reaches."""
    inverse, reach = np.linalg.inv(np.asarray(image.affine, float)[:3, :3]), _reach(said)
    if said.shape == "sphere":
        half = np.linalg.norm(inverse * reach, axis=1)
    elif said.shape == "cylinder":
        half = np.linalg.norm(inverse[:, :2] * reach[:2], axis=1) + np.abs(inverse[:, 2] * reach[2])
    else:
        half = np.abs(inverse * reach).sum(axis=1)
    middle = grid.indices(np.array([said.numbers[:3]]), image.affine)[0]
    return middle - half, middle + half


def _beyond(said: Drawn, image: Image) -> tuple[Flag, ...]:
    """A flag if a part of a solid lies beyond the voxels of the image."""
    low, high = _window(said, image)
    cut = (low < -0.5 - TOUCH).any() or (high > np.array(image.shape) - 0.5 + TOUCH).any()
    return (Flag("reaches_border", "a part of the solid lies beyond the border of the image"),) if cut else ()


def _reach(said: Drawn) -> NDArray[np.float64]:
    """Half the extent of a solid along left, posterior and superior, mm."""
    sizes = said.numbers[3:]
    if said.shape == "sphere":
        return np.full(3, sizes[0])
    if said.shape == "cylinder":
        return np.array([sizes[0], sizes[0], sizes[1] / 2])
    return np.array(sizes) / 2


def _grown(said: Drawn, images: tuple[Image, ...], spec: str) -> Region:
    """The voxels from low to high that hang together, face to face, with the seed's voxel."""
    image = _seeded(said, images, spec)
    values = image.voxels.array if image.voxels.array.ndim == 3 else image.voxels.array[0]
    low, high = said.numbers[3:]
    seed = _voxel(said, image)
    if seed is None or not low <= values[seed] <= high:
        found = "a voxel outside the image" if seed is None else f"{float(values[seed]):g} at the seed"
        raise Refusal("seed_outside_range", f"{said.name} cannot grow", found=found, expected=f"{low:g} to {high:g}")
    parts, _ = ndimage.label((values >= low) & (values <= high))
    mask: NDArray[np.bool_] = parts == parts[seed]
    return replace(_region(said, image, mask, spec, _edges(mask)), series=image.text("series_uid"))


def _seeded(said: Drawn, images: tuple[Image, ...], spec: str) -> Image:
    """The one image that a seed grows in. Raises Refusal if none, or more than one, is meant."""
    role = said.role.casefold()
    meant = [i for i in images if role in ("", i.role, i.text("series_description").casefold())]
    if not meant:
        raise Refusal("unknown_name", f"no image for the seed of {said.name}", found=said.role, expected=_roles(images))
    holding = [i for i in meant if _voxel(said, i) is not None]
    if not holding:
        raise Refusal("outside_image", f"the seed of {said.name} lies in no image", found=spec)
    if len(holding) > 1:
        hint = f"write {said.name}=seed:ROLE:…, or the series description in place of the role"
        raise Refusal("ambiguous_name", "a seed grows in one image", found=_roles(tuple(holding)), hint=hint)
    return holding[0]


def _roles(images: tuple[Image, ...]) -> str:
    return ", ".join(f"{i.role} ({i.text('series_description')})" for i in images)


def _voxel(said: Drawn, image: Image) -> tuple[Any, ...] | None:
    """The voxel (z, y, x) nearest to the seed, or None beyond the image."""
    index = np.floor(grid.indices(np.array([said.numbers[:3]]), image.affine)[0] + 0.5).astype(int)
    return tuple(index) if ((index >= 0) & (index < np.array(image.shape))).all() else None


def _edges(mask: NDArray[np.bool_]) -> tuple[Flag, ...]:
    """A flag if a grown region reaches the border of the image, and so may go on beyond it."""
    border = [mask.take(end, axis=axis).any() for axis in range(3) for end in (0, -1) if mask.shape[axis] > 1]
    return (
        (Flag("reaches_border", "the grown region reaches the border of the image, and may go on beyond it"),)
        if any(border)
        else ()
    )
