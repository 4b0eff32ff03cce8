"""A chest from simple shapes: what surrounds the lesions, so that a picture looks like a patient.

One anatomy, painted slice by slice with the values of a modality (HU, SUV, signal, ADC); edges are one pixel soft.
Coordinates are mm LPS about the middle of the body: x to the patient's left, y to the back, z to the head. Every
size here is a project choice for a slender adult, not anatomy to learn from.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from vivomap.acquire.phantom.page import Page, Plane, grain, standing
from vivomap.acquire.phantom.solids import Axes
from vivomap.acquire.phantom.vessels import branches, draw

Values = Mapping[str, float]

CAVITY = (110.0, 69.0)  # half widths of the chest cavity across and front to back, mm
PITCH, DROP = 25.0, 78.0  # ribs: one every 25 mm, each 78 mm lower in front than behind
LUMP = 9.0  # mm, the grain of soft tissue

CONTRAST_CT: Values = {  # HU in the portal venous phase
    "air": -1000, "table": -780, "skin": 10, "fat": -98, "muscle": 52, "cortex": 430, "marrow": 185, "disc": 85,
    "cord": 32, "lung": -862, "shade": 45, "vessel": 90, "blood": 168, "heart": 105, "airway": -985, "gullet": 38,
    "liver": 112, "vein": 170, "spleen": 124, "stomach": 20, "gas": -960, "texture": 9,
}  # fmt: skip


def paint(seed: int, axes: Axes, values: Values) -> NDArray[np.float32]:
    """The chest on a grid (z, y, x) in the values of one modality; `seed` grows its vessels and its grain."""
    z, y, x = axes
    flat = Page.of(y, x)
    page, couch = flat.bent(), np.abs(flat.ellipse((0, 20), (230, 84))) - 3
    volume = np.empty((z.size, y.size, x.size), np.float32)
    lungs = np.empty_like(volume)
    volume[:] = values["air"]
    for k, height in enumerate(z):
        page.put(volume[k], couch, values["table"])
        lungs[k] = _slice(page, volume[k], float(height), values)
    if values["texture"]:
        inside = np.clip(0.5 - _skin(page), 0, 1)
        volume += grain(seed, axes, LUMP) * (inside * np.float32(values["texture"]))
    if values["vessel"] != values["lung"]:  # the vessels of the lung do not show on PET and diffusion MR
        draw(volume, lungs, axes, branches(seed), values["vessel"])
    return volume


def _slice(page: Page, canvas: Plane, z: float, values: Values) -> Plane:
    """Paint one axial slice; gives the share of lung in each of its pixels."""
    cage = _cage(page, z)
    _wall(page, canvas, z, values, cage)
    page.put(canvas, cage, values["fat"])
    floor = _floor(page, z)
    lung = np.maximum(np.maximum(cage, -_between_the_lungs(page, z)), floor)
    share = np.clip(0.5 - lung / page.pixel, 0, 1)
    hanging = np.float32(values["shade"]) * np.clip(page.y / 70, -1, 1)  # the lung is denser where it hangs
    canvas += share * (np.float32(values["lung"]) + hanging - canvas)
    if z < -25:
        _belly(page, canvas, z, values, np.maximum(cage + 2, 2 - floor))
    if z > -72:
        _heart(page, canvas, z, values, floor)
    _tubes(page, canvas, z, values)
    _spine(page, canvas, z, values)
    return share


@lru_cache(maxsize=4)
def _skin(page: Page) -> Plane:
    """Distance to the skin, mm, negative inside."""
    size = (np.abs(page.x / 134) ** 2.35 + np.abs(page.y / 91) ** 2.35) ** (1 / 2.35) + 1e-6
    return np.asarray(np.hypot(page.x, page.y) * (1 - 1 / size), np.float32)


@lru_cache(maxsize=4)
def _rings(page: Page) -> tuple[Plane, Plane, Plane]:
    """How far out a point lies as a share of the cavity, in mm, and how far its rib has come down."""
    out = np.hypot(page.x / CAVITY[0], (page.y + 2) / CAVITY[1]) + 1e-6
    behind = np.arctan2(np.abs(page.x), page.y + 2)  # 0 at the spine, pi at the breastbone
    return out, np.hypot(page.x, page.y + 2), np.asarray((1 - np.cos(behind)) / 2 * DROP, np.float32)


def _cage(page: Page, z: float) -> Plane:
    """Distance to the wall of the chest cavity, mm, negative inside; towards the apex it narrows."""
    out, away, _ = _rings(page)
    narrow = np.sqrt(max(1 - (max(z + 10, 0) / 118) ** 2, 0.02))
    return np.asarray(away * (1 - np.float32(narrow) / out), np.float32)


def _wall(page: Page, canvas: Plane, z: float, values: Values, cage: Plane) -> None:
    """Skin, fat, muscle, ribs, shoulder blades and breastbone."""
    skin = _skin(page)
    page.put(canvas, skin, values["skin"])
    page.put(canvas, skin + 2, values["fat"])
    folds = 9.5 + 4 * np.cos(page.x / 30) - page.y / 22 + np.float32(1.5) * np.sin(page.y / 9 + z / 40)
    page.put(canvas, skin + folds, values["muscle"])
    page.put(canvas, np.abs(cage - 14.5) - 1.1, values["fat"])
    for side in (-1, 1):
        page.rod(canvas, ((side * 16, 78), (side * 62, 68)), 0.8, values["fat"])
        if z > 12:
            ends = ((side * (66 - z / 8), 68), (side * (104 - z / 12), 38 - z / 4))
            page.rod(canvas, ends, 3.4, values["cortex"])
            page.rod(canvas, ends, 1.6, values["marrow"])
    fallen = _rings(page)[2]
    height = ((z + fallen) / PITCH + 0.5) % 1 * PITCH - PITCH / 2
    rib = np.hypot((cage - 6) / 4.0, height / 6.4) * 4 - 4
    rib = np.where(fallen > DROP * 0.94, np.float32(1e3), rib)
    page.put(canvas, rib, values["cortex"])
    page.put(canvas, rib + 1.6, values["marrow"])
    page.spot(canvas, (0, -75), (17, 5), values["cortex"])
    page.spot(canvas, (0, -75), (15, 3.3), values["marrow"])


def _between_the_lungs(page: Page, z: float) -> Plane:
    """Distance to all that lies between the lungs, mm, negative inside."""
    upper = np.maximum(standing(page, (3, -8), (36, 62)), np.abs(page.x - 3) - (page.y + 74) * 0.62)
    back = np.minimum(standing(page, (0, 52), (25, 31)), standing(page, (23, 36), (14.5, 14.5)))
    heart = page.ball((24, -26, -42), (58, 45, 52), z)
    return np.asarray(np.minimum(np.minimum(upper, back), heart), np.float32)


def _floor(page: Page, z: float) -> Plane:
    """Distance to the two domes of the diaphragm, mm, negative above them."""
    right = -30 - 40 * ((page.x + 56) / 66) ** 2 - 46 * ((page.y + 6) / 66) ** 2
    left = -44 - 40 * ((page.x - 58) / 62) ** 2 - 46 * ((page.y - 2) / 66) ** 2
    return np.asarray((np.maximum(right, left) - np.float32(z)) * np.float32(0.75), np.float32)


def _belly(page: Page, canvas: Plane, z: float, values: Values, limit: Plane) -> None:
    """Liver with its veins, spleen and stomach, under the diaphragm."""
    page.put(canvas, limit, values["fat"])
    lobes = np.minimum(standing(page, (-52, 0), (64, 66)), standing(page, (-8, -34), (48, 29)))
    liver = np.maximum(np.maximum(limit, lobes), -standing(page, (2, 54), (36, 38)))
    page.put(canvas, liver, values["liver"])
    for x, y, lean, radius in ((-34, 20, 0.5, 4.0), (-66, 8, -0.6, 3.4), (-42, -24, 0.3, 3.2), (-8, -36, 0.2, 2.6)):
        shift = lean * (z + 70)
        vein = page.bar(((x + shift, y - shift / 2), (x * 0.75 + shift * 0.8, y * 0.6)), radius)
        page.put(canvas, np.maximum(vein, liver + 4), values["vein"])
    page.spot(canvas, (-13, 24), (9, 8), values["vein"])  # inferior vena cava
    page.put(canvas, np.maximum(limit, page.ball((76, 26, -92), (21, 34, 38), z)), values["spleen"])
    stomach = np.maximum(limit, page.ball((48, -22, -88), (34, 30, 38), z))
    page.put(canvas, stomach, values["muscle"])
    page.put(canvas, stomach + 3.5, values["stomach"])
    page.put(canvas, np.maximum(stomach + 3.5, page.y + 34), values["gas"])


def _heart(page: Page, canvas: Plane, z: float, values: Values, floor: Plane) -> None:
    """Heart muscle and the blood in its four chambers."""
    heart = np.maximum(page.ball((24, -26, -40), (54, 41, 44), z), floor)
    page.put(canvas, heart, values["heart"])
    chambers = (
        ((44, -16, -40), (26, 20, 32)),
        ((8, -44, -40), (27, 15, 34)),
        ((-8, -14, -22), (20, 18, 24)),
        ((20, 2, -14), (24, 11, 20)),
    )
    for middle, half in chambers:
        page.put(canvas, np.maximum(page.ball(middle, half, z), heart + 2), values["blood"])


def _tubes(page: Page, canvas: Plane, z: float, values: Values) -> None:
    """Great vessels, windpipe and gullet."""
    blood = values["blood"]
    if z < 50:
        page.spot(canvas, (23, 36), (12.5, 12.5), blood)
    if -4 < z < 28:
        page.spot(canvas, (17, -36), (13, 12), blood)
    if 4 < z < 26:
        thick = 9 - abs(z - 15) / 4
        page.rod(canvas, ((12, -32), (-36, -2)), thick, blood)
        page.rod(canvas, ((18, -30), (38, 6)), thick, blood)
    if -12 < z < 50:
        page.spot(canvas, (-9, -28), (15, 15), blood)
    if z > -12:
        page.spot(canvas, (-27, -18), (8.5, 8), blood)
    if 48 <= z < 66:
        page.rod(canvas, ((-9, -26), (23, 32)), 13 - abs(z - 56) / 3, blood)
    if z >= 66:
        for x, y in ((-14, -22), (8, -18), (20, 0)):
            page.spot(canvas, (x, y), (5, 5), blood)
    fork = max(36 - z, 0)
    for rim, value in ((1.2, values["gullet"]), (0, values["airway"])) if z > 4 else ():
        half = (8.4 + rim - fork / 11, 7.4 + rim - fork / 14)
        page.spot(canvas, (fork * 0.95, 6), half, value)
        page.spot(canvas, (-fork * 0.95, 6), half, value)
    page.spot(canvas, (7, 22), (7, 5), values["gullet"])


def _spine(page: Page, canvas: Plane, z: float, values: Values) -> None:
    """Vertebrae with discs, arches and the cord; the long muscles of the back are part of the wall."""
    disc = abs((z % 26) - 13) > 10.5
    page.spot(canvas, (0, 50), (18, 14.5), values["disc"] if disc else values["cortex"])
    if not disc:
        page.spot(canvas, (0, 50), (16.4, 12.9), values["marrow"])
        for side in (-1, 1):
            page.rod(canvas, ((side * 11, 66), (side * 33, 71)), 3.4, values["cortex"])
            page.rod(canvas, ((side * 11, 66), (side * 33, 71)), 1.6, values["marrow"])
    page.spot(canvas, (0, 70), (13, 11), values["cortex"])
    page.rod(canvas, ((0, 80), (0, 86)), 2.6, values["cortex"])
    page.spot(canvas, (0, 70), (9.5, 8), values["cord"])
