"""From the planes of one series to its images: grouped, put in order and in place, rescaled, named by role."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from vivomap.acquire.dicom.axes import Part, split
from vivomap.acquire.dicom.days import day_of
from vivomap.acquire.dicom.diffusion import directions
from vivomap.acquire.dicom.diffusion import doubts as b_doubts
from vivomap.acquire.dicom.dynamic import FILMED, filmed
from vivomap.acquire.dicom.geometry import FEWEST, Laid, lay
from vivomap.acquire.dicom.labelling import labelled
from vivomap.acquire.dicom.pet import to_suv
from vivomap.acquire.dicom.pixels import Array, Decoded, volume
from vivomap.acquire.dicom.plane import Plane
from vivomap.acquire.dicom.roles import Role, adc, kinds, role_of
from vivomap.acquire.dicom.scaling import FACTS, Scaling, scaling
from vivomap.acquire.dicom.settings import settings_of, shared
from vivomap.acquire.dicom.times import Frames, frames
from vivomap.core import Flag, Image, Refusal, Settings, Voxels

# facts that make one image: planes that differ in one of these are other images
ALIKE: tuple[str, ...] = (
    "SOPClassUID",
    "Modality",
    "Rows",
    "Columns",
    "SamplesPerPixel",
    "ImageType",
    "ComplexImageComponent",
)
ALIKE += ("ConvolutionKernel", "KVP", "FrameOfReferenceUID", "StackID", "InversionTime", "FlipAngle", "RescaleType")
ALIKE += ("RealWorldUnit",)
FRAME = "FrameOfReferenceUID"
SAME_AXES = 1e-3  # direction cosines of one stack, as in geometry
SAME_GRID_MM = 0.05  # project: affines of volumes that become one image


class Stack(NamedTuple):
    """Volumes on one grid: planes in order, per volume its part."""

    laid: tuple[Laid, ...]
    parts: tuple[Part, ...]


def images(planes: Sequence[Plane], decoded: Decoded) -> tuple[Image, ...]:
    """The images of one series. The order of the planes changes nothing."""
    groups = _groups(sorted(planes, key=lambda p: (p.uid, p.frame)))
    turned = len({tuple(np.round(g[0].numbers("ImageOrientationPatient"), 2)) for g in groups}) > 1
    mixed = (Flag("mixed_orientations", "the series holds planes of several orientations: each is an image"),)
    made: list[Image] = []
    for group in groups:
        divided = split(group)
        for stack in _stacks(divided.parts):
            image = _image(stack, divided.axis, divided.parts, decoded, mixed if turned else ())
            made.append(_among(image, stack, divided.parts))
    return tuple(made)


def _among(image: Image, stack: Stack, parts: Sequence[Part]) -> Image:
    """The image with a warning where other volumes of its series have other slices.

    Enhancement is denied where the first volume, that before contrast, is one of those.
    """
    every = [p for p in parts if p.aside == stack.parts[0].aside]
    if len(every) == len(stack.parts):
        return image
    apart = f"{len(stack.parts)} of the {len(every)} volumes of this series have these slices, the others have not"
    if image.role == "dce" and every[0] not in stack.parts:
        denied = Flag("volumes_apart", f"{apart}: the one before contrast is not among them", "region")
        return replace(image, refusals=(*image.refusals, denied))
    return replace(image, flags=(*image.flags, Flag("volumes_apart", apart)))


def _groups(planes: Iterable[Plane]) -> list[list[Plane]]:
    """Planes of one kind, size, spacing and orientation together."""
    groups: dict[tuple[object, ...], list[list[Plane]]] = defaultdict(list)
    planes = tuple(planes)
    facts = ALIKE if _framed(planes) else tuple(name for name in ALIKE if name != FRAME)
    for plane in planes:
        spacing = tuple(round(v, 4) for v in plane.numbers("PixelSpacing"))
        alike = groups[(*map(plane.facts.get, facts), spacing, plane.shape)]
        axes = plane.numbers("ImageOrientationPatient")
        for group in alike:
            other = group[0].numbers("ImageOrientationPatient")
            if axes == other or (len(axes) == len(other) and max(_apart(axes, other)) < SAME_AXES):
                group.append(plane)
                break
        else:
            alike.append([plane])
    return [g for alike in groups.values() for g in alike]


def _framed(planes: Sequence[Plane]) -> bool:
    """Whether the frames of reference of a series can be believed: not where each of many files has its own."""
    frames = {p.text(FRAME) for p in planes}
    return len(frames) < FEWEST or len(frames) < len({p.header.path for p in planes})


def _apart(one: Sequence[float], other: Sequence[float]) -> list[float]:
    return [abs(a - b) for a, b in zip(one, other, strict=True)] or [0.0]


def _stacks(parts: Sequence[Part]) -> list[Stack]:
    """Volumes on one grid, and of one value on a second axis, together."""
    stacks: list[tuple[list[Laid], list[Part]]] = []
    for part in parts:
        laid = lay(part.planes)
        for laids, others in stacks:
            same = others[0].aside == part.aside and len(laids[0].planes) == len(laid.planes)
            if same and np.abs(np.asarray(laids[0].affine) - np.asarray(laid.affine)).max() < SAME_GRID_MM:
                laids.append(laid)
                others.append(part)
                break
        else:
            stacks.append(([laid], [part]))
    return [Stack(tuple(a), tuple(b)) for a, b in stacks]


def _image(stack: Stack, axis: str, parts: Sequence[Part], decoded: Decoded, flags: tuple[Flag, ...]) -> Image:
    first = stack.laid[0].planes[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ds = first.header.dataset()
    settings = shared([settings_of(laid.planes[0], ds) for laid in stack.laid])
    triggers = [p.value or 0.0 for p in parts]
    role = role_of(first, axis, max(triggers) - min(triggers), str(dict(settings).get("contrast", "")))
    scalings, refused = _scalings(stack, role.name)
    values, role, settings = _valued(stack, role, scalings, settings, decoded)
    axis = "cine" if role.name == "cine" else axis
    told = frames(axis, stack.parts) if len(stack.laid) > 1 else Frames((), "")
    if role.name == "suv" and len(stack.laid) > 1 and axis in FILMED:
        role, settings, times = filmed(role, settings, stack.parts)
        told = times or told
    if role.name == "asl":
        settings = (*settings, *labelled(ds, [p.planes[0] for p in stack.parts]))
    if len(stack.laid) == 1:
        values = values[0]
        settings = (*settings, *_lone(axis, stack.parts[0]))
    if role.name == "dwi":
        settings = (*settings, *directions([laid.planes for laid in stack.laid]))
    planes = [p for laid in stack.laid for p in laid.planes]
    settings, lost = _one_frame(planes, settings)
    day, undated = day_of(planes)
    doubts = (*lost, *undated, *(b_doubts(first) if role.name == "dwi" else ()))
    refusals = dict.fromkeys(
        (*(f for laid in stack.laid for f in laid.refusals), *refused, *role.refusals, *told.refusals)
    )
    return Image(
        role.name,
        Voxels.of(values),
        role.unit,
        stack.laid[0].affine,
        told.values,
        told.unit,
        (*settings, ("description", kinds(first)[-1] or "none"), ("scaling", scalings[0][0].rule)),
        _source(stack),
        day=day,
        flags=tuple(dict.fromkeys((*flags, *role.flags, *told.flags, *doubts, *_incomplete(stack)))),
        refusals=tuple(refusals),
    )


def _scalings(stack: Stack, role: str) -> tuple[list[list[Scaling]], list[Flag]]:
    """The scaling of every plane; a plane without one keeps its stored values, and the image is refused."""
    refused: list[Flag] = []
    found: list[list[Scaling]] = []
    known: dict[tuple[str | None, ...], Scaling] = {}
    for laid in stack.laid:
        found.append([])
        for plane in laid.planes:
            key = tuple(map(plane.facts.get, FACTS))
            try:
                if key not in known:
                    known[key] = scaling(plane, role)
                found[-1].append(known[key])
            except Refusal as refusal:
                found[-1].append(Scaling(1.0, 0.0, "stored values"))
                refused.append(Flag(refusal.code, f"{refusal.summary} ({plane.name})", "region"))
    return found, refused[:1]


def _valued(
    stack: Stack, role: Role, scalings: Sequence[Sequence[Scaling]], settings: Settings, decoded: Decoded
) -> tuple[Array, Role, Settings]:
    """The voxels (frame, z, y, x) in the unit of their role."""
    planes = [p for laid in stack.laid for p in laid.planes]
    flat = [s for each in scalings for s in each]
    shape = (len(stack.laid), len(stack.laid[0].planes))
    if role.name == "activity":
        values, role, settings = to_suv(planes, flat, settings, decoded)
    else:
        values = volume(planes, flat, decoded)
        if role.name == "adc":
            values, role = adc(values, planes[0])
    return values.reshape(*shape, *values.shape[1:]), role, settings


def _one_frame(planes: Sequence[Plane], settings: Settings) -> tuple[Settings, tuple[Flag, ...]]:
    """The settings without a frame of reference that only one of the planes has."""
    if len({p.text(FRAME) for p in planes}) == 1:
        return settings, ()
    lost = Flag("frame_of_reference_lost", "each slice names a frame of reference of its own: none is believed")
    return tuple(s for s in settings if s[0] != "frame_of_reference"), (lost,)


def _lone(axis: str, part: Part) -> Settings:
    """Where on its axis a volume lies that became an image of its own."""
    return (("frame", part.value), ("frame_axis", axis)) if axis and part.value is not None else ()


def _source(stack: Stack) -> tuple[str, ...]:
    uids = [p.uid for laid in stack.laid for p in laid.planes]
    return (uids[0],) if len(set(uids)) == 1 else tuple(uids)


def _incomplete(stack: Stack) -> tuple[Flag, ...]:
    """A warning where the header says that a volume has more slices than are here."""
    first, here = stack.laid[0].planes[0], len(stack.laid[0].planes)
    said = max(int(first.number(name) or 0) for name in ("NumberOfSlices", "ImagesInAcquisition"))
    if said <= here * len(stack.laid) or said <= here:
        return ()
    return (Flag("incomplete_series", f"the header counts {said} slices, {here * len(stack.laid)} are here"),)
