"""A letter L on the patient's left: whatever way the slices are stored, it must stay on the left and read as an L.

A body cylinder holds three marks: the letter at x > 0 (left), its foot pointing further left and to the back; a ball
towards the head (z > 0); a ball in front (y < 0). Every pose stores the same patient in other rows, columns and order.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vivomap.acquire.phantom import outlines
from vivomap.acquire.phantom.outlines import Drawn
from vivomap.acquire.phantom.series import Grid, Person, Scanner, Series, Session, ct, uid
from vivomap.acquire.phantom.solids import Floats, Point
from vivomap.acquire.phantom.truth import Known, Lesion, Patient, Truth, Visit
from vivomap.core import Refusal

SHAPE, SPACING = (32, 64, 64), (4.0, 3.0, 3.0)
STEM, FOOT = ((24.0, 36.0), (-36.0, 12.0)), ((24.0, 60.0), (12.0, 24.0))  # x and y from and to, mm
HALF_HEIGHT = 12.0  # mm, of the letter along z
HEAD: Point = (0.0, 6.0, 36.0)
FRONT: Point = (-14.0, -36.0, 0.0)
BALL = 10.0  # mm, radius
DAY = date(2024, 2, 12)
SCANNER = Scanner("VIVOMAP PHANTOM WORKS", "Demo CT 64", "CT-1001", "VX 3.1")
LEANING = (math.cos(math.radians(20)), math.sin(math.radians(20)))


@dataclass(frozen=True)
class Pose:
    """How the slices are stored: the directions of rows and columns in the patient, and PatientPosition."""

    along_row: Point
    down_column: Point
    position: str


POSES = {
    "HFS": Pose((1, 0, 0), (0, 1, 0), "HFS"),
    "FFS": Pose((-1, 0, 0), (0, 1, 0), "FFS"),
    "HFP": Pose((-1, 0, 0), (0, -1, 0), "HFP"),
    "FFP": Pose((1, 0, 0), (0, -1, 0), "FFP"),
    "rows turned": Pose((1, 0, 0), (0, -1, 0), "HFS"),
    "columns turned": Pose((-1, 0, 0), (0, 1, 0), "HFS"),
    "rows and columns swapped": Pose((0, 1, 0), (1, 0, 0), "HFS"),
    "coronal": Pose((1, 0, 0), (0, 0, -1), "HFS"),
    "sagittal": Pose((0, 1, 0), (0, 0, -1), "HFS"),
    "leaning": Pose((1, 0, 0), (0, *LEANING), "HFS"),
}


def write(folder: Path, seed: int = 0, pose: str = "HFS") -> Truth:
    """Write the letter in one pose, with its marks as a SEG. Raises Refusal if the pose is not known."""
    if pose not in POSES:
        raise Refusal("unknown_name", f"there is no pose {pose!r}", expected=", ".join(POSES))
    how = POSES[pose]
    person = Person(f"VM-LETTER-{seed}", "Demo^Letter", "O", date(1970, 1, 1), 1.7)
    session = Session(("letter", str(seed), pose), person, SCANNER, datetime(DAY.year, DAY.month, DAY.day, 8, 0), 70.0)
    lattice = _centred(how)
    points = _points(lattice)
    inside = {name: mark(points) for name, mark in MARKS.items()}
    hu = np.where(np.hypot(points[..., 0] / 80, points[..., 1] / 60) <= 1, 40.0, -1000.0)
    for name, value in (("letter_L", 400), ("head", 200), ("front", -100)):
        hu[inside[name]] = value
    hu += np.random.default_rng([seed, 31]).normal(0, 5, hu.shape)
    images = ct(folder / "images", session, lattice, Series("ct", 1, f"letter {pose}"), hu)
    drawn = [Drawn(name, "mark", uid(person.id, name), normal=True) for name in MARKS]
    masks = np.stack([inside[name] for name in MARKS], axis=-1).astype(np.uint8)
    outlines.seg(folder / "outlines", session, images, drawn, masks)
    lesions = tuple(_mark(each) for each in drawn)
    truth = Truth("letter", seed, person.id, LETTER.says, (Visit(DAY, "images", SCANNER.model, lesions),))
    truth.write(folder)
    return truth


def _centred(pose: Pose) -> Grid:
    """The grid whose middle is the middle of the patient."""
    normal = np.cross(pose.along_row, pose.down_column)
    ways = np.array([normal, pose.down_column, pose.along_row], float)
    half = (np.array(SHAPE) - 1) / 2 * np.array(SPACING)
    x, y, z = -(half @ ways)
    return Grid((float(x), float(y), float(z)), SPACING, SHAPE, pose.along_row, pose.down_column, pose.position)


def _points(grid: Grid) -> Floats:
    """Where the voxels lie: (z, y, x, 3) in mm LPS."""
    k, row, column = np.meshgrid(*(np.arange(n) for n in grid.shape), indexing="ij")
    steps = zip((k, row, column), grid.spacing, (grid.normal, grid.down_column, grid.along_row), strict=True)
    moved = [index[..., None] * step * np.asarray(way, float) for index, step, way in steps]
    return np.asarray(np.asarray(grid.origin) + moved[0] + moved[1] + moved[2])


def letter(points: Floats) -> NDArray[np.bool_]:
    """Whether points (…, 3) lie in the letter."""
    x, y, z = np.moveaxis(points, -1, 0)
    strokes = [(a <= x) & (x < b) & (c <= y) & (y < d) for (a, b), (c, d) in (STEM, FOOT)]
    return np.asarray((strokes[0] | strokes[1]) & (np.abs(z) <= HALF_HEIGHT))


def head(points: Floats) -> NDArray[np.bool_]:
    """Whether points (…, 3) lie in the ball towards the head."""
    return np.asarray(np.linalg.norm(points - np.asarray(HEAD), axis=-1) <= BALL)


def front(points: Floats) -> NDArray[np.bool_]:
    """Whether points (…, 3) lie in the ball in front."""
    return np.asarray(np.linalg.norm(points - np.asarray(FRONT), axis=-1) <= BALL)


MARKS = {"letter_L": letter, "head": head, "front": front}


def _mark(drawn: Drawn) -> Lesion:
    """The truth of one mark: its volume, and its middle to half a voxel."""
    if drawn.name == "letter_L":
        areas = [(b - a) * (d - c) for (a, b), (c, d) in (STEM, FOOT)]
        middles = [((a + b) / 2, (c + d) / 2) for (a, b), (c, d) in (STEM, FOOT)]
        x, y = (sum(s * m[i] for s, m in zip(areas, middles, strict=True)) / sum(areas) for i in (0, 1))
        volume, centre = 2 * HALF_HEIGHT * sum(areas), (x, y, 0.0)
    else:
        volume, centre = 4 / 3 * math.pi * BALL**3, HEAD if drawn.name == "head" else FRONT
    size = Known("volume", round(volume / 1000, 6), "mL", round(0.15 * volume / 1000, 6), "voxels of 3 x 3 x 4 mm")
    return Lesion(drawn.name, drawn.site, "present", drawn.tracking, (size,), centre)


LETTER = Patient(
    "letter", "A letter L on the patient's left, a ball to the head and one in front: left stays left.", write
)
