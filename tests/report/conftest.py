"""Digital patients for the report, made of the core's nouns alone: CT over four visits, PET, a table, no date."""

from __future__ import annotations

import hashlib
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from vivomap.acquire import read
from vivomap.acquire.phantom import letter
from vivomap.core import (
    Assessment,
    Change,
    Claim,
    Finding,
    Flag,
    Held,
    Image,
    Match,
    Measurement,
    Missing,
    Proposal,
    Provenance,
    Recommendation,
    Region,
    Study,
    Treatment,
    Verdict,
    Voxels,
    affine_of,
    identify,
)
from vivomap.loop import assess
from vivomap.pathways.lung_response import PATHWAY as LUNG_RESPONSE
from vivomap.pathways.pet_response import PATHWAY as PET_RESPONSE
from vivomap.report.forms import Filed

Case = tuple[Assessment, tuple[Assessment, ...]]
SHAPE, STEP = (40, 192, 192), (4.0, 1.6, 1.6)  # (z, y, x), mm
SCANNER = (("manufacturer", "Acme"), ("model", "One"), ("serial", "17"), ("software", "3.2"), ("modality", "CT"))
VALUES = (("response_percent", 30.0), ("progression_percent", 20.0), ("progression_mm", 5.0), ("most_targets", 5.0))
DAYS = (date(2026, 1, 12), date(2026, 3, 9), date(2026, 5, 4), date(2026, 6, 29))
CHEMO = Treatment("carboplatin_pemetrexed", 500, "mg/m2", date(2026, 1, 20), date(2026, 4, 7), "treatments.csv")
IMMUNE = Treatment("pembrolizumab", None, "", date(2026, 1, 20), None, "treatments.csv")
STEROID = Treatment("dexamethasone", 4, "mg/d", None, date(2026, 3, 1), "treatments.csv")
PLACES = {"lung_1": (18, 92, 52), "lung_2": (20, 120, 146), "node_1": (24, 96, 98), "lung_3": (12, 70, 60)}


@dataclass(frozen=True)
class Seen:
    """A lesion at one visit: its long axis in mm; 0 is drawn and empty."""

    name: str
    mm: float


def grid(scale: tuple[float, float, float] = STEP, shape: tuple[int, int, int] = SHAPE) -> NDArray[np.float64]:
    """Axial slices in LPS, the patient in the middle."""
    z, y, x = scale
    corner = [-(shape[2] - 1) * x / 2, -(shape[1] - 1) * y / 2, -(shape[0] - 1) * z / 2]
    return np.array([[0, 0, x, corner[0]], [0, y, 0, corner[1]], [z, 0, 0, corner[2]], [0, 0, 0, 1]])


def ball(centre: tuple[float, float, float], mm: float) -> NDArray[np.bool_]:
    z, y, x = np.ogrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    apart = ((z - centre[0]) * STEP[0]) ** 2 + ((y - centre[1]) * STEP[1]) ** 2 + ((x - centre[2]) * STEP[2]) ** 2
    wave = 1 + 0.18 * np.sin(3 * np.arctan2(y - centre[1], x - centre[2]))
    return np.asarray(apart < (wave * mm / 2) ** 2)


def chest(seen: tuple[Seen, ...], seed: int) -> NDArray[np.float32]:
    """HU of a chest: soft tissue, two lungs, a spine, vessels, and the lesions."""
    z, y, x = np.mgrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]].astype(np.float32)
    body = ((x - 96) / 88) ** 2 + ((y - 96) / 66) ** 2 < 1
    lungs = sum(((x - c) / 34) ** 2 + ((y - 92) / 48) ** 2 + ((z - 18) / 20) ** 2 < 1 for c in (54, 138)) > 0
    volume = np.where(body, 40.0, -1000.0).astype(np.float32)
    volume[((x - 96) / 84) ** 2 + ((y - 96) / 62) ** 2 > 1] -= (
        60 * body[((x - 96) / 84) ** 2 + ((y - 96) / 62) ** 2 > 1]
    )
    volume[lungs] = -850
    volume[lungs & (np.sin(x / 5 + z) * np.cos(y / 6 - z / 2) > 0.86)] = -150
    volume[((x - 96) / 12) ** 2 + ((y - 142) / 11) ** 2 < 1] = 420
    for lesion in seen:
        if lesion.mm:
            volume[ball(PLACES[lesion.name], lesion.mm)] = 45
    return volume + np.random.default_rng(seed).normal(0, 18, SHAPE).astype(np.float32)


