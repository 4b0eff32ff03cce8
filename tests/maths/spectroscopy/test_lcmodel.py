"""LCModel as a peer: its COORD files hold the spectrum that it fitted, and the part of each molecule in it."""

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from vivomap.maths.spectroscopy.basis import Sampling, basis
from vivomap.maths.spectroscopy.fit import Fitted, Seen, Shape, axis_ppm, fit, shaped
from vivomap.maths.spectroscopy.spins import Sequence
from vivomap.quantify.spectroscopy.signal import BRAIN, CHOLINE, CREATINE

PRESS_97 = Sequence("PRESS", 0.097, 0.032)  # the echo times of the protocol of Choi 2012, which its basis fits best
SHORT_AND_LONG = (*BRAIN, "MM09", "MM12", "MM14", "MM17", "MM20", "Lip13b", "Lip20")


class Coord(NamedTuple):
    """Ratios to creatine by name; the spectrum, background and parts of molecules, by rising shift."""

    ratios: dict[str, float]
    ppm: np.ndarray
    data: np.ndarray
    background: np.ndarray
    parts: dict[str, np.ndarray]


def coord(path: Path) -> Coord:
    lines = path.read_text("latin-1").splitlines()
    count = next(int(line.split()[0]) for line in lines if "points on ppm-axis" in line)

    def block(mark: str) -> np.ndarray:
        start = next(k for k, line in enumerate(lines) if re.search(mark, line)) + 1
        values: list[float] = []
        while len(values) < count:
            values += [float(v) for v in lines[start].split()]
            start += 1
        return np.array(values)[::-1]

    begin = next(k for k, line in enumerate(lines) if "concentration table" in line)
    rows = (re.match(r"\s*\S+\s+\d+%\s*([0-9.E+-]+?)[ +](\S+)\s*$", line) for line in lines[begin + 2 : begin + 42])
    ratios = {row[2]: float(row[1]) for row in rows if row}
    named = [m[1] for line in lines if (m := re.match(r"\s*(\S+)\s+Conc\. =", line))]
    parts = {name: block(rf"^\s*{re.escape(name)}\s+Conc\. =") for name in named}
    return Coord(
        ratios,
        block("points on ppm-axis"),
        block("phased data points follow"),
        block("background values follow"),
        {name: part - block("background values follow") for name, part in parts.items()},
    )


@pytest.fixture(scope="module")
def svs_97(data: Path) -> Coord:
    return coord(data / "mrs" / "suspect" / "lcmodel" / "svs_97.COORD")


SAMPLING = Sampling(1024, 0.000833, 123.226103)


def places(seen: Coord) -> np.ndarray:
    order = np.argsort(axis_ppm(SAMPLING))
    first = int(np.argmin(np.abs(axis_ppm(SAMPLING)[order] - seen.ppm[0])))
    return np.asarray(order[first : first + seen.ppm.size])


@pytest.fixture(scope="module")
def fitted(svs_97: Coord) -> Fitted:
    made = basis(SHORT_AND_LONG, SAMPLING, PRESS_97)
    return fit(Seen(svs_97.data, places(svs_97), None), made, Shape(0.0, -2.5, 5.0, 12.0))


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("Ins", "mI"), ("Lac", "Lac"), ("2HG", "2HG"), ("GPC", "GPC"), ("NAA", "NAA"), ("Gln", "Gln")],
)
def test_the_basis_has_the_lines_and_the_strength_of_theirs(svs_97: Coord, theirs: str, ours: str) -> None:
    """Each part of its fit, as a multiple of our molecule: the ratios of its table come back within 6 %."""

    def multiple(part: np.ndarray, name: str) -> tuple[float, float]:
        made = basis((name,), SAMPLING, PRESS_97)
        best = (np.inf, 0.0)
        for shift in np.arange(-4.5, -1.0, 0.25):
            one = shaped(made, Shape(0.0, shift, 3.0, 12.0), places(svs_97))[:, 0]
            left = 1 - (one @ part) ** 2 / ((one @ one) * (part @ part))
            best = min(best, (float(left), float(one @ part / (one @ one))))
        return best

    left, amount = multiple(svs_97.parts[theirs], ours)
    creatine = multiple(svs_97.parts["PCr"], "PCr")[1]
    assert left < 0.06  # of the energy of the part; the line shapes differ
    assert amount / creatine == pytest.approx(svs_97.ratios[theirs], rel=0.06)


def test_their_spectrum_gives_their_ratios(svs_97: Coord, fitted: Fitted) -> None:
    creatine = fitted.total(*CREATINE)[0]
    choline, inositol = fitted.total(*CHOLINE)[0] / creatine, fitted.total("mI")[0] / creatine
    assert choline == pytest.approx(svs_97.ratios["GPC+PCh"], rel=0.12)
    assert inositol == pytest.approx(svs_97.ratios["Ins"], rel=0.12)


def test_their_spectrum_is_in_phase_and_as_wide_as_they_say(fitted: Fitted) -> None:
    assert abs(fitted.shape.phase) < np.deg2rad(5)
    residual = fitted.values - fitted.model
    assert residual.std() < 2.1  # theirs is 1.83


def test_2hg_is_as_little_as_theirs(svs_97: Coord, fitted: Fitted) -> None:
    creatine = fitted.total(*CREATINE)[0]
    found, doubt = fitted.total("2HG")[0] / creatine, fitted.doubt("2HG") / creatine
    assert abs(found - svs_97.ratios["2HG"]) < 2 * np.hypot(doubt, 0.88 * svs_97.ratios["2HG"])


def test_the_liver_is_read(data: Path) -> None:
    seen = coord(data / "mrs" / "suspect" / "lcmodel" / "liver.COORD")
    assert (seen.ppm.size, seen.ratios["Lip13"]) == (821, 0.878)
