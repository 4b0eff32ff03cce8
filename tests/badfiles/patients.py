"""A patient of a trial: one CT visit with an outlined lesion."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import numpy as np

from vivomap.acquire.phantom import outlines, series
from vivomap.acquire.phantom.solids import Solid, fill

from .objects import CANARY

GRID = series.Grid((-24.0, -24.0, -24.0), (3.0, 1.6, 1.6), (16, 30, 30))
SCANNER = series.Scanner("MAKER WORKS", "MODEL 64", "S1", "V1")
FIRST, SECOND = date(2024, 1, 8), date(2024, 3, 4)
LESION = "lesion_1 lung"


def visit(folder: Path, number: int, day: date = FIRST, radius: float = 9.0, kernel: str = "SOFT") -> Path:
    """Write one visit: the images in `ct`, the outline in `outlines`; gives the folder."""
    person = series.Person(f"{CANARY}{number}", f"{CANARY}^{number}", "F", date(1980, 1, 1), 1.7)
    start = datetime(day.year, day.month, day.day, 9)
    session = series.Session((str(number), str(day)), person, SCANNER, start, 70.0)
    ball = Solid((0.0, 0.0, 0.0), (radius, radius, radius))
    hu = np.random.default_rng(day.month).normal(-850, 8, GRID.shape)
    fill(hu, GRID.axes, ball, 40.0)
    about = series.Series("ct", 1, "CT", (("ConvolutionKernel", kernel),))
    images = series.ct(folder / "ct", session, GRID, about, hu)
    drawn = [outlines.Drawn(LESION, "lung", series.uid(number, LESION), (ball,))]
    outlines.write("rtstruct", folder / "outlines", session, images, drawn)
    return folder
