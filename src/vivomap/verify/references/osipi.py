"""The test data of the OSIPI collection of DCE code: arteries of a population, and tissue curves with known truth."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from vivomap.core.image import Array
from vivomap.maths.tofts import tofts
from vivomap.quantify.permeability.arterial import georgiou, parker
from vivomap.verify.published import Point, Reference

OSIPI = "OSIPI DCE-DSC-MRI code collection (Apache-2.0)"
WITHIN = {"Ktrans": (0.005, 0.1, "/min"), "ve": (0.05, 0.0, "1"), "vp": (0.025, 0.0, "1")}  # its tolerances
LONGEST = 10**8  # characters of one cell


def _rows(path: Path) -> list[dict[str, str]]:
    csv.field_size_limit(LONGEST)
    with path.open(encoding="utf-8-sig") as lines:
        return list(csv.DictReader(lines))


def _numbers(text: str) -> Array:
    return np.array(text.split(), float)


def _worst(points: list[Point], name: str) -> Point:
    """The point that lies furthest from its truth, in tolerances, under a name that says of how many."""
    worst = max(points, key=lambda p: abs(p.result - p.truth) / p.tolerance)
    return worst._replace(name=f"{name}, worst of {len(points)}")


def tissue(place: Path) -> tuple[Point, ...]:
    """Ktrans, ve and vp of the voxels of both reference objects."""
    return tuple(_tissue(place))


def _tissue(place: Path) -> Iterator[Point]:
    for name, extended in (("tofts", False), ("extended_tofts", True)):
        found: dict[str, list[Point]] = {}
        for row in _rows(place / f"dce_DRO_data_{name}.csv"):
            fit = tofts(_numbers(row["t"]), _numbers(row["ca"]), _numbers(row["C"])[None], extended)
            seen = {"Ktrans": 60 * fit.ktrans[0], "ve": fit.ktrans[0] / fit.kep[0], "vp": fit.vp[0]}
            for quantity, (absolute, relative, unit) in WITHIN.items():
                if quantity in row:
                    truth = float(row[quantity])
                    point = Point(quantity, truth, float(seen[quantity]), absolute + relative * truth, unit)
                    found.setdefault(quantity, []).append(point)
        yield from (_worst(points, f"{what} of {name.replace('_', ' ')}") for what, points in found.items())


def arteries(place: Path) -> tuple[Point, ...]:
    """The arteries of Parker and Georgiou at every time of their reference files."""
    found = []
    for name, artery in (("Parker", parker), ("Georgiou", georgiou)):
        rows = _rows(place / f"{name}AIF_ref.csv")
        seconds, truth = (np.array([float(r[c]) for r in rows]) for c in ("time", "Cb"))
        result = artery(60 * seconds)
        within = 1e-4 + 1e-2 * np.abs(truth)
        points = [
            Point(name, float(t), float(r), float(w), "mmol/L") for t, r, w in zip(truth, result, within, strict=True)
        ]
        found.append(_worst(points, f"{name}'s artery"))
    return tuple(found)


TISSUE = Reference("OSIPI tissue curves", "permeability", "osipi_dce_dsc/DCEmodels", tissue, OSIPI)
ARTERIES = Reference("OSIPI arteries", "permeability", "osipi_dce_dsc/PopulationAIF_DCE", arteries, OSIPI)