def ct(day: date | None, seen: tuple[Seen, ...], seed: int) -> Image:
    settings = (*SCANNER, ("kernel", "B30f"), ("slice_thickness_mm", 4.0), ("series_description", "CT chest 4 mm"))
    volume = np.rint(chest(seen, seed)).astype(np.int16)
    uids = tuple(f"1.2.826.{seed}.{i}" for i in range(SHAPE[0]))
    placed = (*settings, ("frame_of_reference", "1.2.826.0.9"))
    return Image("ct", Voxels.of(volume), "[hnsf'U]", affine_of(grid()), settings=placed, source=uids, day=day)


def drawn(lesion: Seen) -> Region:
    mask = ball(PLACES[lesion.name], lesion.mm) if lesion.mm else np.zeros(SHAPE, bool)
    kind = ("node", "mediastinum") if lesion.name.startswith("node") else ("lesion", "lung")
    return Region(lesion.name, Voxels.of(mask), *kind, affine=affine_of(grid()), lesion=lesion.name, edge_mm=0.4)


def sized(lesion: Seen, day: date | None, image: Image | None) -> tuple[Measurement, ...]:
    """Long axis and volume of a ball, with plausible doubt."""
    carrier = image.settings if image else ()
    series = (("role", "ct"), *((k, v) for k, v in carrier if k != "frame_of_reference"))
    inputs = (image.voxels.digest,) if image else ()
    source = image.source[:12] if image else ("sizes.csv",)
    volume = math.pi / 6 * lesion.mm**3 / 1000

    def made(function: str, *own: tuple[str, float]) -> Provenance:
        return Provenance(f"vivomap.quantify.size:{function}", "0.1.0", inputs, (*series, *own), source)

    return (
        Measurement("long_axis", lesion.mm, "mm", 0.4, lesion.name, day, made("long_axis", ("slice", 18.0))),
        Measurement("volume", volume, "mL", 0.03 * volume + 0.02, lesion.name, day, made("volume", ("parts", 1.0))),
    )


def changed(before: Measurement, after: Measurement, percent: float, *treatments: Treatment) -> Change:
    """A change with logarithmic limits from a repeatability coefficient in percent (methods B1, B2)."""
    s = math.sqrt(2 * math.log1p((percent / 277) ** 2)) * 1.96
    low, high = before.value * math.expm1(-s), before.value * math.expm1(s)
    if after.value > 0:
        chance = 0.5 * math.erfc(-abs(math.log(after.value / before.value)) / (s / 1.96) / math.sqrt(2))
    else:
        chance = 1.0
    limits = f"repeatability, same scanner: {percent:g} % (Zhao et al., Radiology 2009)"
    return Change(before, after, low, high, treatments, chance, limits)


def verdict(category: str, day: date | None, rests: tuple[Measurement, ...], reasons: tuple[str, ...]) -> Verdict:
    because = tuple(identify(m) for m in rests)
    made = Provenance("vivomap.track.criteria.recist.card:recist", "0.1.0", because, VALUES)
    return Verdict("recist_1_1", category, 0.02, day, reasons, because, made)


def option(name: str, reason: str, grade: str = "B") -> Proposal:
    return Proposal(
        name,
        grade,
        "RECIST 1.1, Eisenhauer et al. 2009, doi:10.1016/j.ejca.2008.10.026",
        reasons=(reason,),
        gain="keeps a treatment that the evidence does not speak against",
        harm="growth inside the limits of measurement is seen one visit later",
    )


def visit(index: int, seen: tuple[Seen, ...]) -> tuple[Study, tuple[Measurement, ...]]:
    day = DAYS[index]
    image = ct(day, seen, index + 1)
    numbers = tuple(m for lesion in seen for m in sized(lesion, day, image))
    regions = tuple(drawn(lesion) for lesion in seen)
    return Study("P-0417", day, (image,), regions, uid=(f"1.2.3.{index}",), searched=("lesion", "node")), numbers


def pair(numbers: tuple[Measurement, ...], like: Measurement) -> Measurement | None:
    return next((m for m in numbers if (m.name, m.region) == (like.name, like.region)), None)


def changes(first: tuple[Measurement, ...], now: tuple[Measurement, ...], *treated: Treatment) -> tuple[Change, ...]:
    found = ((pair(first, m), m, {"long_axis": 9.0, "volume": 22.0}[m.name]) for m in now)
    return tuple(changed(b, m, rc, *treated) for b, m, rc in found if b)


def long_axes(*numbers: Measurement) -> tuple[Measurement, ...]:
    return tuple(m for m in numbers if m.name == "long_axis")


BASELINE = (Seen("lung_1", 42.0), Seen("lung_2", 21.5), Seen("node_1", 18.0))
EDITION = "5e" * 32


