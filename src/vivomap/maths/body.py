"""The measure of a body that a tracer spreads in: lean mass, ideal weight, surface.

With W in kg, H in m, Hcm in cm and BMI = W / H^2 in kg/m2:

    lean body mass, kg   male 9270 W / (6680 + 216 BMI), female 9270 W / (8780 + 244 BMI)      Janmahasatian 2005
    lean body mass, kg   male 1.10 W - 128 (W / Hcm)^2,  female 1.07 W - 148 (W / Hcm)^2       James 1976 ("128")
    ideal weight, kg     male 48.0 + 1.06 (Hcm - 152),   female 45.5 + 0.91 (Hcm - 152)        Sugawara 1999
    surface, m2          0.007184 W^0.425 Hcm^0.725                                            DuBois 1916

For the sex "O" (other) each is the mean of the two, as the IBSI benchmark of SUV does.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from vivomap.core import Refusal


def lean_body_mass_kg(weight_kg: float, height_m: float, sex: str) -> float:
    """Lean body mass after Janmahasatian (Clin Pharmacokinet 2005;44:1051).

    Raises Refusal if weight, height or sex ("M", "F", "O") cannot be used.
    """
    _usable(weight_kg, height_m)
    bmi = weight_kg / height_m**2
    return _of_sex(
        sex,
        lambda: 9270 * weight_kg / (6680 + 216 * bmi),
        lambda: 9270 * weight_kg / (8780 + 244 * bmi),
    )


def lean_body_mass_james_kg(weight_kg: float, height_m: float, sex: str) -> float:
    """Lean body mass after James (1976), which falls again in the very obese.

    Raises Refusal if weight, height or sex cannot be used, or if the formula leaves no mass.
    """
    _usable(weight_kg, height_m)
    squared = (weight_kg / (100 * height_m)) ** 2
    lean = _of_sex(sex, lambda: 1.10 * weight_kg - 128 * squared, lambda: 1.07 * weight_kg - 148 * squared)
    return _left(lean, "lean body mass after James")


def ideal_body_weight_kg(height_m: float, sex: str) -> float:
    """Ideal weight for a height after Sugawara (Radiology 1999;213:521).

    Raises Refusal if height or sex cannot be used, or if the formula leaves no weight.
    """
    _usable(1.0, height_m)
    over = 100 * height_m - 152
    ideal = _of_sex(sex, lambda: 48.0 + 1.06 * over, lambda: 45.5 + 0.91 * over)
    return _left(ideal, "ideal body weight after Sugawara")


def body_surface_m2(weight_kg: float, height_m: float) -> float:
    """Body surface after DuBois (1916), m2. Raises Refusal if weight or height cannot be used."""
    _usable(weight_kg, height_m)
    return float(0.007184 * weight_kg**0.425 * (100 * height_m) ** 0.725)


def _usable(weight_kg: float, height_m: float) -> None:
    if not (math.isfinite(weight_kg) and weight_kg > 0):
        raise Refusal("no_weight", "the body weight is no positive number", found=f"{weight_kg:g} kg")
    if not (math.isfinite(height_m) and height_m > 0):
        raise Refusal("no_height", "the body height is no positive number", found=f"{height_m:g} m")


def _of_sex(sex: str, male: Callable[[], float], female: Callable[[], float]) -> float:
    if sex == "M":
        return male()
    if sex == "F":
        return female()
    if sex == "O":
        return (male() + female()) / 2
    raise Refusal("no_sex", "the formula needs the patient's sex", found=repr(sex[:4]), expected="M, F or O")


def _left(kg: float, what: str) -> float:
    if kg <= 0:
        raise Refusal(
            "implausible_pet_header", f"{what} is not positive for this weight and height", found=f"{kg:g} kg"
        )
    return kg
