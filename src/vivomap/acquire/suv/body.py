"""The patient's weight, height and sex as a PET header gives them, and what they make of a SUV that is not by weight.

SUV by weight, lean mass, ideal weight and surface differ by a ratio of body measures (W in g, surface in cm2):

    SUVbw = SUVlbm W / LBM = SUVibw W / IBW = SUVbsa W / BSA
"""

from __future__ import annotations

from dataclasses import dataclass

from pydicom.dataset import Dataset

from vivomap.acquire.element import number, said
from vivomap.core import Flag, Refusal
from vivomap.maths.body import body_surface_m2, ideal_body_weight_kg, lean_body_mass_james_kg, lean_body_mass_kg

WEIGHT_KG = (1.0, 400.0)  # project: from a preterm infant to above any scanner table
USUAL_WEIGHT_KG = (10.0, 250.0)  # project
HEIGHT_M = (0.3, 2.6)  # project: metres; a height in cm falls outside
USUAL_BMI = (10.0, 70.0)  # project, kg/m2, above 1 m: outside, weight or height is likely mistyped
SEXES = ("M", "F", "O")
OTHER_TYPES = ("BSA", "LBMJANMA", "LBMJAMES128", "IBW")


@dataclass(frozen=True)
class Body:
    """Weight in kg and height in m as written, None where absent; sex "M", "F", "O" or ""."""

    weight_kg: float | None
    height_m: float | None
    sex: str


def body_of(ds: Dataset) -> Body:
    """What the header says of the body, not yet judged; a zero is as good as absent."""
    sex = said(ds, "PatientSex").upper()
    weight, height = number(ds, "PatientWeight"), number(ds, "PatientSize")
    return Body(weight or None, height or None, sex if sex in SEXES else "")


def weight_needed(body: Body) -> float:
    """The weight, kg. Raises Refusal if it is absent or implausible."""
    if body.weight_kg is None:
        raise Refusal("no_weight", "the patient's weight is absent, zero or cannot be read", expected="kg above 0")
    return _within("weight", body.weight_kg, WEIGHT_KG, "kg")


def height_needed(body: Body) -> float:
    """The height, m. Raises Refusal if it is absent or implausible."""
    if body.height_m is None:
        raise Refusal("no_height", "the patient's height is absent, zero or cannot be read", expected="m above 0")
    return _within("height", body.height_m, HEIGHT_M, "m")


def sex_needed(body: Body) -> str:
    """The sex. Raises Refusal if it is none of M, F and O."""
    if not body.sex:
        raise Refusal(
            "no_sex", "the patient's sex is absent or unknown, and this SUV depends on it", expected="M, F, O"
        )
    return body.sex


def to_body_weight(suv_type: str, body: Body) -> float:
    """What a SUV of another type is multiplied by to become SUV by body weight.

    Raises Refusal if the type is not known, or if a measure of the body that it needs is absent or implausible.
    """
    if suv_type == "BW":
        return 1.0
    if suv_type not in OTHER_TYPES:
        raise Refusal(
            "unknown_suv_type",
            "the type of SUV does not say by which formula it was made",
            found=repr(suv_type[:16]),
            expected="BW, BSA, IBW, LBMJANMA or LBMJAMES128",
        )
    weight, height = weight_needed(body), height_needed(body)
    if suv_type == "BSA":
        return weight * 1000 / (body_surface_m2(weight, height) * 1e4)
    sex = sex_needed(body)
    if suv_type == "LBMJANMA":
        return weight / lean_body_mass_kg(weight, height, sex)
    if suv_type == "LBMJAMES128":
        return weight / lean_body_mass_james_kg(weight, height, sex)
    return weight / ideal_body_weight_kg(height, sex)


def doubts(body: Body) -> tuple[Flag, ...]:
    """Warnings of a body whose measures are possible and unusual, or not possible and not needed."""
    flags = []
    weight, height = body.weight_kg, body.height_m
    if weight is not None and not USUAL_WEIGHT_KG[0] <= weight <= USUAL_WEIGHT_KG[1]:
        flags.append(Flag("weight_doubtful", f"a weight of {weight:g} kg is unusual: SUV changes in proportion to it"))
    if height is not None and not _inside(height, HEIGHT_M):
        flags.append(Flag("height_doubtful", f"a height of {height:g} m is not possible and was left out"))
    elif weight is not None and height is not None and height >= 1 and not _inside(weight / height**2, USUAL_BMI):
        reason = f"{weight:g} kg at {height:g} m is a body mass index of {weight / height**2:.0f} kg/m2"
        flags.append(Flag("weight_doubtful", reason))
    return tuple(flags)


def measures(body: Body) -> tuple[tuple[str, str | float], ...]:
    """The settings that later steps read (lean mass needs them): only what is possible."""
    found: list[tuple[str, str | float]] = []
    if body.weight_kg is not None and _inside(body.weight_kg, WEIGHT_KG):
        found.append(("weight_kg", body.weight_kg))
    if body.height_m is not None and _inside(body.height_m, HEIGHT_M):
        found.append(("height_m", body.height_m))
    return (*found, ("sex", body.sex)) if body.sex else tuple(found)


def _within(what: str, value: float, limits: tuple[float, float], unit: str) -> float:
    if not _inside(value, limits):
        raise Refusal(
            "implausible_pet_header",
            f"the patient's {what} cannot be right",
            found=f"{value:g} {unit}",
            expected=f"{limits[0]:g} to {limits[1]:g} {unit}",
        )
    return value


def _inside(value: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= value <= limits[1]