@pytest.fixture(scope="session")
def baseline() -> Case:
    study, numbers = visit(0, BASELINE)
    proposed = Recommendation((option("continue treatment, image again at the planned date", "no rule holds"),), 56)
    return Assessment("lung_response", EDITION, study, (*numbers,), proposed), ()


@pytest.fixture(scope="session")
def two_visits(baseline: Case) -> Case:
    """A partial response: two lesions shrink, a node stays within error; one number is missing."""
    first = baseline[0]
    seen = (Seen("lung_1", 25.5), Seen("lung_2", 14.0), Seen("node_1", 17.4))
    study, numbers = visit(1, seen)
    before = tuple(c for c in first.claims if isinstance(c, Measurement))
    reasons = ("targets: PR; sum 56.9 mm", "from baseline 81.5 mm: −30.1 %", "non-target lesions: none")
    called = verdict("PR", study.day, long_axes(*before, *numbers), reasons)
    said: tuple[Claim, ...] = (
        *(Match("matched", (s.name,), (s.name,), study.day, 1.0, "name") for s in seen),
        *numbers,
        Missing("mean_adc", "lung_1", study.day, "not_imaged", "the visit has no image in the role adc"),
        *changes(before, numbers, CHEMO, IMMUNE),
        called,
    )
    flagged = replace(study, facts=(CHEMO, IMMUNE, Finding("egfr", "L858R", "mutated", DAYS[0], "laboratory")))
    proposed = Recommendation(
        (option("continue treatment, image again at the planned date", "recist_1_1 is PR, and volume fell"),), 56
    )
    return Assessment("lung_response", EDITION, flagged, (*flagged.facts, *said), proposed), (first,)


@pytest.fixture(scope="session")
def four_visits(two_visits: Case) -> Case:
    """Growth after response: one lesion grows, one vanishes, one is new, one visit was on another scanner."""
    second, (first,) = two_visits
    study3, numbers3 = visit(2, (Seen("lung_1", 24.0), Seen("lung_2", 13.2), Seen("node_1", 17.0)))
    apart = tuple(
        Missing(
            m.name, m.region, m.day, "not_comparable", "another scanner; no reproducibility limit is known", "change"
        )
        for m in numbers3
    )
    silent = Recommendation((), 28, (), "no number of this visit can be compared with an earlier one")
    third = Assessment("lung_response", EDITION, study3, (*numbers3, *apart), silent)
    seen = (Seen("lung_1", 33.0), Seen("lung_2", 0.0), Seen("node_1", 16.1), Seen("lung_3", 12.5))
    study4, numbers4 = visit(3, seen)
    study4 = replace(
        study4,
        facts=(CHEMO, IMMUNE, STEROID),
        held=(
            Held("a.dcm", "cut_pixels", "the pixel data end early"),
            Held("b.dcm", "cut_pixels", "the pixel data end early"),
        ),
        images=(
            replace(study4.images[0], flags=(Flag("sent_twice", "one of 40 objects was sent twice; counted once"),)),
        ),
    )
    before = tuple(c for c in first.claims if isinstance(c, Measurement))
    nadir = tuple(c for c in second.claims if isinstance(c, Measurement))
    reasons = ("targets: SD; sum 49.1 mm", "from baseline 81.5 mm: −39.7 %", "new: lung_3")
    called = verdict(
        "PD", study4.day, long_axes(*before, *nadir, *(m for m in numbers4 if m.region != "lung_3")), reasons
    )
    fates = (("matched", "lung_1"), ("vanished", "lung_2"), ("matched", "node_1"), ("new", "lung_3"))
    said: tuple[Claim, ...] = (
        *(
            Match(k, (n,) if k != "new" else (), (n,) if k != "vanished" else (), study4.day, 1.0, "name")
            for k, n in fates
        ),
        *numbers4,
        Missing("mean_adc", "lung_1", study4.day, "not_imaged", "the visit has no image in the role adc"),
        Missing("mean_adc", "node_1", study4.day, "not_imaged", "the visit has no image in the role adc"),
        Missing("density", "lung_3", study4.day, "too_few_voxels", "density: 4 inner voxels, fewer than 10"),
        *changes(before, numbers4, CHEMO, IMMUNE, STEROID),
        called,
    )
    proposed = Recommendation(
        (
            option("discuss a change of treatment", "recist_1_1 is PD, and a new lesion was found"),
            option(
                "image again early, before acting",
                "recist_1_1 is PD, and not: volume rose beyond measurement error",
                "P",
            ),
        ),
        28,
    )
    return Assessment("lung_response", EDITION, study4, (*study4.facts, *said), proposed), (first, second, third)


