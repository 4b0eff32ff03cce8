"""Images that only together are what a number needs: one gradient echo at several flip angles, one with and one
without a magnetisation transfer pulse.

They lie in series of their own, so they are found after all series of a study are read, by their headers alone: the
same grid, frame of reference, scanner, repetition and echo time, gradient echoes, and nothing but the flip angle, or
the pulse, between them. Each also stays what it was. Where two would do as well, none is taken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from vivomap.acquire.dicom.settings import shared
from vivomap.core import Flag, Image, Voxels, same_grid

VFA_TR_MS = 50.0  # project: a spoiled gradient echo for T1 has a short repetition time
VFA_TE_MS = 10.0  # project: and a short echo, so that T2* does not matter
SAME_MS = 0.02  # project: repetition and echo times that differ by less are one
GAIN = Flag(
    "gain_assumed", "the images are series of their own: that the receiver had one gain for all of them is assumed"
)
PULSED = ("MT", "MTC")


def together(images: Sequence[Image]) -> tuple[Image, ...]:
    """The images that others of the study make up: "vfa" for each set of flip angles, "mt_on" with "mt_off"."""
    plain = [i for i in images if i.role == "mr" and not i.refusals and i.voxels.array.ndim == 3 and _echo(i)]
    return (*_by_flip_angle(plain), *_saturated(plain))


def _echo(image: Image) -> bool:
    """Whether an image is an original gradient echo."""
    return "GR" in image.text("scanning_sequence").split("\\") and image.text("image_type").startswith("ORIGINAL")


def _pulsed(image: Image) -> bool:
    """Whether the header says that a magnetisation transfer pulse was given."""
    words = (*image.text("sequence_variant").split("\\"), *image.text("scan_options").split("\\"))
    return bool(set(PULSED) & set(words)) or image.text("magnetization_transfer") in ("ON_RESONANCE", "OFF_RESONANCE")


def _alike(one: Image, other: Image) -> bool:
    """Whether two were made by one scanner in one place at one TR and TE."""
    said = ("frame_of_reference", "manufacturer", "model", "serial", "contrast")
    times = ("tr_ms", "te_ms")
    if any(i.setting(t) is None for i in (one, other) for t in times) or not same_grid(one, other):
        return False
    near = all(abs(one.number(t) - other.number(t)) < SAME_MS for t in times)
    return near and all(one.text(s) == other.text(s) for s in said)


def _sets(images: Sequence[Image]) -> list[list[Image]]:
    sets: list[list[Image]] = []
    for image in images:
        mine = next((s for s in sets if _alike(s[0], image)), None)
        if mine is None:
            sets.append([image])
        else:
            mine.append(image)
    return sets


def _by_flip_angle(images: Sequence[Image]) -> Iterator[Image]:
    """A series over flip angles for each set of images that differ in nothing else, one for each angle."""
    short = [i for i in images if _short(i) and not _pulsed(i) and i.setting("flip_deg") is not None]
    for each in _sets(short):
        angles: dict[float, list[Image]] = defaultdict(list)
        for image in each:
            angles[image.number("flip_deg")].append(image)
        if len(angles) > 1 and all(len(a) == 1 for a in angles.values()):
            ordered = [angles[a][0] for a in sorted(angles)]
            volume = np.stack([np.asarray(i.voxels.array) for i in ordered])
            yield replace(
                ordered[0],
                role="vfa",
                voxels=Voxels.of(volume),
                frames=tuple(sorted(angles)),
                frame_unit="deg",
                settings=shared([i.settings for i in ordered]),
                source=tuple(s for i in ordered for s in i.source),
                flags=(*dict.fromkeys(f for i in ordered for f in i.flags), GAIN),
            )


def _short(image: Image) -> bool:
    tr, te = image.setting("tr_ms"), image.setting("te_ms")
    return tr is not None and te is not None and 0 < float(tr) <= VFA_TR_MS and 0 < float(te) <= VFA_TE_MS


def _saturated(images: Sequence[Image]) -> Iterator[Image]:
    """Each pair of one image with the pulse and one without, where there is one of either."""
    for each in _sets(images):
        for flip in sorted({i.text("flip_deg") for i in each}):
            same = [i for i in each if i.text("flip_deg") == flip]
            on, off = [i for i in same if _pulsed(i)], [i for i in same if not _pulsed(i)]
            if len(on) == len(off) == 1:
                yield replace(on[0], role="mt_on", flags=(*on[0].flags, GAIN))
                yield replace(off[0], role="mt_off", flags=(*off[0].flags, GAIN))