@pytest.fixture(scope="session")
def pet() -> Case:
    """Uptake at two visits, on coarse coronal-free axial slices: inverted grey with a bar."""
    made: list[Assessment] = []
    for index, top in enumerate((9.2, 5.1)):
        day, shape = DAYS[index], (30, 64, 64)
        affine = grid((4.0, 5.5, 5.5), shape)
        z, y, x = np.mgrid[:30, :64, :64]
        hot = ((z - 14) * 4.0) ** 2 + ((y - 28) * 5.5) ** 2 + ((x - 22) * 5.5) ** 2
        body = ((x - 32) / 27) ** 2 + ((y - 32) / 20) ** 2 < 1
        suv = 0.9 * body + 1.3 * (((x - 40) / 8) ** 2 + ((y - 36) / 8) ** 2 < 1) + top * np.exp(-hot / 260)
        suv = suv + np.random.default_rng(index).normal(0, 0.08, shape)
        settings = (("manufacturer", "Acme"), ("model", "PET 4"), ("modality", "PT"), ("series_description", "FDG PET"))
        image = Image(
            "suv", Voxels.of(suv.astype(np.float32)), "g/ml{SUVbw}", affine_of(affine), settings=settings, day=day
        )
        region = Region("GTV_Mass", Voxels.of(hot < 700), "lesion", "thigh", affine_of(affine), "GTV_Mass")
        provenance = Provenance(
            "vivomap.quantify.uptake:suv_max", "0.1.0", (image.voxels.digest,), (("role", "suv"), *settings)
        )
        late = Flag("uptake_time", "uptake time 45 min, outside 55 to 75 min")
        numbers = (
            Measurement("suv_max", top, "g/ml{SUVbw}", 0.05 * top, "GTV_Mass", day, provenance, (late,)),
            Measurement("tlg", 31.0 * top, "g", 9.0, "GTV_Mass", day, provenance),
        )
        said: tuple[Claim, ...] = numbers
        if made:
            before = tuple(c for c in made[0].claims if isinstance(c, Measurement))
            said += (changed(before[0], numbers[0], 28.0),)
            why = "no serial number at either visit, so the scanner cannot be shown to be the same"
            said += (Missing("tlg", "GTV_Mass", day, "not_comparable", why, "change"),)
        study = Study("STS-001", day, (image,), (region,))
        proposed = Recommendation((option("continue treatment", "percist is PMR", "C"),), 63)
        made.append(Assessment("pet_response", EDITION, study, said, proposed))
    return made[1], (made[0],)


@pytest.fixture(scope="session")
def table_only() -> Case:
    """A visit without images: two laboratory numbers, and an abstention."""
    made = Provenance("table", "0.1.0", (), (), ("laboratory.csv",))
    number = Measurement("creatinine", 0.93, "mg/dL", 0.03, "", DAYS[0], made)
    lost = Missing("volume", "", DAYS[0], "not_drawn", "the visit has no region to measure")
    silent = Recommendation((), 56, (), "nothing could be measured at this visit")
    return Assessment("lung_response", EDITION, Study("P-9", DAYS[0], facts=(number,)), (number, lost), silent), ()


@pytest.fixture(scope="session")
def undated() -> Case:
    """A study whose date is not known: kept, shown, never put in order."""
    seen = (Seen("lung_1", 25.0),)
    image = ct(None, seen, 9)
    numbers = sized(seen[0], None, image)
    study = Study(
        "P-10", None, (image,), (drawn(seen[0]),), flags=(Flag("bad_date", "the date 20260231 is impossible"),)
    )
    lost = tuple(Missing(m.name, m.region, None, "bad_date", "it has no date", "change") for m in numbers)
    silent = Recommendation((), None, (), "the visit has no date")
    return Assessment("lung_response", EDITION, study, (*numbers, *lost), silent), ()


# DICOM out: the same small patient read from real files, and the readers of other makers.


@pytest.fixture(scope="session")
def filed_visits(small: Any) -> tuple[Filed, ...]:
    """The two CT visits of the small patient as they lie on record: a lung lesion shrinks, a node stays."""
    read_ = read(small.folder)
    drug = Treatment("carboplatin", 500, "mg/m2", date(2024, 1, 15), date(2024, 2, 26), "letter")
    made: list[Assessment] = []
    for study in sorted(read_, key=lambda s: s.day or date.min):
        made.append(assess(LUNG_RESPONSE, replace(study, facts=(drug,)), tuple(made)))
    when = datetime(2024, 3, 5, 10, 30, 15, 250000, UTC)
    return tuple(Filed(a, tuple(made[:k]), None, when + timedelta(hours=k)) for k, a in enumerate(made))


@pytest.fixture(scope="session")
def filed(filed_visits: tuple[Filed, ...]) -> Filed:
    """The second visit of the small patient."""
    return filed_visits[1]


def program(name: str, how: str) -> str:
    """The path of a checker of another maker; without it the test skips, and in CI fails."""
    found = shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(f"in CI {name} must be there: {how}")
        pytest.skip(f"no {name}: {how}")
    return found


@pytest.fixture(scope="session")
def no_errors(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bytes], str]:
    """Asserts that dciodvfy finds no error in an object, and gives what it said."""
    verify = program("dciodvfy", "apt-get install dicom3tools")
    folder = tmp_path_factory.mktemp("objects")

    def check(body: bytes) -> str:
        path = folder / f"{hashlib.sha256(body).hexdigest()}.dcm"
        path.write_bytes(body)
        said = subprocess.run([verify, str(path)], capture_output=True, text=True, timeout=60, check=False).stderr
        assert not [line for line in said.splitlines() if line.startswith("Error")], said
        return said

    return check


@pytest.fixture(scope="session")
def read_by(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Gives an object to a program of another maker; what it gives is the folder of its output and `said.txt`."""
    packages = {"dsrdump": "dcmtk", "plastimatch": "plastimatch", "tesseract": "tesseract-ocr"}
    how = {name: f"apt-get install {package}" for name, package in packages.items()}

    def call(name: str, body: bytes, *words: str) -> Path:
        folder = tmp_path_factory.mktemp(name)
        (folder / "object.dcm").write_bytes(body)
        line = [program(name, how.get(name, "pip install dcmqi")), *(w.format(folder=folder) for w in words)]
        done = subprocess.run(line, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        (folder / "said.txt").write_text(done.stdout)
        return folder

    return call


# Maps: a number with the image that it sums up.


@pytest.fixture(scope="session")
def adc_visit(small_dwi: Path) -> Filed:
    """Diffusion of the small patient with a lesion that was drawn on it: ADC of our own fit, 1.2e-3 mm2/s."""
    (study,) = read(small_dwi)
    image = study.images[0]
    mask = np.zeros(image.shape, bool)
    mask[8:14, 10:20, 12:25] = True
    region = Region("lesion_1 lung", Voxels.of(mask), "lesion", "lung", image.affine)
    when = datetime(2024, 1, 9, 8, 0, tzinfo=UTC)
    return Filed(assess(LUNG_RESPONSE, replace(study, regions=(region,))), recorded=when)


@pytest.fixture(scope="session")
def suv_visit(small_pet: Path) -> Filed:
    """PET of the small patient: a lung lesion of SUV 8."""
    (study,) = read(small_pet)
    return Filed(assess(PET_RESPONSE, study), recorded=datetime(2024, 1, 9, 8, 0, tzinfo=UTC))


@pytest.fixture(scope="session")
def lettered(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Filed, Path]]:
    """The phantom with the letter L in one pose, its marks as lesions and its CT as a map, with the folder of files."""
    made: dict[str, tuple[Filed, Path]] = {}

    def call(pose: str) -> tuple[Filed, Path]:
        if pose not in made:
            folder = tmp_path_factory.mktemp("letter")
            letter.write(folder, 0, pose)
            (study,) = read(folder)
            image = study.images[0]
            regions = tuple(replace(r, lesion=r.name) for r in study.regions)
            chart = image.like("adc", (image.voxels.array + 1000.0) * 1e-6, "mm2/s")
            values = chart.voxels.array[next(r for r in regions if r.name == "letter_L").mask.array]
            origin = Provenance("vivomap.quantify.diffusion:fitted_adc", "0.1.0", (image.voxels.digest,))
            mean = float(values.mean())
            number = Measurement("fitted_adc", mean, "mm2/s", 1e-5, "letter_L", study.day, origin, (), chart)
            visit = replace(study, regions=regions)
            said = Assessment("lung_response", EDITION, visit, (number,), Recommendation((), None))
            made[pose] = Filed(said, recorded=datetime(2024, 2, 13, 8, 0, tzinfo=UTC)), folder
        return made[pose]

    return call


@pytest.fixture(scope="session")
def pdf_text(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """What poppler reads in a PDF, laid out as on the page; other words for another of its programs."""

    def call(body: bytes, name: str = "pdftotext", *words: str) -> str:
        path = tmp_path_factory.mktemp("pdf") / "report.pdf"
        path.write_bytes(body)
        given = words or ("-layout", str(path), "-")
        line = [program(name, "apt-get install poppler-utils"), *(str(path) if w == "PDF" else w for w in given)]
        done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return call
